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
		probe := "ready"
		if v.code != "" {
			probe = page(v.code)
		}
		for _, code := range v.warnings {
			probe += ", and warns: " + page(code)
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s |\n", l.what, v.troubleshoot, v.agent, probe)
	}
	text := readFile(t, judgesPage)
	start := strings.Index(text, "| what is wrong |")
	if start < 0 {
		t.Fatalf("%s has no table", judgesPage)
	}
	end := start
	for _, line := range strings.SplitAfter(text[start:], "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		end += len(line)
	}
	if text[start:end] == rows.String() {
		return
	}
	if os.Getenv("UPDATE") == "1" && r == releases[0] {
		writeFile(t, judgesPage, text[:start]+rows.String()+text[end:])
		return
	}
	t.Errorf("%s is not what Cilium %s and probe say (UPDATE=1 writes it):\n%s", judgesPage, r.version, rows.String())
}

// page is a link to what there is to say of a code.
func page(code string) string { return "[" + code + "](codes/" + code + ".md)" }
