package conformance

import (
	"maps"
	"slices"
	"testing"
)

// turning are the CAs that are being replaced, by name: the last step that was taken. Those that were replaced have it too.
type turning map[string]string

// lastStep is the name of the step after which a rotation is over.
const lastStep = "retire"

// isTurning is whether the CA that is made for a cluster is being replaced: nothing else about trust may change there meanwhile.
func (w *world) isTurning(c *desiredCluster) bool {
	step, begun := w.turning[c.own]
	return begun && step != lastStep
}

// steady are those of some clusters where the CA is not being replaced.
func (w *world) steady(clusters []*desiredCluster) []*desiredCluster {
	return slices.DeleteFunc(clusters, w.isTurning)
}

// rotateCA asks for the next step of a rotation, or begins one. The step has to wait where the one before is not known to be everywhere.
func rotateCA(w *world, t *testing.T) {
	c := pick(w, w.desired.present())
	if begun := slices.DeleteFunc(w.desired.present(), func(c *desiredCluster) bool { return !w.isTurning(c) }); len(begun) > 0 {
		c = pick(w, begun)
	}
	words := []string{"--next"}
	if w.turning[c.own] == lastStep {
		words = append(words, "--again")
	}
	w.turn(t, c, words...)
}

// rotateBack takes the last step of a rotation back, if there is one.
func rotateBack(w *world, t *testing.T) {
	for _, c := range w.desired.present() {
		if _, begun := w.turning[c.own]; begun {
			w.turn(t, c, "--back")
			return
		}
	}
}

// turn asks for a step of the rotation of a cluster's CA.
func (w *world) turn(t *testing.T, c *desiredCluster, words ...string) {
	t.Helper()
	report, taken := w.rotate(t, c.own, words...)
	switch {
	case !taken:
		w.counts["refused steps"]++
		return
	case report.At == nil:
		delete(w.turning, c.own)
	default:
		w.turning[c.own] = report.At.Step
	}
	w.counts["steps of rotations"]++
	w.backup = "" // it has not the key of every CA
}

// finishRotations takes the steps that are left.
func (w *world) finishRotations(t *testing.T) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(w.turning)) {
		for i := range w.desired.clusters {
			if c := &w.desired.clusters[i]; c.own == name && w.isTurning(c) {
				w.turn(t, c, "--next")
			}
		}
	}
}

// issueAgain has certificates issued again by the run that follows.
func issueAgain(w *world, _ *testing.T) {
	c := pick(w, w.desired.byHand())
	w.reissue = pick(w, [][]string{{"--renew"}, {"--rekey"}, {"--rekey", "--only", c.name}})
}
