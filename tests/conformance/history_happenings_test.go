package conformance

import (
	"slices"
	"strings"
	"testing"
)

// happening is one thing that happens to a mesh, and how the run of generate, the roll-out and the record after it go.
type happening struct {
	name string
	act  func(w *world, t *testing.T)
	how  manner
}

// manner is what is special about what follows a happening.
type manner int

const (
	asUsual  manner = iota
	killed          // generate is killed first
	partial         // generate writes one archive first
	byTwo           // two people record
	thorough        // everybody installs and restarts, and no receipt is lost
)

// happenings are shuffled, and happen in turn.
var happenings = []happening{
	{name: "an endpoint moves", act: moveEndpoint},
	{name: "another SAN", act: changeSAN},
	{name: "another CA for servers", act: changeServers, how: thorough},
	{name: "another CA for clients", act: changeClients},
	{name: "one CA for both", act: changeBoth, how: byTwo},
	{name: "a CA is replaced", act: rotateCA},
	{name: "a CA is replaced further", act: rotateCA, how: byTwo},
	{name: "a CA is replaced once all have what it takes", act: rotateCA, how: thorough},
	{name: "a step is taken back", act: rotateBack},
	{name: "certificates are issued again", act: issueAgain},
	{name: "another user", act: changeUser},
	{name: "another option", act: changeOption},
	{name: "a chart's cluster changes", act: changeHelm},
	{name: "another authMode", act: changeMode},
	{name: "KVStoreMesh on or off", act: switchKVStoreMesh},
	{name: "a member is replaced", act: replaceMember},
	{name: "a machine is replaced", act: replaceNode},
	{name: "a disk is restored", act: restoreDisk},
	{name: "rollbacks", act: rollBack},
	{name: "a restored state", act: restoreState, how: thorough},
	{name: "a cluster leaves", act: letClusterGo},
	{name: "only one archive", act: changeAny, how: partial},
	{name: "a killed run", act: changeAny, how: killed},
	{name: "two people record", act: changeAny, how: byTwo},
	{name: "everybody installs", act: func(*world, *testing.T) {}, how: thorough},
}

// happen lets one thing happen, and rolls out what comes of it.
func (w *world) happen(t *testing.T, h happening) {
	t.Helper()
	w.logf("--- %s", h.name)
	w.counts[h.name]++
	h.act(w, t)
	switch h.how {
	case killed:
		if w.remove == "" {
			w.generateKilled(t)
		}
	case partial:
		w.generateOne(t)
	}
	w.generate(t)
	p, l := hasty, someLost
	if h.how == thorough {
		p, l = complete, nothingLost
	}
	w.rollOut(t, p)
	w.check(t) // agents that are cut off would be waited for
	w.publish(t)
	if h.how == byTwo {
		w.recordByTwo(t)
	} else {
		w.record(t, l)
	}
	if targets := w.targets(); w.runs%2 == 0 {
		w.keepDisk(t, pick(w, targets))
	}
	if w.backup == "" {
		w.backUp(t)
	}
}

func pick[T any](w *world, list []T) T { return list[w.dice.IntN(len(list))] }

func moveEndpoint(w *world, _ *testing.T) { w.moveEndpoint(pick(w, w.desired.present())) }

func (w *world) moveEndpoint(c *desiredCluster) {
	c.host = another(w.dice, c.host, movableHosts)
	w.logf("%s: endpoints of network %d", c.name, c.host)
}

func changeSAN(w *world, _ *testing.T) {
	c := pick(w, w.desired.present())
	c.san = another(w.dice, c.san, 3)
}

func changeServers(w *world, _ *testing.T) {
	steady := w.steady(w.desired.present())
	if len(steady) == 0 {
		return
	}
	c := pick(w, steady)
	if c.isHelm() {
		c.servers = another(w.dice, c.servers, len(chartCAs))
		w.logf("%s: servers of %s", c.name, chartCAs[c.servers])
		return
	}
	c.servers = another(w.dice, c.servers, len(historyCAs)+1)
	w.logf("%s: servers of %s", c.name, c.caOf(c.servers))
}

