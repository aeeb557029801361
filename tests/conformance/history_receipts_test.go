package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// loss is what happens to receipts.
type loss bool

const (
	someLost    loss = true
	nothingLost loss = false
)

// record records what was printed since the last time. Without a loss, it asks every machine again.
func (w *world) record(t *testing.T, l loss) {
	t.Helper()
	w.recordIn(t, w.mesh.dir, w.heard(t, l))
	w.recordHelm(t, l)
}

// heard is what arrives of what was printed.
func (w *world) heard(t *testing.T, l loss) []string {
	t.Helper()
	if l == nothingLost {
		for _, m := range w.targets() {
			if exists(m.current()) {
				w.keepReceipt(t, m, w.script(t, m, "--receipt"))
			}
		}
	}
	var heard []string
	for _, text := range w.printed {
		if l == someLost && w.dice.IntN(3) == 0 {
			w.counts["lost receipts"]++
			continue
		}
		heard = append(heard, text)
	}
	w.printed = nil
	return heard
}

// targets are all machines.
func (w *world) targets() []*target {
	var targets []*target
	for _, m := range w.members {
		targets = append(targets, &m.target)
	}
	for _, n := range w.nodes {
		targets = append(targets, &n.target)
	}
	return targets
}

// recordIn records in the state beside a mesh.yaml. No receipt may be refused.
func (w *world) recordIn(t *testing.T, dir string, heard []string) {
	t.Helper()
	words := []string{"rollout", "record", filepath.Join(dir, "mesh.yaml"), "-"}
	for _, c := range w.desired.byHand() {
		words = append(words, "--by-hand", c.name+"/operator") // its options have no installer
	}
	command := exec.Command(os.Getenv(binaryVariable), words...)
	command.Stdin = strings.NewReader(strings.Join(heard, ""))
	w.logf("record: %s", strings.TrimSpace(output(t, command)))
}

// recordByTwo has two people record half of it each, in clones of one repository, and merges what they have.
func (w *world) recordByTwo(t *testing.T) {
	t.Helper()
	heard := w.heard(t, someLost)
	half := len(heard) / 2
	git := func(dir string, words ...string) {
		// The state belongs to one user.
		command := exec.Command("sh", append([]string{"-c", `umask 077; exec git "$@"`, "git", "-C", dir}, words...)...)
		command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_NAME=one", "GIT_AUTHOR_EMAIL=one@example.net", "GIT_COMMITTER_NAME=one", "GIT_COMMITTER_EMAIL=one@example.net")
		output(t, command)
	}
	if mine := w.mesh.dir; !exists(filepath.Join(mine, ".git")) {
		git(mine, "init", "--quiet")
		writeFile(t, filepath.Join(mine, ".gitattributes"), "state/ledger/receipts merge=union\n")
	}
	commit := func(dir string) {
		git(dir, "add", "--force", "--all", "mesh.yaml", "state", ".gitattributes")
		git(dir, "commit", "--quiet", "--allow-empty", "--message", "recorded")
	}
	commit(w.mesh.dir)
	theirs := filepath.Join(t.TempDir(), "clone")
	git(w.mesh.dir, "clone", "--quiet", ".", theirs)
	w.recordIn(t, w.mesh.dir, heard[:half])
	w.recordIn(t, theirs, heard[half:])
	commit(w.mesh.dir)
	commit(theirs)
	git(w.mesh.dir, "pull", "--quiet", "--no-rebase", "--no-edit", theirs)
	w.recordHelm(t, someLost)
}
