package conformance

import (
	"slices"
	"testing"
)

// TestInstaller has Cilium's own watcher look at a folder that install.sh alone fills, with bundles of one mesh that goes through
// everything that happens to meshes; and kills install.sh at every step of it.
func TestInstaller(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, r release) {
		t.Parallel()
		generations := newGenerations(t, r)
		// Both kinds of machines, and both shells.
		reader, s := systemdReader, dash
		if r.minor == "1.18" {
			reader, s = composeReader, ash
		}
		t.Run("steps", func(t *testing.T) { installsStepByStep(t, newMachine(t, r, reader, s(t)), generations) })
		// Side by side: most of what these do is wait for an agent that looks.
		t.Run("kills", func(t *testing.T) {
			t.Parallel()
			healsFirstInstalls(t, newMachine(t, r, reader, s(t)), generations)
		})
		t.Run("upgrades", func(t *testing.T) {
			t.Parallel()
			healsUpgrades(t, newMachine(t, r, reader, s(t)), generations)
		})
		t.Run("crossings", func(t *testing.T) {
			t.Parallel()
			healsByAnotherMove(t, newMachine(t, r, reader, s(t)), generations)
		})
	})
}

// installed is one run of install.sh, and what it must come to.
type installed struct {
	generation string
	options    []string
	line       string
	events     []string
	stands     string // the generation that stands then
}

// installsStepByStep checks that agents make of each step what belongs to it, and nothing else: they connect with clusters that
// come, anew with those whose config has changed, and let go of those that leave.
func installsStepByStep(t *testing.T, m *machine, generations map[string]generation) {
	other := systemdReader.cluster
	if m.cluster == other {
		other = composeReader.cluster
	}
	arrive := func(names ...string) []string {
		var events []string
		for _, name := range names {
			events = append(events, "added "+name, "connecting "+name)
		}
		return events
	}
	leave := func(names ...string) []string {
		var events []string
		for _, name := range names {
			events = append(events, "removing "+name)
		}
		return events
	}
	const (
		nothing = "changed=no restart=none"
		files   = "changed=yes restart=none"
		agents  = "changed=yes restart=agent"
	)
	back := []string{"--rollback"}
	for _, step := range []installed{
		{"first", nil, agents, arrive(other, "moving", "turning", "leaving"), "first"},
		{"first", nil, nothing, nil, "first"},
		{"options", nil, agents, nil, "options"},
		{"endpoint", nil, files, []string{"connecting moving"}, "endpoint"},
		{"endpoint", back, files, []string{"connecting moving"}, "options"},
		{"endpoint", nil, files, []string{"connecting moving"}, "endpoint"},
		{"leaves", nil, files, nil, "leaves"},
		{"anchors", nil, files, []string{"connecting turning"}, "anchors"},
		{"anchors", back, files, []string{"connecting turning"}, "leaves"},
		{"anchors", nil, files, []string{"connecting turning"}, "anchors"},
		{"added", nil, files, arrive("coming"), "added"},
		{"added", back, files, leave("coming"), "anchors"},
		{"added", nil, files, arrive("coming"), "added"},
		{"removed", nil, files, leave("leaving"), "removed"},
		{"removed", nil, nothing, nil, "removed"},
		{"removed", back, files, arrive("leaving"), "added"},
		{"removed", nil, files, leave("leaving"), "removed"},
		{"newer", []string{"--dry-run"}, files, nil, "removed"},
		{"removed", []string{"--uninstall"}, agents, leave(other, "moving", "turning", "coming"), ""},
		{"removed", []string{"--uninstall"}, nothing, nil, ""},
		{"removed", nil, agents, arrive(other, "moving", "turning", "coming"), "removed"},
	} {
		m.install(t, generations[step.generation], nil, step.options...).expect(t, 0, step.line)
		got := m.events(t)
		if slices.Sort(step.events); !slices.Equal(got, step.events) {
			t.Errorf("%s %v: the agent saw %v, not %v", step.generation, step.options, got, step.events)
		}
		if step.stands == "" {
			m.checkUninstalled(t)
			continue
		}
		m.checkInstalled(t, generations[step.stands])
		m.dialsWhatStands(t, generations[step.stands])
		if t.Failed() {
			t.Fatalf("the steps after %s %v begin where it should have ended", step.generation, step.options)
		}
	}
}