func changeClients(w *world, _ *testing.T) { w.changeClients(pick(w, w.desired.present())) }

func (w *world) changeClients(c *desiredCluster) {
	if w.isTurning(c) {
		return
	}
	c.clients = another(w.dice, c.clients, len(historyCAs)+1)
	w.logf("%s: clients of %s", c.name, c.caOf(c.clients))
}

func changeBoth(w *world, _ *testing.T) {
	steady := w.steady(w.desired.byHand())
	if len(steady) == 0 {
		return
	}
	c := pick(w, steady)
	c.servers = another(w.dice, c.servers, len(historyCAs)+1)
	c.clients = c.servers
	w.logf("%s: servers and clients of %s", c.name, c.caOf(c.servers))
}

func changeUser(w *world, _ *testing.T) { w.changeUser(pick(w, w.desired.present())) }

func (w *world) changeUser(c *desiredCluster) {
	c.user = another(w.dice, c.user, len(historyUsers))
	w.logf("%s: users are %s", c.name, historyUsers[c.user])
}

func changeOption(w *world, _ *testing.T) { w.desired.defaultLocal = !w.desired.defaultLocal }

// changeHelm is one or two changes of what others need of the chart's cluster.
func changeHelm(w *world, t *testing.T) {
	for _, c := range w.desired.present() {
		if !c.isHelm() {
			continue
		}
		for range 1 + w.dice.IntN(2) {
			pick(w, []func(*desiredCluster){w.moveEndpoint, w.changeClients, w.changeUser})(c)
		}
	}
}

func changeMode(w *world, _ *testing.T) {
	w.desired.helm.mode = another(w.dice, w.desired.helm.mode, len(authModes))
	w.logf("%s: authMode %s", helmName, authModes[w.desired.helm.mode])
}

func switchKVStoreMesh(w *world, _ *testing.T) {
	w.desired.helm.kvstoremesh = !w.desired.helm.kvstoremesh
	w.logf("%s: KVStoreMesh %v", helmName, w.desired.helm.kvstoremesh)
}

// changeAny is one or two of the changes above.
func changeAny(w *world, t *testing.T) {
	edits := []func(*world, *testing.T){moveEndpoint, changeSAN, changeServers, changeClients, changeUser, changeOption, changeMode}
	for range 1 + w.dice.IntN(2) {
		pick(w, edits)(w, t)
	}
}

// generateOne writes one archive only, and installs it if nothing has to be shipped before.
func (w *world) generateOne(t *testing.T) {
	t.Helper()
	c := pick(w, w.desired.byHand())
	n := pick(w, slices.DeleteFunc(slices.Clone(w.nodes), func(n *agentNode) bool { return n.cluster != c.name }))
	w.generate(t, "--node", n.cluster+"/"+n.name)
	if waves := w.waves(t); len(waves) > 0 && waves[0].Wave == "nodes" && slices.Contains(waves[0].Ship, n.cluster+"/nodes/"+n.name+".tar.gz") {
		w.counts["archives that were installed alone"]++
		w.installNode(t, n, w.archive(&n.target), false)
		w.readEverywhere(t, "*", n)
	}
}

func replaceMember(w *world, t *testing.T) {
	c := pick(w, w.desired.present())
	if c.isHelm() {
		w.restartApiserver(t)
		w.remount(t)
		w.readEverywhere(t, helmName, w.readers()...)
		return
	}
	m := pick(w, w.membersOf(c.name))
	w.logf("%s", m.unit())
	w.replaceMember(t, m)
	w.readEverywhere(t, m.cluster, w.readers()...)
}

// replaceNode gives a node an empty disk; it gets the archive that was written last.
func replaceNode(w *world, t *testing.T) {
	n := pick(w, w.nodesInMesh())
	w.logf("%s", n.unit())
	w.halt(t, n)
	w.replace(t, &n.target)
	w.installNode(t, n, w.archive(&n.target), false)
	w.readEverywhere(t, "*", n)
}

