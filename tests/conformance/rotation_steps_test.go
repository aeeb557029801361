package conformance

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net"

	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	// sharedCA is the CA of the first two clusters, by the name of one of them.
	sharedCA = "ams"
	// soleCluster has a CA of its own for servers and peers, and a provided one for clients.
	soleCluster = "osl"
)

// rotated are the CAs that are replaced, all at the same time: what two clusters have for everything, what one has for servers and peers,
// and what it has for clients.
var rotated = []rotatedCA{
	{name: sharedCA}, {name: soleCluster}, {name: historyCAs[0], to: historyCAs[1]},
}

// rotatedCA is a CA, and the one that follows it, if the user provides that.
type rotatedCA struct{ name, to string }

func (ca rotatedCA) words(turn string) []string {
	if ca.to != "" && turn == "--next" {
		return []string{turn, "--to", ca.to}
	}
	return []string{turn}
}

// takeStep takes a step of each rotation, and returns what they say that it does.
func (w *world) takeStep(t *testing.T, turn string) foreseen {
	t.Helper()
	order := slices.Clone(rotated)
	shuffle(w.dice, order)
	effects := foreseen{}
	for _, ca := range order {
		report, taken := w.rotate(t, ca.name, ca.words(turn)...)
		if !taken {
			t.Fatalf("the rotation of %s is refused %s: %s", ca.name, turn, report.refusal())
		}
		effects.add(report)
	}
	return effects
}

// demandRefusal demands that the next step is refused in these words.
func (w *world) demandRefusal(t *testing.T, ca rotatedCA, words ...string) {
	t.Helper()
	report, taken := w.rotate(t, ca.name, ca.words("--next")...)
	w.counts["refused steps"]++
	for _, word := range words {
		if taken || !strings.Contains(report.refusal(), word) {
			t.Fatalf("the rotation of %s is not refused with %q, but %v: %s", ca.name, word, taken, report.refusal())
		}
	}
}

// foreseen is what steps say that they do: `READER > REMOTE` for agents that connect again, `READER's agents` for those that restart, and
// units of members that restart.
type foreseen map[string]bool

func (f foreseen) add(report rotation) {
	for _, effect := range report.Step.Effects {
		for _, remote := range effect.Reconnects {
			f[effect.Cluster+" > "+remote] = true
		}
		if effect.AgentsRestart {
			f[effect.Cluster+"'s agents"] = true
		}
		for _, member := range effect.Restarts {
			f[effect.Cluster+"/member/"+member] = true
		}
	}
}

// asForeseen demands that agents connect again, and agents and members restart, where the steps say so that are taken, and nowhere else.
func (w *world) asForeseen(t *testing.T, act func() foreseen) {
	t.Helper()
	before := w.events()
	effects := act()
	for what, count := range w.events() {
		cause, _, _ := strings.Cut(what, ": ")
		want := 0
		if effects[cause] {
			want = 1
		}
		if count -= before[what]; count != want {
			w.fail("%s: %d times, and %d were foreseen", what, count, want)
		}
		w.counts["events that were foreseen"] += count
	}
	w.check(t)
}

// events is how often each agent has connected again, and each agent and member has started.
func (w *world) events() map[string]int {
	events := map[string]int{}
	for _, n := range w.nodes {
		for remote := range n.links {
			events[n.cluster+" > "+remote+": "+n.unit()] = n.connectedAgain(remote)
		}
		events[n.cluster+"'s agents: "+n.unit()] = n.starts
	}
	for _, m := range w.members {
		events[m.unit()] = m.starts
	}
	return events
}

// toShip is what the last run lists to be shipped, in any order.
func (w *world) toShip(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, wave := range w.waves(t) {
		paths = append(paths, wave.Ship...)
	}
	shuffle(w.dice, paths)
	return paths
}

// shipped is where a machine's archive is.
func (w *world) shipped(m *target) string {
	path, _ := filepath.Rel(filepath.Join(w.mesh.out, "bundles"), w.archive(m).path)
	return path
}

