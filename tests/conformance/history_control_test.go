package conformance

import (
	"encoding/json"
	"os"
	"os/exec"
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
// that its link is cut, and that it is there again once the members have theirs.
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
	w.rollOut(t, complete)
	w.failures = nil // attempts that had begun before
	w.readEverywhere(t, "*", w.nodes...)
	w.check(t)
}
