package conformance

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// moves are those that are killed.
type moves struct {
	install, uninstall, upgrade, rollback move
}

func newMoves(generations map[string]generation) moves {
	first, last := generations["first"], generations["removed"]
	return moves{
		install:   move{name: "install", to: &first, bundle: first, restart: true},
		uninstall: move{name: "uninstall", from: &first, bundle: first, options: []string{"--uninstall"}, restart: true},
		upgrade:   move{name: "upgrade", from: &first, to: &last, bundle: last, restart: true},
		rollback:  move{name: "rollback", from: &last, to: &first, bundle: last, options: []string{"--rollback"}, restart: true},
	}
}

// healsFirstInstalls kills an install and an uninstall at every step, and makes each again. The way back is the next to be killed, so
// that the agent looks at hundreds of kills in one folder.
func healsFirstInstalls(t *testing.T, m *machine, generations map[string]generation) {
	all := newMoves(generations)
	t.Logf("%d kills, each healed by the same again", m.backAndForth(t, all.install, all.uninstall))
}

// healsUpgrades does the same with an upgrade and a rollback.
func healsUpgrades(t *testing.T, m *machine, generations map[string]generation) {
	all := newMoves(generations)
	m.make(t, all.install)
	t.Logf("%d kills, each healed by the same again", m.backAndForth(t, all.upgrade, all.rollback))
}

// healsByAnotherMove kills a move at some steps, and makes another one.
func healsByAnotherMove(t *testing.T, m *machine, generations map[string]generation) {
	first, last, newer := generations["first"], generations["removed"], generations["newer"]
	all := newMoves(generations)
	install, uninstall, upgrade, rollback := all.install, all.uninstall, all.upgrade, all.rollback
	crossed := 0
	for _, c := range []struct {
		killed, healed move
	}{
		{install, uninstall},
		{install, move{name: "newer", to: &newer, bundle: newer, restart: true}},
		{upgrade, rollback},
		{upgrade, move{name: "newer", from: &first, to: &newer, bundle: newer, restart: true}},
		{upgrade, move{name: "uninstall", from: &first, bundle: last, options: []string{"--uninstall"}, restart: true}},
		{rollback, move{name: "upgrade", from: &last, to: &last, bundle: last}},
		{uninstall, move{name: "install", from: &first, to: &first, bundle: first}},
	} {
		crossed += m.crossed(t, c.killed, c.healed, uninstall, install, upgrade)
	}
	t.Logf("%d kills, each healed by something else", crossed)
}

// backAndForth kills the ways there and back in turns, at all moments of each.
func (m *machine) backAndForth(t *testing.T, there, back move) (kills int) {
	t.Helper()
	moments := [2][]moment{m.moments(t, there), m.moments(t, back)}
	for i := range max(len(moments[0]), len(moments[1])) {
		for way, move := range []move{there, back} {
			if i >= len(moments[way]) {
				m.make(t, move)
				continue
			}
			if m.killedAndMadeAgain(t, move, moments[way][i]) {
				kills++
			}
			if t.Failed() {
				t.Fatalf("%s, killed %s", move.name, moments[way][i])
			}
		}
	}
	return kills
}

// make makes a move undisturbed.
func (m *machine) make(t *testing.T, move move) {
	t.Helper()
	m.check(t, move, m.install(t, move.bundle, nil, move.options...))
	m.events(t)
}

// check checks what a move must come to.
func (m *machine) check(t *testing.T, move move, r run) {
	t.Helper()
	if r.code != 0 {
		t.Errorf("%s: exit code %d, %q\n%s", move.name, r.code, r.stdout, r.stderr)
		return
	}
	if move.to == nil {
		m.checkUninstalled(t)
		return
	}
	m.checkInstalled(t, *move.to)
}

// killedAndMadeAgain kills a move, looks at what an agent sees then, makes it once more, and looks again. It says whether there was a
// kill: a call may be over before it comes to that.
func (m *machine) killedAndMadeAgain(t *testing.T, move move, at moment) (killed bool) {
	t.Helper()
	want := move.events(t, m.reader)
	first := m.install(t, move.bundle, at.env(t), move.options...)
	if killed = first.code == -1; !killed && at.how != "within" {
		t.Errorf("not killed: exit code %d\n%s", first.code, first.stderr)
	}
	events := m.events(t)
	m.checkWhole(t, move.generations()...)
	if extra := without(events, want); len(extra) > 0 {
		t.Errorf("killed, and the agent saw %v", extra)
	}

	second := first // it was over by then
	if killed {
		again := move
		if len(move.options) > 0 && move.to != nil && first.stdout != "" {
			again = move.settled() // it has told that it went back: once more would be one generation more
		}
		second = m.install(t, again.bundle, nil, again.options...)
	}
	m.check(t, move, second)
	events = append(events, m.events(t)...)
	if slices.Sort(events); !slices.Equal(events, want) {
		t.Errorf("killed and healed, and the agent saw %v, not %v", events, want)
	}
	if move.restart && !strings.Contains(first.stdout+second.stdout, "restart=agent") {
		t.Errorf("agents have to be restarted, and nobody was told: %q", second.stdout)
	}
	m.checkSettled(t, move)
	if move.to != nil {
		m.dialsWhatStands(t, *move.to)
	}
	return killed
}

// checkSettled checks that there is nothing left to do.
func (m *machine) checkSettled(t *testing.T, move move) {
	t.Helper()
	if move.to == nil {
		m.install(t, move.bundle, nil, "--uninstall").expect(t, 0, "changed=no restart=none")
		return
	}
	m.install(t, move.settled().bundle, nil).expect(t, 0, "changed=no restart=none")
}

// crossed kills a move here and there, and makes another one then.
func (m *machine) crossed(t *testing.T, killed, healed move, uninstall, install, upgrade move) (kills int) {
	t.Helper()
	m.reach(t, killed.from, uninstall, install, upgrade)
	moments := spread(m.moments(t, killed), m.shell.crossings)
	for _, at := range moments {
		m.reach(t, killed.from, uninstall, install, upgrade)
		if m.install(t, killed.bundle, at.env(t), killed.options...).code == -1 {
			kills++
		}
		m.checkWhole(t, append(killed.generations(), healed.generations()...)...)
		begun := exists(filepath.Join(m.root, m.state(), "next")) || exists(filepath.Join(m.root, m.state(), "previous"))
		r := m.install(t, healed.bundle, nil, healed.options...)
		if killed.name == "upgrade" && healed.name == "rollback" && !begun {
			r.expect(t, 1, "changed=no restart=none") // there is nothing to go back from
			r.code = 0
		}
		m.check(t, healed, r)
		for _, event := range m.events(t) {
			if name, removed := strings.CutPrefix(event, "removing "); removed && killed.keeps(t, m.reader, name) && healed.keeps(t, m.reader, name) {
				t.Errorf("%s stays, and was drained", name)
			}
			if strings.HasPrefix(event, "misnamed") {
				t.Errorf("the agent saw %s", event)
			}
		}
		m.checkSettled(t, healed)
		if healed.to != nil {
			m.dialsWhatStands(t, *healed.to)
		}
		if t.Failed() {
			t.Fatalf("%s, killed %s, then %s", killed.name, at, healed.name)
		}
	}
	return kills
}

// reach brings the machine anew to a generation: none, the first, or the one after it.
func (m *machine) reach(t *testing.T, g *generation, uninstall, install, upgrade move) {
	t.Helper()
	m.make(t, uninstall)
	for _, next := range []move{install, upgrade} {
		if g == nil || next.from != nil && next.from.name == g.name {
			return
		}
		m.make(t, next)
	}
}
