package conformance

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// view is the file system as one machine of the mesh sees it: ours, with some paths taken from elsewhere.
type view struct {
	mounts []mount
}

// mount is one bind mount: target is where the machine sees source.
type mount struct {
	source, target string
}

// bindAndExec makes the mounts given as pairs before `--`, then becomes the program that follows.
const bindAndExec = `while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 125; shift 2; done; shift; exec "$@"`

// with returns the view with one more mount. The mount point is made, and removed with the test.
func (v view) with(t *testing.T, source, target string) view {
	t.Helper()
	makeMountPoint(t, target)
	return view{mounts: append(append([]mount{}, v.mounts...), mount{source, target})}
}

// command is a program that will see this view. It is the very process that runs, so signals reach it.
func (v view) command(program string, args ...string) *exec.Cmd {
	words := []string{"-c", bindAndExec, "sh"}
	for _, m := range v.mounts {
		words = append(words, m.source, m.target)
	}
	words = append(append(words, "--", program), args...)
	command := exec.Command("sh", words...)
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	return command
}

// run runs a program that must succeed, and returns its output.
func (v view) run(t *testing.T, program string, args ...string) string {
	t.Helper()
	return output(t, v.command(program, args...))
}

// output runs a command that must succeed, and returns its output.
func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(command.Args, " "), err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// mountPoints are the directories that were made to be mounted on, by how many need them: tests run beside each other.
var mountPoints = struct {
	sync.Mutex
	users map[string]int
}{users: map[string]int{}}

// makeMountPoint makes a directory that is missing. The last test that needs it removes whatever had to be made.
func makeMountPoint(t *testing.T, path string) {
	t.Helper()
	mountPoints.Lock()
	defer mountPoints.Unlock()
	var needed []string // the deepest first
	for p := path; mountPoints.users[p] > 0 || !exists(p); p = filepath.Dir(p) {
		needed = append(needed, p)
	}
	if len(needed) == 0 {
		return
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range needed {
		mountPoints.users[p]++
	}
	t.Cleanup(func() {
		mountPoints.Lock()
		defer mountPoints.Unlock()
		for _, p := range needed {
			if mountPoints.users[p]--; mountPoints.users[p] > 0 {
				continue
			}
			if err := os.Remove(p); err != nil {
				t.Errorf("mount point: %v", err)
			}
		}
	})
}
