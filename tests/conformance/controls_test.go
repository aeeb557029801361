package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	// controlsPage has the table of what agents make of other ways to put a bundle in place.
	controlsPage = "../../docs/installing.md"
	// slowly is how long each change is held back, in microseconds, as on a busy machine: what lies between two of them is seen
	// then, and not by chance.
	slowly = 50000
	// attempts is how often each way is tried at full speed. What agents see then differs from run to run, and is logged only.
	attempts = 5
)

// slowedCalls are the system calls that change what an agent sees.
const slowedCalls = "write,copy_file_range,sendfile,splice,unlink,unlinkat,rename,renameat,renameat2,ftruncate,fchmod,chmod,fchmodat,utimensat"

// control is a way to put the payload of a bundle in place.
type control struct {
	name   string
	script string // $1 is the archive, $2 what it unpacks to, $3 the root
	want   effects
	// chance is whether credentials come after their config, or before, as the folder happens to list them.
	chance bool
}

// effects are what agents make of it, and must not.
type effects struct {
	drained  bool // clusters that stay
	misnamed bool // files with the content of a config, by names that no cluster may have
	kept     bool // clusters that have left
	early    bool // configs that are dialled without the credentials that belong to them, or with those that they had before
}

var controls = []control{
	{name: "`install.sh`", script: `"$2/install.sh" --root "$3" --any-host >/dev/null 2>&1`},
	{
		name: "GNU `tar -xzf`", script: `tar -xzf "$1" -C "$3" --strip-components=2 --wildcards "*/payload"`,
		want: effects{drained: true, kept: true},
	},
	{
		name: "busybox `tar -xzf`", script: `cd "$3" && busybox tar -xzf "$1" --strip-components=2`,
		want: effects{drained: true, kept: true},
	},
	{name: "`rsync -a`", script: `rsync -a "$2/payload/" "$3/"`, want: effects{misnamed: true, kept: true, early: true}},
	{
		name: "`rsync -a --inplace`", script: `rsync -a --inplace "$2/payload/" "$3/"`,
		want: effects{kept: true, early: true},
	},
	{name: "`cp -r`", script: `cp -r "$2/payload/." "$3/"`, want: effects{drained: true, kept: true}, chance: true},
	{
		name: "`cp -r --remove-destination`", script: `cp -r --remove-destination "$2/payload/." "$3/"`,
		want: effects{drained: true, kept: true}, chance: true,
	},
}

// TestControls puts the same upgrade in place in other ways than by install.sh. That agents make of these what they must not make
// of install.sh shows that the tests of it can fail. It is a table of the documentation.
func TestControls(t *testing.T) {
	t.Parallel()
	r := releases[0]
	generations := newGenerations(t, r)
	all := make([]effects, len(controls))
	t.Run("ways", func(t *testing.T) {
		for i, c := range controls {
			t.Run(strings.Trim(strings.ReplaceAll(c.name, "`", ""), " "), func(t *testing.T) {
				m := newMachine(t, r, systemdReader, shell{command: []string{"sh"}, path: os.Getenv("PATH")})
				seen := m.put(t, c, generations["first"], generations["removed"], true)
				if c.chance {
					seen.early = c.want.early
				}
				if all[i] = seen; seen != c.want {
					t.Errorf("agents made %+v of it, not %+v", seen, c.want)
				}
				drains := 0
				for range attempts {
					if m.put(t, c, generations["first"], generations["removed"], false).drained {
						drains++
					}
				}
				t.Logf("at full speed, %d of %d runs drained clusters that stay", drains, attempts)
			})
		}
	})
	var rows strings.Builder
	rows.WriteString("| installed by | clusters that stay | the cluster that has left | credentials of a new config | other names |\n|---|---|---|---|---|\n")
	for i, c := range controls {
		rows.WriteString(c.row(all[i]))
	}
	checkRows(t, controlsPage, rows.String(), true)
}

// row is what a reader of the documentation wants to know of it.
func (c control) row(seen effects) string {
	say := func(bad bool, yes, no string) string {
		if bad {
			return "**" + yes + "**"
		}
		return no
	}
	early := say(seen.early, "come after it: the agent dials with the old CAs, or with none", "are there before it")
	if c.chance {
		early = "before or after it, by chance"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", c.name, say(seen.drained, "all drained and started again", "stay connected"),
		say(seen.kept, "stays", "is removed"), early, say(seen.misnamed, "temporary files taken for configs, refused by name only", "none"))
}

// put installs the first generation, puts the other one in place, and tells what the agent made of that.
func (m *machine) put(t *testing.T, c control, from, to generation, slow bool) (seen effects) {
	t.Helper()
	m.clear(t)
	if r := m.install(t, from, nil); r.code != 0 {
		t.Fatal(r.stderr)
	}
	m.awaitDials(t, from)
	m.events(t)
	begin := len(m.agent.events)
	command := []string{"sh", "-euc", c.script, "sh", to.archives[m.cluster], to.bundles[m.cluster], m.root}
	if slow {
		command = slices.Concat([]string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + slowedCalls,
			"-e", fmt.Sprintf("inject=%s:delay_enter=%d", slowedCalls, slowly)}, command)
	}
	output(t, exec.Command(command[0], command[1:]...))

	before, after := from.configs(t, m.reader), to.configs(t, m.reader)
	events := m.events(t)
	for _, event := range events {
		kind, name, _ := strings.Cut(event, " ")
		_, was := before[name]
		_, stays := after[name]
		seen.drained = seen.drained || kind == "removing" && was && stays
		seen.misnamed = seen.misnamed || kind == "misnamed"
	}
	seen.kept = !slices.Contains(events, "removing leaving")
	m.agent.await(t, "all are dialled", func() bool {
		return m.lastDial("turning").Config == digest(after["turning"]) && m.lastDial("coming").Config == digest(after["coming"])
	})
	anchors := to.payload(t, m.reader)[filepath.Join(m.peers, "turning.etcd-client-ca.crt")]
	seen.early = m.lastDial("turning").Anchors != digest(anchors) || slices.ContainsFunc(m.agent.events[begin:], func(e event) bool {
		return e.Event == "dial" && e.Cluster == "coming" && e.Error != ""
	})
	return seen
}

// clear takes everything away that an upgrade has put there, configs first.
func (m *machine) clear(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(m.live.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, credentials := range []bool{false, true} {
		for _, entry := range entries {
			if isCredential(entry.Name()) != credentials {
				continue
			}
			if err := os.Remove(filepath.Join(m.live.path, entry.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.RemoveAll(filepath.Join(m.root, m.state())); err != nil {
		t.Fatal(err)
	}
}
