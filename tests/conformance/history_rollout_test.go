package conformance

import (
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// historyWave is a wave of index.json.
type historyWave struct {
	Wave  string
	Ship  []string
	Steps []struct {
		Step, Cluster string
		On            []string
	}
}

// waves are what index.json lists, in its order.
func (w *world) waves(t *testing.T) []historyWave {
	t.Helper()
	var index struct{ Waves []historyWave }
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(w.mesh.out, "index.json"))), &index); err != nil {
		t.Fatal(err)
	}
	return index.Waves
}

// pace is how completely a roll-out is carried out.
type pace bool

const (
	complete pace = true
	hasty    pace = false
)

// rollOut ships the waves of the last run in their order. In a hasty one, some machines are late.
func (w *world) rollOut(t *testing.T, p pace) {
	t.Helper()
	for _, wave := range w.waves(t) {
		shuffle(w.dice, wave.Ship)
		w.logf("wave %s: %v %v", wave.Wave, wave.Ship, wave.Steps)
		switch wave.Wave {
		case "members":
			w.shipMembers(t, wave, p)
		case "users":
			w.shipUsers(t, wave)
		case "nodes":
			w.shipNodes(t, wave, p)
		case "withdrawal":
			w.withdraw(t, wave, p)
		}
	}
}

func shuffle[T any](dice *rand.Rand, list []T) {
	dice.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// late is whether a machine is late in a roll-out.
func (w *world) late(p pace) bool { return p == hasty && w.dice.IntN(3) == 0 }

// shipMembers installs at one member after another, and restarts most of those that have to be.
func (w *world) shipMembers(t *testing.T, wave historyWave, p pace) {
	t.Helper()
	w.shipValues(t, wave, p)
	for _, path := range wave.Ship {
		if isOfHelm(path) {
			continue
		}
		m := w.memberOf(path)
		late := w.late(p)
		w.installMember(t, m, late)
		if m.isDue {
			w.counts["members that were not restarted"]++
		}
		w.readEverywhere(t, m.cluster, w.readers()...)
	}
	for _, step := range wave.Steps {
		if step.Step != "restart" {
			continue
		}
		for _, m := range w.membersOf(step.Cluster) {
			if slices.Contains(step.On, m.name) && m.isDue && !w.late(p) {
				w.restart(t, m)
				w.readEverywhere(t, m.cluster, w.readers()...)
			}
		}
	}
}

// shipUsers adds users, and turns authentication on where a step says so.
func (w *world) shipUsers(t *testing.T, wave historyWave) {
	t.Helper()
	for _, script := range wave.Ship {
		if isOfHelm(script) {
			w.shipUsersList(t)
			continue
		}
		cluster, _, _ := strings.Cut(script, "/")
		w.authorise(t, cluster, "--add")
	}
	for _, step := range wave.Steps {
		if step.Step == "enable-authentication" {
			w.authorise(t, step.Cluster, "--enable")
		}
	}
	w.readEverywhere(t, "*", w.readers()...)
}

// shipNodes installs on nodes. Who is late comes another time, perhaps with the archive of today.
func (w *world) shipNodes(t *testing.T, wave historyWave, p pace) {
	t.Helper()
	for _, path := range wave.Ship {
		if isOfHelm(path) {
			w.shipSecrets(t, p)
			continue
		}
		n := w.nodeOf(path)
		switch {
		case w.late(p):
			w.counts["late nodes"]++
			if w.dice.IntN(2) == 0 && n.stick.path == "" {
				n.stick = w.copied(t, &n.target)
			}
			continue
		case p == hasty && n.stick.path != "" && n.stick.written > n.written && w.dice.IntN(2) == 0:
			w.counts["nodes that get an older generation"]++
			w.installNode(t, n, n.stick, false)
		default:
			w.installNode(t, n, w.archive(&n.target), w.late(p))
		}
		w.readEverywhere(t, "*", n)
	}
	for _, step := range wave.Steps {
		if step.Step == "read-remotes" && !w.late(p) {
			w.readRemotes(t)
		}
	}
}

// memberOf is the member that an archive is for, if it is for one.
func (w *world) memberOf(path string) *etcdMember {
	for _, m := range w.members {
		if m.cluster+"/etcd/"+m.name+".tar.gz" == path {
			return m
		}
	}
	return nil
}

// nodeOf is the node that an archive is for, if it is for one.
func (w *world) nodeOf(path string) *agentNode {
	for _, n := range w.nodes {
		if n.cluster+"/nodes/"+n.name+".tar.gz" == path {
			return n
		}
	}
	return nil
}

// copied is a copy of the archive that was written last.
func (w *world) copied(t *testing.T, m *target) archive {
	t.Helper()
	last := w.archive(m)
	path := filepath.Join(t.TempDir(), filepath.Base(last.path))
	writeFile(t, path, readFile(t, last.path))
	return archive{path, last.written}
}

// withdraw removes users, and uninstalls where the mesh was left.
func (w *world) withdraw(t *testing.T, wave historyWave, p pace) {
	t.Helper()
	for _, script := range wave.Ship {
		if cluster, _, _ := strings.Cut(script, "/"); !w.late(p) {
			w.authorise(t, cluster)
		}
	}
	w.doLastSteps(t, wave, p)
	for _, step := range wave.Steps {
		for _, n := range w.nodes {
			if step.Step == "uninstall" && n.cluster == step.Cluster && slices.Contains(step.On, n.name) && n.isUp && !w.late(p) {
				w.counts["nodes that were uninstalled"]++
				w.halt(t, n)
				w.keepReceipt(t, &n.target, w.script(t, &n.target, "--uninstall"))
				n.written, n.before = 0, 0
			}
		}
	}
	w.readEverywhere(t, "*", w.readers()...)
}