// ship installs these archives one after another, and has users added. A member restarts as soon as that is due, if it is not late.
// Agents that have to restart do so once all of them have been seen to read what is written with the files that they watch.
func (w *world) ship(t *testing.T, paths []string, late ...string) {
	t.Helper()
	var due []*agentNode
	for _, path := range paths {
		if m := w.memberOf(path); m != nil {
			w.installMember(t, m, slices.Contains(late, m.unit()))
			w.readEverywhere(t, m.cluster, w.someReaders()...)
		} else if n := w.nodeOf(path); n != nil {
			if w.installUnderAgent(t, n) {
				due = append(due, n)
			}
			w.readEverywhere(t, "*", n)
		} else if cluster, isScript := strings.CutSuffix(path, "/etcd/etcd-auth.sh"); isScript {
			w.authorise(t, cluster, "--add")
		}
		w.check(t)
	}
	w.publish(t)
	w.check(t)
	for _, n := range due {
		w.restartDue(t, n, []string{"agent"}, false)
	}
	w.readEverywhere(t, "*", w.readers()...)
	w.publish(t)
	w.check(t)
	w.recordIn(t, w.mesh.dir, w.printed)
	w.printed = nil
}

// installUnderAgent installs what was written last on a node whose agent stays, and returns whether that has to restart.
func (w *world) installUnderAgent(t *testing.T, n *agentNode) (isDue bool) {
	t.Helper()
	var due []string
	w.change(t, n, func() { due = w.install(t, &n.target, w.archive(&n.target)).Due })
	w.restartDue(t, n, due, true)
	return slices.Contains(due, "agent")
}

// someReaders is one node of each cluster.
func (w *world) someReaders() []*agentNode {
	var some []*agentNode
	for _, c := range w.desired.byHand() {
		some = append(some, pick(w, slices.DeleteFunc(slices.Clone(w.nodes), func(n *agentNode) bool { return n.cluster != c.name })))
	}
	return some
}

// rest leaves everything as it is for a while. What runs every day changes nothing meanwhile.
func (w *world) rest(t *testing.T) {
	t.Helper()
	bundles := filepath.Join(w.mesh.out, "bundles")
	before := contents(t, bundles)
	w.generate(t, "--renew")
	if !maps.Equal(before, contents(t, bundles)) {
		t.Errorf("`generate --renew` changes bundles in the middle of a rotation")
	}
	time.Sleep(rotationRest)
	w.readEverywhere(t, "*", w.readers()...)
	w.publish(t)
	w.check(t)
}

func isAnchor(name string) bool { return strings.HasSuffix(name, "ca.crt") }

func isLeaf(name string) bool { return strings.HasSuffix(name, ".crt") && !isAnchor(name) }

// installed are files that agents and members have, by unit and name.
func (w *world) installed(t *testing.T, wanted func(name string) bool) map[string]string {
	t.Helper()
	files := map[string]string{}
	take := func(unit, dir string) {
		for path, text := range contents(t, dir) {
			if name := filepath.Base(path); wanted(name) {
				files[unit+"/"+name] = text
			}
		}
	}
	for _, n := range w.nodes {
		take(n.unit(), n.path(n.dir))
	}
	for _, m := range w.members {
		take(m.unit(), m.path(memberDir))
	}
	return files
}

// credential is what a machine presented at some time.
type credential struct {
	of, to string // a unit, and a cluster
	isPeer bool
	pair   *tls.Certificate
}

// keepCredentials are what each agent presents to its remote clusters, and each member to the others.
func (w *world) keepCredentials(t *testing.T) []credential {
	t.Helper()
	var kept []credential
	for _, n := range w.nodes {
		for remote := range n.links {
			name := remote + ".etcd-client"
			kept = append(kept, credential{of: n.unit(), to: remote, pair: loadPair(t, n.path(n.dir), name+".crt", name+".key")})
		}
	}
	for _, m := range w.members {
		kept = append(kept, credential{m.unit(), m.cluster, true, loadPair(t, m.path(memberDir), "peer.crt", "peer.key")})
	}
	return kept
}

// demandAdmitted demands that every member lets these in, or that none does.
func (w *world) demandAdmitted(t *testing.T, credentials []credential, want bool) {
	t.Helper()
	for _, c := range credentials {
		for _, m := range w.membersOf(c.to) {
			host := m.of.address(0, m.number)
			if got := c.isAdmitted(t, host); got != want {
				t.Errorf("%s admits what %s presents: %v", m.unit(), c.of, got)
			}
		}
	}
	w.counts[fmt.Sprintf("credentials that are admitted: %v", want)] += len(credentials)
}

func (c credential) isAdmitted(t *testing.T, host string) bool {
	t.Helper()
	if c.isPeer {
		return answersPeer(t, net.JoinHostPort(host, peerPort), c.pair)
	}
	return opens(t, net.JoinHostPort(host, "2379"), c.pair)
}
