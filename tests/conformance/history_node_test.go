package conformance

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// peersDir is where agents look for their remote clusters.
const peersDir = "/var/lib/clustermesh"

// agentNode is a node on its machine, or a pod, with an agent that watches all its links, and a reader that reads on them over connections
// of its own.
type agentNode struct {
	target
	dir       string   // where it looks for its remote clusters
	of        string   // what Kubernetes makes the pod of
	hosts     view     // names that it knows
	words     []string // options of the agent in a pod
	isUp      bool
	agent     *agent
	starts    int            // of the agent
	again     map[string]int // how often the agents before it connected again, by remote cluster
	reader    *agent
	asks      io.Writer // the reader's input
	heard     int       // events of the reader that were judged
	announcer *process
	links     map[string]*watchedLink // by remote cluster
}

// announces is whether the node announces its cluster: one of three does.
func (n *agentNode) announces() bool { return n.name == "n1" }

// boot starts what runs on a node, with the files that are installed.
func (w *world) boot(t *testing.T, n *agentNode) {
	t.Helper()
	w.watch(t, n)
	if n.announces() {
		w.startAnnouncer(t, n)
	}
	n.isUp = true
	for _, what := range []string{"agent", "announce"} {
		w.restarted(t, &n.target, what)
	}
}

// watch starts the agent and the reader.
func (w *world) watch(t *testing.T, n *agentNode) {
	t.Helper()
	w.startAgent(t, n)
	command := n.machine(t).command(w.release.agent(os.Getenv(workVariable)), "reads", n.dir, w.pause.String())
	asks, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	n.asks, n.heard = asks, 0
	n.reader = startPrinter(t, "reader "+n.unit(), command)
}

// machine sees the node's files.
func (n *agentNode) machine(t *testing.T) view {
	t.Helper()
	return n.hosts.with(t, n.path(n.dir), n.dir)
}

func (w *world) startAgent(t *testing.T, n *agentNode) {
	t.Helper()
	words := n.words
	if n.of == "" {
		words = bundle{dir: n.current()}.flags(t)
	}
	for remote := range n.links {
		n.again[remote] = n.connectedAgain(remote)
	}
	n.starts++
	n.agent = startAgent(t, w.release, n.machine(t), "agent "+n.unit(), append([]string{"watch", "--dir", n.dir}, words...)...)
	for _, link := range n.links {
		link.settled = false
	}
}

// connectedAgain is how often agents of the node have connected with a remote cluster again, as far as the test has looked.
func (n *agentNode) connectedAgain(remote string) int {
	if n.agent == nil {
		return 0
	}
	return n.again[remote] + max(0, n.agent.count("run", remote)-1)
}

func (w *world) startAnnouncer(t *testing.T, n *agentNode) {
	t.Helper()
	bundle, dir := bundle{dir: n.current()}, "/var/lib/"+announcer
	command := view{}.with(t, n.path(dir), dir).command(os.Getenv(binaryVariable), bundle.announcerWords(t)...)
	n.announcer = start(t, "announcer "+n.unit(), command)
}

// halt stops everything on a node.
func (w *world) halt(t *testing.T, n *agentNode) {
	t.Helper()
	if !n.isUp {
		return
	}
	n.isUp = false
	w.track(t)
	n.agent.stop(t)
	n.reader.stop(t)
	if n.announces() {
		n.announcer.stop(t)
	}
}

// installNode installs a bundle, and restarts what is due. A `late` agent is not restarted.
func (w *world) installNode(t *testing.T, n *agentNode, a archive, late bool) {
	t.Helper()
	var r receipt
	w.change(t, n, func() { r = w.install(t, &n.target, a) })
	n.stick = archive{}
	if !n.isUp {
		w.boot(t, n)
		return
	}
	w.restartDue(t, n, r.Due, late)
}

