package conformance

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// liveDir is a clustermesh directory that an agent watches. It is only written by rename from a staging directory beside it.
type liveDir struct {
	path, staging string
	fences        int
}

// install puts all files of a directory here, credentials before the configs that name them.
func (l *liveDir) install(t *testing.T, from string) {
	t.Helper()
	l.installWhere(t, from, isCredential)
	l.installWhere(t, from, func(name string) bool { return !isCredential(name) })
}

func (l *liveDir) installWhere(t *testing.T, from string, wanted func(name string) bool) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !wanted(entry.Name()) {
			continue
		}
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() {
			t.Fatalf("%s/%s is no plain file (%v)", from, entry.Name(), err)
		}
		l.put(t, entry.Name(), readFile(t, filepath.Join(from, entry.Name())), info.Mode())
	}
}

// put writes one file by rename.
func (l *liveDir) put(t *testing.T, name, text string, mode fs.FileMode) {
	t.Helper()
	staged := filepath.Join(l.staging, name)
	writeFile(t, staged, text)
	if err := os.Chmod(staged, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(staged, filepath.Join(l.path, name)); err != nil {
		t.Fatal(err)
	}
}

// renamePause is what lies between two files of `mv a b && mv c d`.
const renamePause = 2 * time.Millisecond

// rename puts files of a directory here, one after the other.
func (l *liveDir) rename(t *testing.T, from string, names ...string) {
	t.Helper()
	for _, name := range names {
		writeFile(t, filepath.Join(l.staging, name), readFile(t, filepath.Join(from, name)))
	}
	for i, name := range names {
		if i > 0 {
			time.Sleep(renamePause)
		}
		if err := os.Rename(filepath.Join(l.staging, name), filepath.Join(l.path, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// connectPause is what an agent gets between the callback for a new cluster and the start of its connection: one that is
// let go of in between is never let go of, and is tried for ever (seen with 1.20.2, once in some hundred fences on busy cores).
const connectPause = 300 * time.Millisecond

// fence waits until the agent has dealt with all that was done to the directory before: it takes changes one after the other,
// so when it has seen a config come, whatever it makes of earlier changes is under way, and when it has seen it go, once more.
func (l *liveDir) fence(t *testing.T, a *agent) {
	t.Helper()
	l.fences++
	name := fmt.Sprintf("fence-%d", l.fences)
	l.put(t, name, "endpoints: []\n", 0o644)
	a.await(t, "the fence is seen", func() bool { return a.count("added", name) == 1 })
	time.Sleep(connectPause)
	// It goes by no longer being a config. Had its file gone while the agent was about to read it, the agent would wait for the
	// file, and not let go of the cluster (pkg/kvstore/etcd.go, newClient).
	l.put(t, name, "{}\n", 0o644)
	a.await(t, "the fence is gone", func() bool { return a.count("remove", name) == 1 })
	if err := os.Remove(filepath.Join(l.path, name)); err != nil {
		t.Fatal(err)
	}
}

// isCredential tells certificates and keys from configs.
func isCredential(name string) bool {
	return strings.HasSuffix(name, ".crt") || strings.HasSuffix(name, ".key")
}
