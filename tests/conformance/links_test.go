package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// issuedAgo is how old the certificates are with which the links begin: old enough to be renewed, and still valid.
const issuedAgo = 300 * 24 * time.Hour

// TestLinks runs the mesh: an etcd behind every endpoint, and in every cluster an agent that must get ready with all others. Then
// what happens on nodes is done to the agents' directories, and only a change of trust may reconnect them.
func TestLinks(t *testing.T) {
	eachRelease(t, func(t *testing.T, r release) {
		m := newMesh(t, r.minor)
		issued := time.Now().Add(-issuedAgo)
		m.generate(t, issued, "--create-authorities", "--unpack")
		n := startNetwork(t, r, m)

		// Each step begins where the one before it ended.
		steps := []struct {
			name string
			run  func(t *testing.T)
		}{
			{"ready", n.becomesReady},
			{"strangers", n.refusesStrangers},
			{"unchanged", func(t *testing.T) {
				before := n.contents(t)
				m.generate(t, time.Now(), "--create-authorities", "--unpack")
				n.reinstall(t, m)
				for path, content := range n.contents(t) {
					if !bytes.Equal(content, before[path]) {
						t.Errorf("%s has changed, with nothing changed in the mesh", path)
					}
				}
				n.staysConnected(t)
			}},
			{"renewed", func(t *testing.T) {
				before := n.contents(t)
				m.generate(t, time.Now(), "--create-authorities", "--unpack", "--renew")
				n.reinstall(t, m)
				for path, content := range n.contents(t) {
					leaf := strings.HasSuffix(path, ".etcd-client.crt") || strings.HasSuffix(path, ".key")
					if changed := !bytes.Equal(content, before[path]); changed != leaf {
						t.Errorf("%s: changed is %v, with all leaves renewed and nothing else", path, changed)
					}
				}
				n.staysConnected(t)
			}},
			{"anchors", n.reconnectsForAnchors},
			{"guide", n.followsTheGuide},
		}
		for _, step := range steps {
			if !t.Run(step.name, step.run) {
				t.Fatalf("the steps after %q begin where it should have ended", step.name)
			}
		}
	})
}

// network is the running mesh.
type network struct {
	release release
	bundles []bundle
	etcds   []etcd
	nodes   []*node
}

// node is one node of a cluster, with its agent at work.
type node struct {
	bundle
	live    *liveDir
	view    view
	agent   *agent
	remotes []string
}

// startNetwork starts all etcds, fills them, and starts an agent on the first node of each cluster.
func startNetwork(t *testing.T, r release, m mesh) *network {
	t.Helper()
	n := &network{release: r, bundles: m.bundles(t)}
	for _, b := range firstOfEach(n.bundles) {
		live := b.live(t)
		n.nodes = append(n.nodes, &node{bundle: b, live: live, view: b.view(t, r, live.path), remotes: b.remotes(n.bundles)})
	}

	members := m.archives(t, "etcd")
	for i, owner := range n.nodes {
		consumers := n.consumers(t, owner.cluster)
		e := startEtcd(t, owner.cluster, i, members[owner.cluster], addresses(t, r, consumers))
		e.authorise(t, consumers)
		e.announce(t, r, owner.bundle, consumers[0])
		n.etcds = append(n.etcds, e)
	}
	for _, node := range n.nodes {
		args := append([]string{"watch", "--dir", node.options["clustermesh-config"]}, node.flags()...)
		node.agent = startAgent(t, r, node.view, "agent "+node.name(), args...)
	}
	return n
}

// consumers are the nodes that dial a cluster's etcd.
func (n *network) consumers(t *testing.T, cluster string) []consumer {
	t.Helper()
	var consumers []consumer
	for _, node := range n.nodes {
		if node.cluster != cluster {
			consumers = append(consumers, consumer{node.bundle, node.view, node.config(t, n.release, cluster)})
		}
	}
	return consumers
}

