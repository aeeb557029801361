package conformance

import (
	"maps"
	"slices"
	"testing"
)

// network is a mesh that runs: an etcd behind every endpoint, an agent for every bundle.
type network struct {
	release release
	mesh    *mesh
	etcds   []*etcd
	nodes   []*node
}

// node is one node of a cluster, with its agent at work.
type node struct {
	bundle
	live    *liveDir
	view    view
	flags   []string
	agent   *agent
	remotes []string
}

// startNetwork starts all etcds, fills them, and starts the agents.
func startNetwork(t *testing.T, r release, m *mesh) *network {
	t.Helper()
	n := &network{release: r, mesh: m}
	for _, b := range m.bundles(t) {
		live, c := b.live(t), m.cluster(t, b.cluster)
		flags := m.flags(c)
		if c.Options != "none" {
			flags = b.flags(t)
		}
		n.nodes = append(n.nodes, &node{bundle: b, live: live, view: b.view(t, live.path), flags: flags, remotes: m.remotes(c.Name)})
	}

	// All etcds first, then all that fills them: each takes a moment to come up.
	archives, users := m.archives(t, "etcd", m.members()), m.users(t)
	for i, c := range m.Clusters {
		n.etcds = append(n.etcds, startEtcd(t, m, c, i, archives[c.Name]))
	}
	var announcers []*agent
	for _, e := range n.etcds {
		consumers := n.consumers(t, e.clusterSpec)
		e.authorise(t, users[e.Name], consumers)
		announcers = append(announcers, e.announce(t, r, m.flags(e.clusterSpec), consumers[0]))
	}
	for i, a := range announcers {
		a.await(t, "the cluster is announced", func() bool { return a.count("announced", m.Clusters[i].Name) == 1 })
	}
	for _, node := range n.nodes {
		node.agent = node.startAgent(t, r, node.view, "agent "+node.name())
	}
	return n
}

// startAgent starts an agent of this node, on a machine that may see other files than the node's own.
func (n *node) startAgent(t *testing.T, r release, machine view, name string) *agent {
	t.Helper()
	return startAgent(t, r, machine, name, append([]string{"watch", "--dir", n.target}, n.flags...)...)
}

// flags are those of the options in the bundle that the tests' own agent takes, as on its command line.
func (b bundle) flags(t *testing.T) []string {
	t.Helper()
	options := readArgs(t, b.dir+"/options/agent.args")
	var flags []string
	for _, option := range []string{"cluster-name", "cluster-id", "max-connected-clusters"} {
		if value, set := options[option]; set {
			flags = append(flags, "--"+option+"="+value)
		}
	}
	return flags
}

// consumers are the nodes that dial a cluster's etcd.
func (n *network) consumers(t *testing.T, c clusterSpec) []consumer {
	t.Helper()
	var consumers []consumer
	for _, node := range n.nodes {
		if node.cluster != c.Name {
			consumers = append(consumers, consumer{node.bundle, node.view, node.config(t, c)})
		}
	}
	return consumers
}

// firstNodes are one node of each cluster.
func (n *network) firstNodes() []*node {
	var firsts []*node
	for _, node := range n.nodes {
		if len(firsts) == 0 || firsts[len(firsts)-1].cluster != node.cluster {
			firsts = append(firsts, node)
		}
	}
	return firsts
}

// reinstall puts the newest files of each node, and of each etcd's members, in place.
func (n *network) reinstall(t *testing.T) {
	t.Helper()
	for i, b := range n.mesh.bundles(t) {
		n.nodes[i].live.install(t, b.configs)
	}
	archives := n.mesh.archives(t, "etcd", n.mesh.members())
	for _, e := range n.etcds {
		for member := range e.files {
			e.install(t, n.mesh, member, archives[e.Name][member])
		}
	}
}

// contents are all files of all nodes' live directories, by path.
func (n *network) contents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, node := range n.nodes {
		maps.Copy(all, contents(t, node.live.path))
	}
	return all
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
