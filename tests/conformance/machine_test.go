package conformance

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// machine is a root that nobody but install.sh puts bundles on, and an agent that watches its folder of peers.
type machine struct {
	reader
	root string
	// temp is the machine's TMPDIR: install.sh removes there what killed runs have left.
	temp  string
	shell shell
	live  *liveDir
	agent *agent
	seen  int // events that a step before has looked at
	// before are the folders that were there before.
	before []string
}

// newMachine makes a root with an empty folder of peers, which agents do not start without, and starts the agent.
func newMachine(t *testing.T, r release, reader reader, s shell) *machine {
	t.Helper()
	m := &machine{reader: reader, root: t.TempDir(), temp: t.TempDir(), shell: s}
	m.live = &liveDir{path: filepath.Join(m.root, reader.peers), staging: t.TempDir()}
	if err := os.MkdirAll(m.live.path, 0o755); err != nil {
		t.Fatal(err)
	}
	m.placeOthers(t)
	m.before = m.folders(t)
	const target = "/var/lib/clustermesh"
	id := map[string]int{systemdReader.cluster: 1, composeReader.cluster: 2}[reader.cluster]
	m.agent = startAgent(t, r, view{}.with(t, m.live.path, target), "agent of "+reader.cluster+" "+r.minor, "observe",
		"--dir", target, "--cluster-name", reader.cluster, fmt.Sprintf("--cluster-id=%d", id))
	m.live.fence(t, m.agent)
	m.seen = len(m.agent.events)
	return m
}

// run is what install.sh made of its words.
type run struct {
	code           int // -1 if it was killed
	stdout, stderr string
}

// install runs the install.sh of a generation's bundle. env is what a killer wants to know.
func (m *machine) install(t *testing.T, g generation, env []string, options ...string) run {
	t.Helper()
	words := append(slices.Clone(m.shell.command), filepath.Join(g.bundles[m.cluster], "install.sh"), "--root", m.root, "--any-host")
	command := exec.Command(words[0], append(words[1:], options...)...)
	command.Env = append(append(os.Environ(), "PATH="+m.shell.path, "TMPDIR="+m.temp), env...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return run{code: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// lastLine is the line for programs in what install.sh prints; a receipt may be before it.
func lastLine(stdout string) string {
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	return lines[len(lines)-1]
}

// expect checks the exit code and the line for programs.
func (r run) expect(t *testing.T, code int, line string) {
	t.Helper()
	if r.code != code || lastLine(r.stdout) != line {
		t.Errorf("exit code %d, %q; not %d, %q\n%s", r.code, r.stdout, code, line, r.stderr)
	}
}

// events are what the agent made of all that has happened since they were asked for last, in an order of its own: `added` and
// `connecting`, `connecting` alone for a config that has changed, `removing`.
func (m *machine) events(t *testing.T) []string {
	t.Helper()
	m.live.fence(t, m.agent)
	var events []string
	for _, e := range m.agent.events[m.seen:] {
		if strings.HasPrefix(e.Cluster, "fence-") {
			continue
		}
		switch e.Event {
		case "added", "connecting", "removing", "misnamed":
			events = append(events, e.Event+" "+e.Cluster)
		}
	}
	m.seen = len(m.agent.events)
	slices.Sort(events)
	return events
}

// dialsWhatStands waits until the agent has dialled each cluster last with the config and the anchors that stand there now, and
// checks that it never found one without its credentials.
func (m *machine) dialsWhatStands(t *testing.T, g generation) {
	t.Helper()
	m.awaitDials(t, g)
	for _, e := range m.agent.events {
		if e.Event == "dial" && e.Error != "" && !strings.HasPrefix(e.Cluster, "fence-") {
			t.Errorf("%s was dialled with a config that does not do: %s", e.Cluster, e.Error)
		}
	}
}

func (m *machine) awaitDials(t *testing.T, g generation) {
	t.Helper()
	payload := g.payload(t, m.reader)
	sum := func(name string) string { return digest(payload[filepath.Join(m.peers, name)]) }
	for name := range g.configs(t, m.reader) {
		m.agent.await(t, name+" is dialled with what stands there", func() bool {
			last := m.lastDial(name)
			return last.Config == sum(name) && last.Anchors == sum(name+".etcd-client-ca.crt")
		})
	}
}

// digest is that of a file's text, as the agent tells it.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// lastDial is how a cluster was dialled last.
func (m *machine) lastDial(name string) event {
	var last event
	for _, e := range m.agent.events {
		if e.Event == "dial" && e.Cluster == name {
			last = e
		}
	}
	return last
}

// others are files that stood on a machine before, by path: among them one that a bundle's takes the place of.
func (r reader) others() map[string]string {
	if r.cluster == composeReader.cluster {
		return map[string]string{"docker-compose.yaml": "services: {}\n"}
	}
	return map[string]string{"etc/cilium/clustermesh.env": "OTHER=1\n", "etc/cilium/other.env": "OTHER=2\n"}
}

// placeOthers puts them there.
func (m *machine) placeOthers(t *testing.T) {
	t.Helper()
	for path, text := range m.others() {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(m.root, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(m.root, path), text)
	}
}
