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
		v, what := all[l.name], l.what
		if l.since != "" {
			what += ", " + l.since + " and newer"
			if r.before(l.since) { // that it says ready, and the agent is, has been checked: the row is about the others
				v = &verdicts{troubleshoot: v.troubleshoot, agent: "no", code: l.code}
			}
		}
		probe := "ready"
		if v.code != "" {
			probe = page(v.code)
		}
		for _, code := range v.warnings {
			probe += ", and warns: " + page(code)
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s |\n", what, v.troubleshoot, v.agent, probe)
	}
	checkRows(t, judgesPage, rows.String(), r == releases[0])
}

// checkRows compares a page's table, which begins with the same words, with what it should be; or writes it, if told to.
func checkRows(t *testing.T, page, rows string, mayWrite bool) {
	t.Helper()
	text := readFile(t, page)
	start := strings.Index(text, rows[:strings.Index(rows[1:], "|")+2])
	if start < 0 {
		t.Fatalf("%s has no table", page)
	}
	end := start
	for _, line := range strings.SplitAfter(text[start:], "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		end += len(line)
	}
	switch {
	case text[start:end] == rows:
	case os.Getenv("UPDATE") == "1" && mayWrite:
		writeFile(t, page, text[:start]+rows+text[end:])
	default:
		t.Errorf("%s is not what was seen (UPDATE=1 writes it):\n%s", page, rows)
	}
}

// page is a link to what there is to say of a code.
func page(code string) string { return "[" + code + "](codes/" + code + ".md)" }
