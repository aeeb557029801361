package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shell is what runs install.sh: a program, and where it finds all others.
type shell struct {
	command []string
	path    string
	// moments is at how many moments a move is killed under it; crossings, for another one to heal it.
	moments, crossings int
}

// changing are the programs by which install.sh changes anything, save for the lists that it writes itself.
var changing = []string{"mv", "cp", "rm", "rmdir", "mkdir", "ln", "chmod", "chown", "sync"}

// counted stands in for one of them. It counts, and writes down what was called; and it kills everyone of the run, itself
// included, before the call that KILL_BEFORE says, or after, or within.
const counted = `
    read -r kill_n <"$KILL_COUNT"
    kill_n=$((kill_n + 1))
    echo "$kill_n" >"$KILL_COUNT"
    (IFS=' '; echo "NAME $*") >>"$KILL_COUNT.calls"
    [ "$kill_n" != "${KILL_BEFORE-}" ] || kill -9 0
    if [ "$kill_n" = "${KILL_WITHIN-}" ]; then
        strace -f -qq -o /dev/null -e trace=CALLS -e inject=CALLS:signal=KILL:when="$KILL_WHEN" TOOL "$@" && return 0
        kill -9 0
    fi
    kill_status=0
    TOOL "$@" || kill_status=$?
    [ "$kill_n" != "${KILL_AFTER-}" ] || kill -9 0
    return "$kill_status"
`

// withinCalls are the system calls that a program is killed at.
const withinCalls = "write,copy_file_range,sendfile,mkdir,mkdirat,unlink,unlinkat,rmdir,chmod,fchmodat,rename,renameat,renameat2"

// dash is Debian's sh with Debian's tools. The stand-ins are programs that it finds before these.
func dash(t *testing.T) shell {
	t.Helper()
	dir := t.TempDir()
	for _, name := range changing {
		tool, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		writeFile(t, path, "#!/usr/bin/dash\n[ -n \"${KILL_COUNT-}\" ] || exec "+tool+" \"$@\"\nrun() {"+standIn(tool, name)+"}\nrun \"$@\"\n")
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return shell{command: []string{"/usr/bin/dash"}, path: dir + ":" + os.Getenv("PATH"), moments: 1000, crossings: 10}
}

// ash is busybox's shell, with nothing but busybox's tools. It has these built in, and looks for no others of their names: so here
// the stand-ins are functions.
func ash(t *testing.T) shell {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, applet := range strings.Fields(output(t, exec.Command(busybox, "--list"))) {
		if err := os.Symlink(busybox, filepath.Join(dir, applet)); err != nil {
			t.Fatal(err)
		}
	}
	// What the killing itself needs.
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(strace, filepath.Join(dir, "strace")); err != nil {
		t.Fatal(err)
	}
	var functions strings.Builder
	for _, name := range changing {
		functions.WriteString(name + "() {" + standIn(busybox+" "+name, name) + "}\n")
	}
	script := "[ -z \"${KILL_COUNT-}\" ] || {\n" + functions.String() + "}\n. \"$0\"\n"
	return shell{command: []string{busybox, "ash", "-c", script}, path: dir, moments: 20, crossings: 3}
}

func standIn(tool, name string) string {
	return strings.NewReplacer("TOOL", tool, "NAME", name, "CALLS", withinCalls).Replace(counted)
}
