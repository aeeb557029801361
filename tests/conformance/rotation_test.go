package conformance

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// rotationSeed is that of the first world of TestRotation.
	rotationSeed = 1
	// rotationReads is how many reads there are at least if only one step is taken back.
	rotationReads = 3_000
	// rotationRest is how long a rotation is left alone between two steps.
	rotationRest = 10 * time.Second
)

// TestRotation renews all certificates, gives all new keys, and replaces three CAs of a mesh that runs: one that two clusters share, one of
// a single cluster, and one that the user provides. Clusters have etcds of three generations. What is written is installed in any order. At
// first, steps are taken back half way. Then members are late and nodes are forgotten, and the next step is refused until they have caught
// up. Agents read every link all the while: no read fails, and agents connect again, and members restart, where `certs rotate` says so
// and nowhere else. It runs before those that run side by side: nine etcds, whose members restart, leave nothing to others.
func TestRotation(t *testing.T) {
	seed, rounds := number(t, seedVariable, rotationSeed), number(t, roundsVariable, 0)
	undone, least, pause := []string{"reissue"}, rotationReads, time.Second
	if rounds != 0 {
		undone, least, pause = []string{"introduce", "reissue", "retire"}, wholeReads, time.Second/2
	}
	for i := range max(1, rounds/roundsOfHistory) {
		if !t.Run(strconv.FormatUint(seed+i, 10), func(t *testing.T) { playRotation(t, seed+i, undone, least, pause) }) {
			return
		}
	}
}

// playRotation plays all steps, and takes some back half way before.
func playRotation(t *testing.T, seed uint64, undone []string, least int, pause time.Duration) {
	began := time.Now()
	r := releases[seed%uint64(len(releases))]
	d, etcds := desired{minor: r.minor}, map[string]string{}
	for i, version := range newerEtcds {
		name := historyClusters[i]
		d.clusters = append(d.clusters, desiredCluster{name: name, number: i + 1, network: "10.17", own: name})
		etcds[name] = etcdProgram(version)
	}
	d.clusters[1].own = sharedCA
	d.clusters[2].clients = 1
	// Everything is due for renewal today.
	w := newWorld(t, r, d, etcds, seed, pause, began.AddDate(0, 0, -300))
	defer w.killEtcds()
	t.Logf("seed %d: everything runs after %s", seed, time.Since(began).Round(time.Second))
	w.issuesAgain(t, "", "--renew")
	w.issuesAgain(t, soleCluster, "--rekey", "--only", soleCluster)
	w.introduces(t, slices.Contains(undone, "introduce"))
	w.rest(t)
	old := w.keepCredentials(t)
	w.reissues(t, slices.Contains(undone, "reissue"))
	w.rest(t)
	w.demandAdmitted(t, old, true)
	w.retires(t, slices.Contains(undone, "retire"))
	w.demandAdmitted(t, old, false)
	w.demandAdmitted(t, w.keepCredentials(t), true)
	if reads := w.reads + w.watched; reads < least {
		t.Errorf("%d reads, and not %d", reads, least)
	}
	t.Logf("seed %d, Cilium %s, %v: %s in %s", seed, r.version, etcds, w.summary(), time.Since(began).Round(time.Second))
}

// issuesAgain has the certificates issued again that a cluster has, or all. Nothing that runs has to notice.
func (w *world) issuesAgain(t *testing.T, cluster string, options ...string) {
	t.Helper()
	before := w.installed(t, isLeaf)
	w.asForeseen(t, func() foreseen {
		w.generate(t, options...)
		w.ship(t, w.toShip(t))
		return foreseen{}
	})
	for path, certificate := range w.installed(t, isLeaf) {
		if isNew := before[path] != certificate; isNew != strings.HasPrefix(path, cluster) {
			t.Errorf("generate %v: %s is new: %v", options, path, isNew)
		}
	}
}

// introduces has every end trust the new CAs. One member is not restarted, and one node is forgotten.
func (w *world) introduces(t *testing.T, undone bool) {
	t.Helper()
	if undone {
		before := w.installed(t, isAnchor)
		w.takesBackHalfWay(t)
		if now := w.installed(t, isAnchor); !maps.Equal(now, before) {
			t.Errorf("the first step was taken back, and other CAs are trusted than before")
		}
	}
	w.asForeseen(t, func() foreseen {
		effects := w.takeStep(t, "--next")
		for _, ca := range rotated {
			w.demandRefusal(t, ca, "refusing to let CA `", "are not known to trust it")
		}
		late, forgotten := pick(w, w.membersOf(soleCluster)), pick(w, w.nodes)
		w.ship(t, without(w.toShip(t), []string{w.shipped(&forgotten.target)}), late.unit())
		w.demandRefusal(t, rotated[0], "1 unit is not known to trust it: `"+forgotten.unit()+"`")
		w.demandRefusal(t, rotated[1], "2 units are not known to trust it", "`"+late.unit()+"`", "`"+forgotten.unit()+"`")
		w.demandRefusal(t, rotated[2], "1 unit is not known to trust it: `"+late.unit()+"`")
		w.restart(t, late)
		w.ship(t, []string{w.shipped(&forgotten.target)})
		return effects
	})
}

// reissues has the new CAs sign. One node and one member are forgotten.
func (w *world) reissues(t *testing.T, undone bool) {
	t.Helper()
	if undone {
		w.takesBackHalfWay(t)
	}
	w.asForeseen(t, func() foreseen {
		effects := w.takeStep(t, "--next")
		forgotten, member := pick(w, w.nodes), pick(w, w.membersOf(soleCluster))
		left := []string{w.shipped(&forgotten.target), w.shipped(&member.target)}
		w.ship(t, without(w.toShip(t), left))
		w.demandRefusal(t, rotated[0], "1 unit may have what it signed: `"+forgotten.unit()+"`")
		w.demandRefusal(t, rotated[1], "1 unit may have what it signed: `"+member.unit()+"`")
		w.ship(t, left)
		return effects
	})
}

// retires has no end trust the old CAs any more. The mesh names the provided one that follows before that.
func (w *world) retires(t *testing.T, undone bool) {
	t.Helper()
	w.demandRefusal(t, rotated[2], "the mesh names it at `"+soleCluster+"`")
	w.desired.clusters[2].clients = 2
	if undone {
		w.takesBackHalfWay(t)
	}
	w.asForeseen(t, func() foreseen {
		effects := w.takeStep(t, "--next")
		w.ship(t, w.toShip(t))
		return effects
	})
}

// takesBackHalfWay takes the next step, ships it to half of the machines, and takes it back.
func (w *world) takesBackHalfWay(t *testing.T) {
	t.Helper()
	w.takeStep(t, "--next")
	all := w.toShip(t)
	w.ship(t, all[:len(all)/2])
	w.takeStep(t, "--back")
	w.ship(t, w.toShip(t))
}
