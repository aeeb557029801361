package conformance

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// isReady has both judges look at each link, from every node: Cilium's agent, and `meshbundle probe`.
func (n *bareMetal) isReady(t *testing.T) {
	for _, node := range n.nodes {
		node.awaitReady(t, 1)
	}
	for _, node := range n.nodes {
		// It exits with 0 if all are ready.
		node.view.run(t, os.Getenv(binaryVariable), "probe", node.dir, "--cilium", n.release.minor, "--wait", "60")
	}
	for _, c := range n.mesh.Clusters {
		n.mesh.checkAnnouncement(t, c)
	}
}

// letsOwnAgentsIn has Cilium's code join the own etcd by a bundle's options alone: it reads them, connects by the config that
// they name, and writes where agents write. Nobody but `admin-<cluster>` may, save root.
func (n *bareMetal) letsOwnAgentsIn(t *testing.T) {
	for _, node := range n.firstNodes() {
		var joined event
		n.release.ask(t, node.ownView(t), &joined, append([]string{"own"}, node.agentArgs(t)...)...)
		if joined.Event != "joined" || joined.Cluster != node.cluster {
			t.Errorf("%s: %v", node.name(), joined)
		}
	}
}

// ownView is what an agent sees of the own etcd's files.
func (b bundle) ownView(t *testing.T) view {
	t.Helper()
	machine := view{}
	for _, dir := range []string{filepath.Dir(ownConfig), "/var/lib/etcd-secrets"} {
		machine = machine.with(t, b.onNode(dir), dir)
	}
	return machine
}

// keepsStrangersFromPeers dials the ports of peers with what a reader has: the authority of the members has signed it as well. Who
// gets in there may write what he likes.
func (n *bareMetal) keepsStrangersFromPeers(t *testing.T) {
	for _, node := range n.firstNodes() {
		for _, remote := range node.remotes {
			c := n.mesh.cluster(t, remote)
			config := node.config(t, c)
			reader := loadPair(t, node.configs, filepath.Base(config.Certificate), filepath.Base(config.Key))
			for _, member := range c.Etcd.Members {
				files := n.files[member.Name].path
				at := net.JoinHostPort(member.Addresses[0], peerPort)
				for pair, want := range map[*tls.Certificate]bool{
					loadPair(t, files, "peer.crt", "peer.key"):     true, // the control
					loadPair(t, files, "server.crt", "server.key"): false,
					reader: false,
					nil:    false,
				} {
					if got := answersPeer(t, at, pair); got != want {
						t.Errorf("%s answers %v as a peer: %v", at, pair, got)
					}
				}
			}
		}
	}
}

// answersPeer asks a member what peers ask each other first: which version it is.
func answersPeer(t *testing.T, at string, certificate *tls.Certificate) bool {
	t.Helper()
	return answers(t, at, certificate, "http/1.1", "GET /version HTTP/1.1\r\nHost: peer\r\n\r\n")
}

// letsASiteGo removes a site from the mesh. Its agents are denied from then on, and nobody else notices.
func (n *bareMetal) letsASiteGo(t *testing.T) {
	n.mesh.change(t, func(document map[string]any) {
		var stay []any
		for _, cluster := range clusters(document) {
			if cluster["name"] != leaving {
				stay = append(stay, cluster)
			}
		}
		document["clusters"] = stay
	})
	n.mesh.generate(t, "--remove", leaving)
	for _, c := range n.mesh.Clusters {
		if c.Name != leaving {
			n.mesh.authorise(t, c)
			n.mesh.authorise(t, c, "--check")
		}
	}
	for _, node := range n.firstNodes() {
		for _, remote := range node.remotes {
			report := n.dial(t, node.view, filepath.Join(node.target, remote))
			denied := strings.Contains(report, "permission denied")
			if remote == leaving {
				continue // nobody has run a script there
			}
			if want := node.cluster == leaving; denied != want || strings.Contains(report, standing) == want {
				t.Errorf("%s dials %s, and is denied: %v:\n%s", node.name(), remote, denied, report)
			}
		}
	}
	for _, node := range n.nodes {
		if node.cluster != leaving {
			node.live.fence(t, node.agent)
			node.checkRuns(t, 1)
		}
	}
}