// restartDue restarts what a receipt says.
func (w *world) restartDue(t *testing.T, n *agentNode, due []string, late bool) {
	t.Helper()
	if slices.Contains(due, "announce") {
		if n.announces() {
			n.announcer.stop(t)
			w.startAnnouncer(t, n)
		}
		w.restarted(t, &n.target, "announce")
	}
	if slices.Contains(due, "agent") && !late {
		n.agent.stop(t)
		w.startAgent(t, n)
		w.restarted(t, &n.target, "agent")
		w.restarts++
	}
}

// dialled is what an agent dials a remote cluster with.
type dialled struct {
	text      string // of the config
	endpoints []string
	anchors   string
	user      string
}

// same is whether an agent needs no new connection. A client certificate that another CA has signed is presented at the next one.
func (d dialled) same(other dialled) bool {
	return slices.Equal(d.endpoints, other.endpoints) && d.anchors == other.anchors && d.user == other.user
}

// dials is what the node has for each remote cluster.
func (n *agentNode) dials(t *testing.T) map[string]dialled {
	t.Helper()
	dials := map[string]dialled{}
	for _, remote := range historyClusters {
		path := n.path(filepath.Join(n.dir, remote))
		if !exists(path) {
			continue
		}
		var config etcdConfig
		readYAML(t, path, &config)
		block, _ := pem.Decode([]byte(readFile(t, n.path(config.Certificate))))
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatalf("%s: %s: %v", n.unit(), config.Certificate, err)
		}
		dials[remote] = dialled{
			text: readFile(t, path), endpoints: config.Endpoints, anchors: readFile(t, n.path(config.TrustedCA)), user: certificate.Subject.CommonName,
		}
		if strings.Contains(config.Endpoints[0], serviceName) {
			// The credentials are the chart's.
			dials[remote] = dialled{text: readFile(t, path), endpoints: config.Endpoints}
		}
	}
	return dials
}

// change does something to the files of a node, and allows its agent the new connections that it takes.
func (w *world) change(t *testing.T, n *agentNode, action func()) {
	t.Helper()
	before := n.dials(t)
	// Counted before, for an agent may be faster than the test.
	for _, link := range n.links {
		link.allowed++
	}
	action()
	after := n.dials(t)
	for remote, was := range before {
		now, stays := after[remote]
		link := n.links[remote]
		changed := stays && was.text != now.text
		if link != nil && !changed {
			link.allowed--
		} else if link != nil {
			w.needed++
		}
		if stays && changed == was.same(now) {
			w.fail("%s: the config of %s has changed: %v; what agents dial with has: %v", n.unit(), remote, changed, !was.same(now))
		}
	}
	w.track(t)
}

// awaitReader waits until the node's reader has read at every endpoint of these clusters, and judges all it did.
func (w *world) awaitReader(t *testing.T, n *agentNode, token string, clusters []string) {
	t.Helper()
	what := "it has read everywhere (" + token + ")"
	n.reader.awaitFor(t, patience, what, func() bool {
		return slices.ContainsFunc(n.reader.events[n.heard:], func(e event) bool { return e.Event == "round" && e.Key == token })
	})
	served := map[string]bool{}
	for _, e := range n.reader.events[n.heard:] {
		link := n.links[e.Cluster]
		began := e.at.Add(-time.Duration(e.Seconds * float64(time.Second)))
		switch {
		case link == nil || began.Before(link.since):
		case e.Event == "read":
			w.reads++
			served[e.Cluster] = true
			w.slowest = max(w.slowest, time.Duration(e.Seconds*float64(time.Second)))
		case e.Event == "unread":
			w.fail("%s does not read %s at %s: %s", n.unit(), e.Cluster, strings.TrimSpace("any endpoint "+e.Key), e.Error)
		}
	}
	n.heard = len(n.reader.events)
	for _, remote := range clusters {
		if !served[remote] {
			w.fail("%s has read nothing of %s", n.unit(), remote)
		}
	}
}

// ask has the node's reader read at every endpoint of these clusters.
func (n *agentNode) ask(t *testing.T, token string, clusters []string, patience time.Duration) {
	t.Helper()
	if _, err := fmt.Fprintln(n.asks, token, strings.Join(clusters, ","), int(patience.Seconds())); err != nil {
		t.Fatalf("%s: %v", n.reader.name, err)
	}
}
