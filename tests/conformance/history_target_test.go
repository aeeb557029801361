package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// target is a machine of the mesh: bundles are installed on it by their own install.sh alone.
type target struct {
	cluster, kind, name string // kind is node or member
	root                string
	disk                archive // a copy of it, which was made some time ago
	written             int     // the run of generate that wrote what is installed
	before              int     // the same, of what was installed before
	stick               archive // that somebody took along, to install it later
}

// archive is a bundle as some run of generate wrote it, or a disk as it was after that run.
type archive struct {
	path    string
	written int
}

// receipt is what install.sh and etcd-auth.sh print, as far as the tests look into it.
type receipt struct {
	Generation int
	Due        []string
}

func (m *target) unit() string { return m.cluster + "/" + m.kind + "/" + m.name }

// path is what install.sh would find at a path of the machine.
func (m *target) path(path string) string { return filepath.Join(m.root, path) }

// current is the installed bundle, as the machine keeps it.
func (m *target) current() string {
	return m.path(filepath.Join("var/lib/meshbundle", m.kind, "current"))
}

// archive is the bundle that was written last.
func (w *world) archive(m *target) archive {
	kind := map[string]string{"node": "nodes", "member": "etcd"}[m.kind]
	return archive{filepath.Join(w.mesh.out, "bundles", m.cluster, kind, m.name+".tar.gz"), w.runs}
}

// install installs a bundle with the install.sh that is in it. It must not be refused.
func (w *world) install(t *testing.T, m *target, a archive) receipt {
	t.Helper()
	script := filepath.Join(w.temp, "install.sh")
	writeFile(t, script, output(t, exec.Command("tar", "-xzOf", a.path, "--wildcards", "*/install.sh")))
	r := w.sh(t, m, script, "--any-host", a.path)
	if r.code != 0 {
		t.Fatalf("%s: install.sh exits with %d:\n%s%s", m.unit(), r.code, r.stdout, r.stderr)
	}
	if strings.HasPrefix(lastLine(r.stdout), "changed=yes") {
		m.before = m.written
	}
	m.written = a.written
	return w.keepReceipt(t, m, r)
}

// script runs the install.sh of the installed bundle.
func (w *world) script(t *testing.T, m *target, options ...string) run {
	t.Helper()
	return w.sh(t, m, filepath.Join(m.current(), "install.sh"), options...)
}

// restarted notes what was restarted.
func (w *world) restarted(t *testing.T, m *target, what string) {
	t.Helper()
	w.keepReceipt(t, m, w.script(t, m, "--restarted", what))
}

func (w *world) sh(t *testing.T, m *target, script string, options ...string) run {
	t.Helper()
	command := exec.Command("sh", append([]string{script, "--root", m.root}, options...)...)
	command.Env = append(os.Environ(), "TMPDIR="+w.temp)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	w.logf("%s: install.sh %s: %d", m.unit(), strings.Join(options, " "), command.ProcessState.ExitCode())
	return run{code: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// keepReceipt keeps what a run printed for whoever records it, and reads the receipt in it.
func (w *world) keepReceipt(t *testing.T, m *target, r run) receipt {
	t.Helper()
	w.printed = append(w.printed, r.stdout)
	var last receipt
	for _, line := range strings.Split(r.stdout, "\n") {
		if strings.HasPrefix(line, `{"receipt":`) {
			if err := json.Unmarshal([]byte(line), &last); err != nil {
				t.Fatalf("%s: %v in %s", m.unit(), err, line)
			}
			return last
		}
	}
	t.Fatalf("%s: no receipt in %q\n%s", m.unit(), r.stdout, r.stderr)
	return last
}

// keepDisk makes a copy of the machine as it is.
func (w *world) keepDisk(t *testing.T, m *target) {
	t.Helper()
	m.disk = archive{t.TempDir(), m.written}
	output(t, exec.Command("cp", "-a", m.root+"/.", m.disk.path))
}

// restoreDisk makes the machine what it was.
func (w *world) restoreDisk(t *testing.T, m *target) {
	t.Helper()
	m.stick, m.written = archive{}, m.disk.written
	if err := os.RemoveAll(m.root); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(m.root, 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, exec.Command("cp", "-a", m.disk.path+"/.", m.root))
}

// replace gives the machine an empty disk.
func (w *world) replace(t *testing.T, m *target) {
	t.Helper()
	m.root, m.stick, m.written, m.before = t.TempDir(), archive{}, 0, 0
}
