package conformance

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// judgesPage is the page that has the table of what the judges say.
const judgesPage = "../../docs/probe-and-cilium.md"

// checkTable compares the page's table with what the judges have said; with UPDATE=1 the first release writes it.
func (s *scene) checkTable(t *testing.T, r release, all map[string]*verdicts) {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("| what is wrong | Cilium's troubleshoot reports | Cilium's agent gets ready | meshbundle probe reports |\n|---|---|---|---|\n")
	for _, g := range groups {
		fmt.Fprintf(&rows, "| **%s** | | | |\n", g.title)
		for _, l := range g.links {
			if l.what == "" {
				continue
			}
			what := l.what
			if l.since != "" {
				what += ", " + l.since + " and newer"
			}
			v, there := all[l.name], row(t, what)
			if r != releases[0] && there != "" { // the check of the newest is told of
				v.troubleshoot = strings.Split(there, " | ")[1]
			}
			if r.before(l.since) { // what it says has been checked: the row is about the others
				rows.WriteString(there)
			} else {
				fmt.Fprintf(&rows, "| %s | %s |\n", what, v.row(l))
			}
		}
	}
	checkRows(t, judgesPage, rows.String(), r == releases[0])
}

// row is what is behind the first column.
func (v *verdicts) row(l link) string {
	probe := "ready"
	if v.code != "" {
		probe = page(v.code)
	}
	if l.unknown != "" {
		probe = "undetermined, " + probe + ": " + l.unknown
	}
	if l.luck {
		probe += ", or ready, where its connections meet one of them only"
	}
	for n, code := range v.warnings {
		probe += []string{", and warns: ", ", "}[min(n, 1)] + page(code)
	}
	return v.troubleshoot + " | " + v.agent + " | " + probe
}

// row is the one that the page has, if it has it.
func row(t *testing.T, what string) string {
	t.Helper()
	for _, line := range strings.SplitAfter(readFile(t, judgesPage), "\n") {
		if strings.HasPrefix(line, "| "+what+" | ") {
			return line
		}
	}
	return ""
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
