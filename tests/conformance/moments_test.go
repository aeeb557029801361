package conformance

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// moment is when install.sh is killed: before, after or within the nth of its calls that change anything.
type moment struct {
	call int
	how  string
	when int    // within: at which system call of it
	what string // the call
}

func (m moment) String() string { return fmt.Sprintf("%s %d. %s", m.how, m.call, m.what) }

// env tells it to the stand-ins.
func (m moment) env(t *testing.T) []string {
	t.Helper()
	return append(countIn(t), fmt.Sprintf("KILL_%s=%d", strings.ToUpper(m.how), m.call), fmt.Sprintf("KILL_WHEN=%d", m.when))
}

func countIn(t *testing.T) []string {
	t.Helper()
	count := filepath.Join(t.TempDir(), "count")
	writeFile(t, count, "0\n")
	return []string{"KILL_COUNT=" + count}
}

// moments makes a move undisturbed, and finds all moments in it.
func (m *machine) moments(t *testing.T, move move) []moment {
	t.Helper()
	env := countIn(t)
	count := strings.TrimPrefix(env[0], "KILL_COUNT=")
	m.check(t, move, m.install(t, move.bundle, env, move.options...))
	if got := m.events(t); !slices.Equal(got, move.events(t, m.reader)) {
		t.Fatalf("%s: the agent saw %v", move.name, got)
	}
	var moments []moment
	calls := strings.Split(strings.TrimSpace(readFile(t, count+".calls")), "\n")
	for i, call := range calls {
		at := moment{call: i + 1, what: strings.ReplaceAll(call, m.root, "")}
		at.how = "before"
		moments = append(moments, at)
		// Here install.sh writes lists itself, before its next call.
		if i == len(calls)-1 || strings.HasPrefix(call, "mkdir ") {
			at.how = "after"
			moments = append(moments, at)
		}
		// These do much in one call.
		if strings.HasPrefix(call, "cp -R") || strings.HasPrefix(call, "rm -rf") {
			at.how, at.when = "within", 2
			moments = append(moments, at)
		}
	}
	if len(moments) < 20 {
		t.Fatalf("%s is made in %v: is anything counted?", move.name, calls)
	}
	return spread(moments, m.shell.moments)
}

// spread are so many of all moments, from the first to the last, or all of them.
func spread(moments []moment, count int) []moment {
	if len(moments) <= count {
		return moments
	}
	var some []moment
	for i := range count {
		some = append(some, moments[i*(len(moments)-1)/(count-1)])
	}
	return some
}
