package conformance

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// What Cilium's troubleshooting says of a link that stands, and of a server whose authority is not trusted (Go's words).
const (
	standing  = "✅ Etcd connection successfully established"
	untrusted = "x509: certificate signed by unknown authority"
)

// followsTheGuide is the control: the files that the guide of 2020 would have a reader write by hand
// (arthurchiao.art/blog/cilium-clustermesh), for a link that stands. Their name is refused, and under the right name `ca-file` is no
// anchor; with that one key put right the link stands.
func (n *network) followsTheGuide(t *testing.T) {
	var (
		node   = n.nodes[0]
		remote = node.remotes[0]
		seen   = node.options["clustermesh-config"]
		dir    = &liveDir{path: t.TempDir(), staging: t.TempDir()}
		config = node.config(t, n.release, remote)
		name   = remote + "-cilium-etcd.config"
	)
	machine := view{}
	for _, m := range node.view.mounts {
		if m.target == seen {
			m.source = dir.path
		}
		machine.mounts = append(machine.mounts, m)
	}

	guide := "endpoints:\n"
	for _, endpoint := range config.Endpoints {
		guide += "  - " + endpoint + "\n"
	}
	guide += "\n"
	for _, file := range []struct{ key, theirs, ours string }{
		{"ca-file:   ", remote + "-etcd-client-ca.crt", config.TrustedCA},
		{"key-file:  ", remote + "-etcd-client.key", config.Key},
		{"cert-file: ", remote + "-etcd-client.crt", config.Certificate},
	} {
		dir.put(t, file.theirs, readFile(t, filepath.Join(node.live.path, filepath.Base(file.ours))), 0o600)
		guide += fmt.Sprintf("%s'%s/%s'\n", file.key, seen, file.theirs)
	}
	for _, alias := range config.HostAliases {
		guide += fmt.Sprintf("cilium-host-aliases:\n- {hostname: %s, ips: [%s]}\n", alias.Hostname, strings.Join(alias.IPs, ", "))
	}

	t.Run("name", func(t *testing.T) {
		dir.put(t, name, guide, 0o644)
		var report filesReport
		n.release.ask(t, machine, &report, "files", seen)
		if file, taken := report.Files[name]; !taken || file.NameError == "" {
			t.Errorf("Cilium %s does not refuse %q by its name: %v", n.release.version, name, report.Files)
		}
		args := append([]string{"watch", "--dir", seen}, node.flags()...)
		a := startAgent(t, n.release, machine, "agent of the guide", args...)
		dir.fence(t, a)
		for _, e := range a.events {
			if strings.HasPrefix(e.Cluster, remote) {
				t.Errorf("Cilium %s makes a cluster of %q: %v", n.release.version, name, e)
			}
		}
	})
	t.Run("ca-file", func(t *testing.T) {
		dir.put(t, remote, guide, 0o644)
		n.checkDial(t, machine, filepath.Join(seen, remote), false)
	})
	t.Run("trusted-ca-file", func(t *testing.T) {
		dir.put(t, remote, strings.Replace(guide, "ca-file:", "trusted-ca-file:", 1), 0o644)
		n.checkDial(t, machine, filepath.Join(seen, remote), true)
	})
}

// checkDial has Cilium read one config, and dial by it.
func (n *network) checkDial(t *testing.T, machine view, config string, works bool) {
	t.Helper()
	var client struct{ Anchored, Certificates bool }
	n.release.ask(t, machine, &client, "client", config)
	if client.Anchored != works {
		t.Errorf("Cilium %s: anchored is %v", n.release.version, client.Anchored)
	}

	// The system's roots must not matter: have one that signed nothing here, and no others.
	roots, err := filepath.Glob(filepath.Join(n.nodes[0].live.path, "*-ca.crt"))
	if err != nil || len(roots) < 2 {
		t.Fatalf("no authority of a third cluster: %v (%v)", roots, err)
	}
	unrelated := roots[len(roots)-1]
	if strings.HasPrefix(filepath.Base(unrelated), n.nodes[0].remotes[0]) {
		t.Fatalf("%s is the authority in question", unrelated)
	}
	var answer struct{ Report []string }
	n.release.ask(t, machine, &answer, "troubleshoot", config)
	report := strings.Join(answer.Report, "\n")
	if strings.Contains(report, standing) != works || strings.Contains(report, untrusted) == works {
		t.Errorf("Cilium %s, where the link should stand: %v:\n%s", n.release.version, works, report)
	}
}
