package conformance

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// historyPlan is what `plan` reports, as far as the tests look into it.
type historyPlan struct {
	Kept, NextSigners []any
}

func (w *world) plan(t *testing.T) historyPlan {
	t.Helper()
	var plan historyPlan
	text := output(t, exec.Command(os.Getenv(binaryVariable), "plan", w.mesh.file(), "--out", w.mesh.out, "--format", "json"))
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		t.Fatal(err)
	}
	return plan
}

// cutPatience is short, because a link that is cut stays so.
const cutPatience = 5 * time.Second

// seesACut is the control: a node is installed before the members that it dials, which no order of waves allows. The test has to see
// that its link is cut, and that it is there again once the members have their certificates.
func (w *world) seesACut(t *testing.T) {
	present := w.desired.present()
	moved, reader := present[0], present[1].name
	moved.host = movableHosts
	w.generate(t)
	n := w.nodes[slices.IndexFunc(w.nodes, func(n *agentNode) bool { return n.cluster == reader && n.isUp })]
	w.installNode(t, n, w.archive(&n.target), false)
	w.readWithin(t, cutPatience, moved.name, n)
	failures := strings.Join(w.failures, "\n")
	if len(w.failures) == 0 || !strings.Contains(failures, "x509: certificate is valid for") {
		t.Errorf("%s dials what no certificate of %s is for, and that shows as %q", n.unit(), moved.name, failures)
	}
	w.failures = nil
	for _, m := range w.membersOf(moved.name) {
		w.installMember(t, m, true)
	}
	w.readEverywhere(t, moved.name, n)
	w.check(t)
}

// seesANeedlessConnection is the control for what agents do: a config that changes without a reason makes an agent connect again.
func (w *world) seesANeedlessConnection(t *testing.T) {
	n := w.nodes[slices.IndexFunc(w.nodes, func(n *agentNode) bool { return len(n.links) > 0 })]
	remote := slices.Sorted(maps.Keys(n.links))[0]
	runs, path := n.agent.count("run", remote), n.path(filepath.Join(peersDir, remote))
	live := liveDir{path: filepath.Dir(path), staging: t.TempDir()}
	text := readFile(t, path)
	for i, text := range []string{text + "# touched\n", text} {
		live.put(t, remote, text, 0o600)
		n.agent.await(t, "it connects again", func() bool { return n.agent.count("run", remote) > runs+i })
	}
	w.publish(t)
	if failures := strings.Join(w.failures, "\n"); !strings.Contains(failures, "connected again with "+remote+" 2 times") {
		t.Errorf("%s connects again with %s, and that shows as %q", n.unit(), remote, failures)
	}
	w.failures = nil
}