// owner is the node that is of a cluster.
func (n *network) owner(t *testing.T, cluster string) *node {
	t.Helper()
	for _, node := range n.nodes {
		if node.cluster == cluster {
			return node
		}
	}
	t.Fatalf("no cluster %q", cluster)
	return nil
}

func (n *network) becomesReady(t *testing.T) {
	for _, node := range n.nodes {
		node.awaitReady(t, 1)
		most := 0
		for _, e := range node.agent.events {
			if e.Event == "start" && e.Cilium != n.release.version {
				t.Errorf("the agent of %s is Cilium %s", node.name(), e.Cilium)
			}
			if e.Event == "ready" && e.ID != n.owner(t, e.Cluster).id(t) {
				t.Errorf("%s: the id of %s was read as %d", node.name(), e.Cluster, e.ID)
			}
			most = max(most, e.Ready)
		}
		if most != len(node.remotes) {
			t.Errorf("%s: NumReadyClusters is %d, with %v ready", node.name(), most, node.remotes)
		}
	}
}

// staysConnected checks that no agent makes anything of what was done to its directory.
func (n *network) staysConnected(t *testing.T) {
	t.Helper()
	for _, node := range n.nodes {
		node.live.fence(t, node.agent)
		node.checkRuns(t, 1)
	}
}

// reconnectsForAnchors changes the digest of the anchors in the first line of every config, and nothing else.
func (n *network) reconnectsForAnchors(t *testing.T) {
	for _, node := range n.nodes {
		for _, remote := range node.remotes {
			config := readFile(t, filepath.Join(node.live.path, remote))
			comment, rest, _ := strings.Cut(config, "\n")
			if !strings.HasPrefix(comment, "#") || len(comment) < 32 {
				t.Fatalf("%s: the config of %s begins with %q, not with a digest in a comment", node.name(), remote, comment)
			}
			node.live.put(t, remote, otherDigest(comment)+"\n"+rest, 0o644)
		}
	}
	for _, node := range n.nodes {
		node.awaitReady(t, 2)
		node.live.fence(t, node.agent)
		node.checkRuns(t, 2)
	}
}

// otherDigest returns the comment with its last hexadecimal digit changed.
func otherDigest(comment string) string {
	last := "0"
	if strings.HasSuffix(comment, last) {
		last = "1"
	}
	return comment[:len(comment)-1] + last
}

// awaitReady waits until every link of the node has become ready for the nth time.
func (n *node) awaitReady(t *testing.T, times int) {
	t.Helper()
	n.agent.await(t, "every link is ready", func() bool {
		for _, remote := range n.remotes {
			if n.agent.count("ready", remote) < times {
				return false
			}
		}
		return true
	})
}

// checkRuns checks that the agent has connected with each remote cluster so many times, and never let go of it: what is drained
// is only what has been stopped and removed.
func (n *node) checkRuns(t *testing.T, runs int) {
	t.Helper()
	want := []string{"added", "run", "ready"}
	for range runs - 1 {
		want = append(want, "not-ready", "run-ended", "run", "ready")
	}
	for _, remote := range n.remotes {
		if got := n.agent.history(remote); !slices.Equal(got, want) {
			t.Errorf("%s: to %s happened %v, not %v", n.name(), remote, got, want)
		}
	}
}

// reinstall puts the newest files of each node in place.
func (n *network) reinstall(t *testing.T, m mesh) {
	t.Helper()
	for _, b := range firstOfEach(m.bundles(t)) {
		n.owner(t, b.cluster).live.install(t, b.configs)
	}
}

// contents are all files of all live directories, by path.
func (n *network) contents(t *testing.T) map[string][]byte {
	t.Helper()
	contents := map[string][]byte{}
	for _, node := range n.nodes {
		paths, err := filepath.Glob(filepath.Join(node.live.path, "*"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("nothing in %s (%v)", node.live.path, err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			contents[path] = content
		}
	}
	return contents
}
