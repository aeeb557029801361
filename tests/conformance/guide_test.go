package conformance

import (
	"path/filepath"
	"strings"
	"testing"
)

// What Cilium's troubleshooting says of a link that stands, of an endpoint whose certificate is good, of anything that fails, and
// of a server whose authority is not trusted (Go's words).
const (
	standing  = "✅ Etcd connection successfully established"
	verified  = "✅ TLS connection successfully established to"
	failed    = "❌"
	untrusted = "x509: certificate signed by unknown authority"
)

// What the guide of 2020 has cluster1's nodes keep for cluster2, to the letter (arthurchiao.art/blog/cilium-clustermesh): the
// folder's four files, and what is in the first. The others are CA, certificate and key of the sample, whose mesh is the guide's.
const (
	guideCluster     = "cluster1"
	guideRemote      = "cluster2"
	guideConfig      = "cluster2-cilium-etcd.config"
	guideAnchors     = "cluster2-etcd-client-ca.crt"
	guideCertificate = "cluster2-etcd-client.crt"
	guideKey         = "cluster2-etcd-client.key"
	guideText        = `endpoints:
  - https://10.2.2.2:2379

ca-file:   '/var/lib/clustermesh/cluster2-etcd-client-ca.crt'
key-file:  '/var/lib/clustermesh/cluster2-etcd-client.key'
cert-file: '/var/lib/clustermesh/cluster2-etcd-client.crt'
`
)

// refusesTheGuide is the control: the guide's files, for a link that stands. Their name is refused, and under the right name
// `ca-file` is no anchor; with that one key put right the link stands.
func (n *network) refusesTheGuide(t *testing.T) {
	var (
		node   = n.nodes[0]
		config = node.config(t, n.mesh.cluster(t, guideRemote))
		dir    = &liveDir{path: t.TempDir(), staging: t.TempDir()}
	)
	isGuides := strings.Contains(guideText, config.Endpoints[0]) && strings.Contains(guideText, node.target)
	if node.cluster != guideCluster || !isGuides {
		t.Fatalf("%s is not the guide's node: %v", node.name(), config)
	}
	machine := view{}.with(t, dir.path, node.target)
	for theirs, ours := range map[string]string{
		guideAnchors: config.TrustedCA, guideCertificate: config.Certificate, guideKey: config.Key,
	} {
		dir.put(t, theirs, readFile(t, filepath.Join(node.live.path, filepath.Base(ours))), 0o600)
	}
	dir.put(t, guideConfig, guideText, 0o644)

	t.Run("name", func(t *testing.T) {
		var report filesReport
		n.release.ask(t, machine, &report, "files", node.target)
		if file, taken := report.Files[guideConfig]; len(report.Files) != 1 || !taken || file.NameError == "" {
			t.Errorf("Cilium %s does not refuse %q by its name: %v", n.release.version, guideConfig, report.Files)
		}
		a := node.startAgent(t, n.release, machine, "agent of the guide")
		dir.fence(t, a)
		for _, e := range a.events {
			if strings.HasPrefix(e.Cluster, guideRemote) {
				t.Errorf("Cilium %s makes a cluster of %q: %v", n.release.version, guideConfig, e)
			}
		}
	})
	t.Run("ca-file", func(t *testing.T) {
		dir.put(t, guideRemote, guideText, 0o644)
		n.checkDial(t, machine, filepath.Join(node.target, guideRemote), false)
	})
	t.Run("trusted-ca-file", func(t *testing.T) {
		dir.put(t, guideRemote, strings.Replace(guideText, "ca-file:", "trusted-ca-file:", 1), 0o644)
		n.checkDial(t, machine, filepath.Join(node.target, guideRemote), true)
		a := node.startAgent(t, n.release, machine, "agent of the guide, put right")
		a.await(t, "the link is ready", func() bool { return a.count("ready", guideRemote) == 1 })
	})
}

// checkDial has Cilium read one config, and dial by it.
func (n *network) checkDial(t *testing.T, machine view, config string, works bool) {
	t.Helper()
	var client struct{ Anchored, Certificates bool }
	n.release.ask(t, machine, &client, "client", config)
	if client.Anchored != works || !client.Certificates {
		t.Errorf("Cilium %s: anchored is %v, and has a certificate %v", n.release.version, client.Anchored, client.Certificates)
	}
	report := n.dial(t, machine, config)
	if strings.Contains(report, standing) != works || strings.Contains(report, untrusted) == works {
		t.Errorf("Cilium %s, where the link should stand: %v:\n%s", n.release.version, works, report)
	}
}

// dial is what Cilium's troubleshooting says of a config.
func (n *network) dial(t *testing.T, machine view, config string) string {
	t.Helper()
	return n.release.troubleshoot(t, machine, config)
}

func (r release) troubleshoot(t *testing.T, machine view, config string) string {
	t.Helper()
	var answer struct{ Report []string }
	r.ask(t, machine, &answer, "troubleshoot", config)
	return strings.Join(answer.Report, "\n")
}
