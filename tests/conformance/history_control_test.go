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

// seesACut is the control: a node is installed before the members and values that it needs, and Secrets are applied before the members
// that their pods dial, which no order of waves allows. The test has to see that these links are cut, and that they are there again once
// all servers have their certificates.
func (w *world) seesACut(t *testing.T) {
	byHand := w.desired.byHand()
	moved, reader, of := byHand[0], byHand[1].name, w.helm.agents
	moved.host = movableHosts
	n := w.nodes[slices.IndexFunc(w.nodes, func(n *agentNode) bool { return n.cluster == reader && n.isUp })]
	cut := []string{n.unit() + " does not read " + moved.name}
	for _, c := range w.desired.present() {
		if !c.isHelm() {
			continue
		}
		c.host = movableHosts
		if w.helm.kvstoremesh.isUp {
			of = w.helm.kvstoremesh
		}
		cut = append(cut, n.unit()+" does not read "+helmName, of.unit()+" does not read "+moved.name)
	}
	w.generate(t)
	w.installNode(t, n, w.archive(&n.target), false)
	if len(cut) > 1 {
		w.applySecretsAlone(t)
	}
	w.readWithin(t, cutPatience, "*", n, of)
	failures := strings.Join(w.failures, "\n")
	for _, expected := range cut {
		if !strings.Contains(failures, expected) || !strings.Contains(failures, "x509: certificate is valid for") {
			t.Errorf("%s, because no certificate is for what it dials, and that shows as %q", expected, failures)
		}
	}
	w.failures = nil
	for _, m := range w.membersOf(moved.name) {
		w.installMember(t, m, true)
	}
	if len(cut) > 1 {
		w.upgrade(t)
	}
	w.readEverywhere(t, "*", n, of)
	w.check(t)
}

// seesANeedlessConnection is the control for what agents do: a config that changes without a reason makes an agent connect again.
func (w *world) seesANeedlessConnection(t *testing.T) {
	n := w.nodes[slices.IndexFunc(w.nodes, func(n *agentNode) bool { return len(n.links) > 0 })]
	remote := slices.Sorted(maps.Keys(n.links))[0]
	runs, path := n.agent.count("run", remote), n.path(filepath.Join(n.dir, remote))
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