// nodesInMesh are those of clusters that are in the mesh.
func (w *world) nodesInMesh() []*agentNode {
	return slices.DeleteFunc(slices.Clone(w.nodes), func(n *agentNode) bool { return !w.desired.has(n.cluster) })
}

// restoreDisk makes a machine what it was a while ago. Before anything runs on it again, it gets the archive that was written last.
func restoreDisk(w *world, t *testing.T) {
	for _, n := range w.nodesInMesh() {
		if n.disk.path != "" {
			w.logf("%s, as of run %d", n.unit(), n.disk.written)
			w.halt(t, n)
			w.restoreDisk(t, &n.target)
			w.installNode(t, n, w.archive(&n.target), false)
			w.readEverywhere(t, "*", n)
			n.disk = archive{}
			w.counts["restored nodes"]++
			break
		}
	}
	for _, m := range w.members {
		if m.disk.path != "" && w.desired.has(m.cluster) {
			w.logf("%s, as of run %d", m.unit(), m.disk.written)
			m.process.kill(t)
			w.restoreDisk(t, &m.target)
			w.install(t, &m.target, w.archive(&m.target))
			w.start(t, m, "new")
			w.awaitMembers(t, m)
			w.restarted(t, &m.target, "etcd")
			w.readEverywhere(t, m.cluster, w.readers()...)
			m.disk = archive{}
			w.counts["restored members"]++
			break
		}
	}
}

// rollBack ships everything, then another option, and tries to go back on nodes until one may, and at a member. A node that did not get
// the option may not, if what it got before changed hosts, users or CAs.
func rollBack(w *world, t *testing.T) {
	w.generate(t)
	w.rollOut(t, complete)
	changeOption(w, t)
	w.generate(t)
	w.rollOut(t, hasty)
	nodes := slices.Clone(w.nodesInMesh())
	shuffle(w.dice, nodes)
	for _, n := range nodes {
		if !n.isUp {
			continue
		}
		var r run
		w.change(t, n, func() { r = w.goBack(t, &n.target) })
		if r.code == 0 {
			w.restartDue(t, n, w.keepReceipt(t, &n.target, r).Due, false)
			w.readEverywhere(t, "*", n)
			break
		}
	}
	m := pick(w, w.membersOf(pick(w, w.desired.byHand()).name))
	if r := w.goBack(t, &m.target); r.code == 0 {
		if m.isDue = slices.Contains(w.keepReceipt(t, &m.target, r).Due, "etcd"); m.isDue {
			w.restart(t, m)
		}
		w.readEverywhere(t, m.cluster, w.readers()...)
	}
}

// goBack rolls a machine back, or is refused.
func (w *world) goBack(t *testing.T, m *target) run {
	t.Helper()
	r := w.script(t, m, "--rollback", "--any-host")
	switch {
	case r.code == 0:
		w.counts["allowed rollbacks"]++
		m.written, m.before = m.before, 0
	case r.code == 1 && strings.Contains(r.stderr, "changed hosts, users or CAs"):
		w.counts["refused rollbacks"]++
	case r.code == 1 && strings.Contains(r.stderr, "has no previous generation"):
	default:
		t.Fatalf("%s: --rollback exits with %d: %s", m.unit(), r.code, r.stderr)
	}
	return r
}

// letClusterGo removes a cluster from the mesh. It comes back a little later.
func letClusterGo(w *world, _ *testing.T) {
	if len(w.desired.present()) < len(w.desired.clusters) {
		return
	}
	c := pick(w, w.desired.present())
	c.out, w.remove = true, c.name
	w.logf("%s", c.name)
}

// comesBack is what happens after that.
var comesBack = happening{name: "the cluster comes back", act: func(w *world, _ *testing.T) {
	for i := range w.desired.clusters {
		if c := &w.desired.clusters[i]; c.out {
			c.out = false
			w.back[c.name] = w.runs + 1
			w.logf("%s", c.name)
		}
	}
}}
