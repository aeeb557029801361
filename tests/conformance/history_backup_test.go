package conformance

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// meshbundle runs the program beside mesh.yaml.
func (w *world) meshbundle(t *testing.T, words ...string) string {
	t.Helper()
	command := exec.Command(os.Getenv(binaryVariable), words...)
	command.Dir = w.mesh.dir
	printed := output(t, command)
	w.logf("%s: %s", strings.Join(words, " "), strings.TrimSpace(printed))
	return printed
}

// backUp keeps a backup of the state.
func (w *world) backUp(t *testing.T) {
	t.Helper()
	w.backup = filepath.Join(t.TempDir(), "backup.tar.gz")
	w.meshbundle(t, "state", "backup", w.backup)
}

// restoreState loses the state, and restores a backup that does not know the last changes. What they wrote is still in the output folder,
// older generations are on the machines that are late, and every machine and etcd that serves prints its receipt. What is on a stick was
// written before, and is thrown away.
func restoreState(w *world, t *testing.T) {
	if err := os.RemoveAll(filepath.Join(w.mesh.dir, "state")); err != nil {
		t.Fatal(err)
	}
	w.meshbundle(t, "state", "restore", w.backup)
	w.meshbundle(t, "rollout", "record", "mesh.yaml", w.mesh.out)
	w.backup = ""
	installed := []string{"rollout", "record", "mesh.yaml"}
	var receipts strings.Builder
	var silent []string
	for _, m := range w.targets() {
		m.stick = archive{}
		if !exists(m.current()) {
			silent = append(silent, m.unit())
			continue
		}
		installed = append(installed, m.current())
		receipts.WriteString(w.script(t, m, "--receipt").stdout)
	}
	for _, c := range w.desired.clusters {
		if c.isHelm() {
			continue
		}
		script := filepath.Join(w.mesh.out, "bundles", c.name, "etcd", "etcd-auth.sh")
		if !exists(script) {
			silent = append(silent, c.name+"/users")
			continue
		}
		receipts.WriteString(output(t, exec.Command("sh", script, "--receipt")))
	}
	w.meshbundle(t, installed...)
	writeFile(t, filepath.Join(w.mesh.dir, "receipts.txt"), receipts.String())
	w.meshbundle(t, "rollout", "record", "mesh.yaml", "receipts.txt")
	w.printed = nil
	if !w.showAgain(t) {
		silent = append(silent, helmName+"/helm")
	}
	w.removeAgain(t, silent)
}

// showAgain records what the chart's cluster has, if it has anything. The state takes that in.
func (w *world) showAgain(t *testing.T) bool {
	t.Helper()
	h := w.helm
	h.shown, h.done, h.stick = nil, nil, archive{}
	if len(h.objects) == 0 {
		return false
	}
	w.recordHelm(t, nothingLost)
	inventory := readFile(t, filepath.Join(w.mesh.dir, "state", "inventory.json"))
	for _, object := range h.objects {
		if _, digest, _ := strings.Cut(object.manifest, `\"digest\":\"`); !strings.Contains(inventory, digest[:32]) {
			t.Fatalf("the restored state has not taken in %s", digest[:32])
		}
	}
	return true
}

// removeAgain has the next run remove what left the mesh after the backup, and do without receipts of what prints none.
func (w *world) removeAgain(t *testing.T, silent []string) {
	t.Helper()
	var inventory struct {
		Clusters map[string]any
		Bundles  map[string]any
	}
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(w.mesh.dir, "state", "inventory.json"))), &inventory); err != nil {
		t.Fatal(err)
	}
	for name := range inventory.Clusters {
		if !w.desired.has(name) {
			w.remove = name
		}
	}
	known := func(unit string) bool {
		cluster, rest, _ := strings.Cut(unit, "/")
		bundle := strings.NewReplacer("node/", "nodes/", "member/", "etcd/", "users", "etcd").Replace(rest)
		return inventory.Bundles[cluster+"/"+bundle] != nil
	}
	w.without = slices.DeleteFunc(silent, func(unit string) bool { return !known(unit) })
}
