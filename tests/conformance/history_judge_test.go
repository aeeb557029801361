package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// readPatience is how long each endpoint may take to answer while nothing else happens.
const readPatience = 40 * time.Second

// watchedLink is one that both sides have: both clusters are in the mesh, and the node has a config for the other one.
type watchedLink struct {
	since time.Time
	// settled is whether its agent has been seen to read since it is there, or since the agent started. From then on runs count.
	settled bool
	runs    int // of the agent before that
	allowed int // new connections since then
}

// judgement is what has been seen.
type judgement struct {
	failures []string
	reads    int // over connections of their own
	watched  int // keys that agents saw come
	needed   int // new connections that changes took
	restarts int // of members and agents
	rounds   int
	slowest  time.Duration
	made     int // new connections
}

func (w *world) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.failures = append(w.failures, text)
	w.logf("FAILED: %s", text)
}

// track notes which links both sides have now.
func (w *world) track(t *testing.T) {
	t.Helper()
	readers := append([]*agentNode{}, w.nodes...)
	if w.helm != nil {
		readers = append(readers, w.helm.agents, w.helm.kvstoremesh)
	}
	for _, n := range readers {
		for _, remote := range historyClusters {
			isThere := remote != n.cluster && n.isUp && w.desired.has(n.cluster) && w.desired.has(remote) &&
				n.written >= max(w.back[n.cluster], w.back[remote]) && exists(n.path(filepath.Join(n.dir, remote))) &&
				(remote != helmName || w.helm != nil && w.helm.written >= w.back[remote])
			switch _, was := n.links[remote]; {
			case isThere && !was:
				n.links[remote] = &watchedLink{since: time.Now()}
			case !isThere:
				delete(n.links, remote)
			}
		}
	}
}

// readEverywhere has nodes read at every endpoint that they have for a cluster, or for all with `*`, and waits for them.
func (w *world) readEverywhere(t *testing.T, cluster string, nodes ...*agentNode) {
	t.Helper()
	w.readWithin(t, readPatience, cluster, nodes...)
}

func (w *world) readWithin(t *testing.T, patience time.Duration, cluster string, nodes ...*agentNode) {
	t.Helper()
	w.track(t)
	w.rounds++
	token := fmt.Sprintf("round-%d", w.rounds)
	asked := map[*agentNode][]string{}
	for _, n := range nodes {
		for remote := range n.links {
			if cluster == "*" || cluster == remote {
				asked[n] = append(asked[n], remote)
			}
		}
		if len(asked[n]) > 0 {
			n.ask(t, token, asked[n], patience)
		}
	}
	for n, clusters := range asked {
		w.awaitReader(t, n, token, clusters)
	}
}

// publish writes a node into each etcd, and waits until every agent with a link to it has seen it.
func (w *world) publish(t *testing.T) {
	t.Helper()
	w.track(t)
	w.published++
	name := fmt.Sprintf("published-%d", w.published)
	for _, c := range w.desired.present() {
		key, value := "cilium/state/nodes/v1/"+c.name+"/"+name, `{"Name":"`+name+`"}`
		if c.isHelm() {
			w.helm.pod.etcdctl(t, "put", key, value)
		} else {
			output(t, w.etcdctl(w.membersOf(c.name), "put", key, value))
		}
	}
	for _, n := range w.readers() {
		for remote, link := range n.links {
			if !n.agent.reaches(t, patience, func() bool { return n.agent.reads(name, remote) }) {
				w.fail("%s: its agent does not see what is written at %s: %v", n.unit(), remote, n.agent.history(remote))
				continue
			}
			w.watched++
			w.countRuns(n, remote, link)
			if n.name == kvstoremeshContainer {
				w.cacheNode(t, remote, name)
			}
		}
	}
}

// countRuns compares the connections of an agent with those that changes took.
func (w *world) countRuns(n *agentNode, remote string, link *watchedLink) {
	runs := n.agent.count("run", remote)
	if !link.settled {
		link.settled, link.runs, link.allowed = true, runs, 0
		return
	}
	if again := runs - link.runs; again > link.allowed {
		w.fail("%s: its agent connected again with %s %d times; changes took %d: %v", n.unit(), remote, again, link.allowed, n.agent.history(remote))
	} else {
		w.made += again
		link.allowed -= again
	}
	link.runs = runs
}

// logf writes a line of the history, which is shown when the test fails.
func (w *world) logf(format string, args ...any) {
	fmt.Fprintf(w.log, time.Now().Format("15:04:05.000 ")+format+"\n", args...)
}

// story is the history so far.
func (w *world) story() string {
	text, err := os.ReadFile(w.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}
