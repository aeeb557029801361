package conformance

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// judgesPage is the page that has the table of what the judges say.
const judgesPage = "../../docs/probe-and-cilium.md"

// checkTable holds the page's table against what the judges have said; with UPDATE=1 the first release writes it.
func checkTable(t *testing.T, r release, all map[string]*verdicts) {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("| what is wrong | Cilium's troubleshoot says | Cilium's agent gets ready | meshbundle probe says |\n|---|---|---|---|\n")
	for _, l := range links {
		if l.what == "" {
			continue
		}
		v := all[l.name]
		probe := v.code
		if probe == "" {
			probe = "ready"
		}
		if len(v.warnings) > 0 {
			probe += ", and warns: " + strings.Join(v.warnings, " ")
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s |\n", l.what, v.troubleshoot, v.agent, probe)
	}
	page := readFile(t, judgesPage)
	start := strings.Index(page, "| what is wrong |")
	if start < 0 {
		t.Fatalf("%s has no table", judgesPage)
	}
	end := start
	for _, line := range strings.SplitAfter(page[start:], "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		end += len(line)
	}
	if page[start:end] == rows.String() {
		return
	}
	if os.Getenv("UPDATE") == "1" && r == releases[0] {
		writeFile(t, judgesPage, page[:start]+rows.String()+page[end:])
		return
	}
	t.Errorf("%s is not what Cilium %s and probe say (UPDATE=1 writes it):\n%s", judgesPage, r.version, rows.String())
}
