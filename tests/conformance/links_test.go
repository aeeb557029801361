package conformance

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLinks runs each sample: an etcd behind every endpoint, and for every bundle an agent that must get ready with all other
// clusters. Then what happens on nodes is done to the agents' directories, and only a change of trust may reconnect them.
func TestLinks(t *testing.T) {
	eachRelease(t, func(t *testing.T, r release) {
		eachSample(t, func(t *testing.T, sample string) {
			m := newMesh(t, sample)
			var validity, renewBefore any
			m.change(t, func(document map[string]any) {
				setVersion(document, r.minor)
				// The first leaves end soon: by what the sample itself says, they are due for renewal from the start.
				trust := object(document, "trust")
				validity, renewBefore = trust["validity"], trust["renewBefore"]
				trust["validity"], trust["renewBefore"] = map[string]any{"server": "30d", "client": "30d"}, "1d"
			})
			m.create(t)
			n := startNetwork(t, r, m)

			// Each step begins where the one before it ended.
			steps := []step{
				{"ready", n.becomesReady},
				{"strangers", n.refusesStrangers},
				{"unchanged", n.ignoresRepetition},
				{"renewed", func(t *testing.T) { n.ignoresRenewal(t, validity, renewBefore) }},
				{"anchors", n.reconnectsForAnchors},
			}
			if sample == guideSample {
				steps = append(steps, step{"guide", n.refusesTheGuide})
			}
			for _, s := range steps {
				if !t.Run(s.name, s.run) {
					t.Fatalf("the steps after %q begin where it should have ended", s.name)
				}
			}
		}, mixedSample) // TestHelmBundles: one of its etcds is a chart's
	})
}

type step struct {
	name string
	run  func(t *testing.T)
}

func (n *network) becomesReady(t *testing.T) {
	for _, node := range n.nodes {
		node.awaitReady(t, 1)
		most := 0
		for _, e := range node.agent.events {
			if e.Event == "start" && e.Cilium != n.release.version {
				t.Errorf("the agent of %s is Cilium %s", node.name(), e.Cilium)
			}
			if e.Event == "ready" && e.ID != n.mesh.cluster(t, e.Cluster).ID {
				t.Errorf("%s: the id of %s was read as %d", node.name(), e.Cluster, e.ID)
			}
			most = max(most, e.Ready)
		}
		if most != len(node.remotes) {
			t.Errorf("%s: NumReadyClusters is %d, with %v ready", node.name(), most, node.remotes)
		}
	}
	n.staysConnected(t)
	n.reachesEveryEndpoint(t)
}

// reachesEveryEndpoint has one node of each cluster dial all endpoints. An agent takes whichever answers first; all must do.
func (n *network) reachesEveryEndpoint(t *testing.T) {
	t.Helper()
	// The dialer of `agent troubleshoot` knows no aliases. That the links are ready has shown that agents know the names.
	hosts := filepath.Join(t.TempDir(), "hosts")
	writeFile(t, hosts, "127.0.0.1 localhost\n"+n.mesh.aliases())
	for _, node := range n.firstNodes() {
		for _, remote := range node.remotes {
			endpoints := n.mesh.cluster(t, remote).Etcd.Endpoints
			report := n.dial(t, node.view.with(t, hosts, "/etc/hosts"), filepath.Join(node.target, remote))
			for _, endpoint := range endpoints {
				if !strings.Contains(report, "- "+endpoint+"\n") {
					t.Errorf("%s: %s was not dialled:\n%s", node.name(), endpoint, report)
				}
			}
			got := strings.Count(report, verified)
			if got != len(endpoints) || !strings.Contains(report, standing) || strings.Contains(report, failed) {
				t.Errorf("%s: %d of %d endpoints of %s do:\n%s", node.name(), got, len(endpoints), remote, report)
			}
		}
	}
}

// ignoresRepetition runs `generate` once more, with nothing changed, and installs what it wrote.
func (n *network) ignoresRepetition(t *testing.T) {
	written, before := contents(t, n.mesh.dir), n.contents(t)
	n.mesh.generate(t)
	for path, content := range contents(t, n.mesh.dir) {
		if content != written[path] {
			t.Errorf("%s has changed, with nothing changed in the mesh", path)
		}
		delete(written, path)
	}
	for path := range written {
		t.Errorf("%s is gone, with nothing changed in the mesh", path)
	}
	n.reinstall(t)
	n.checkChanges(t, before, func(string) bool { return false })
	n.staysConnected(t)
}

// ignoresRenewal renews all leaves that are issued here; they keep their keys.
func (n *network) ignoresRenewal(t *testing.T, validity, renewBefore any) {
	n.mesh.change(t, func(document map[string]any) {
		trust := object(document, "trust")
		for key, value := range map[string]any{"validity": validity, "renewBefore": renewBefore} {
			if trust[key] = value; value == nil {
				delete(trust, key)
			}
		}
	})
	before := n.contents(t)
	n.mesh.generate(t, "--renew")
	n.reinstall(t)
	n.checkChanges(t, before, func(file string) bool {
		remote, kind, _ := strings.Cut(file, ".")
		return kind == "etcd-client.crt" && n.mesh.cluster(t, remote).Etcd.Client == nil
	})
	n.staysConnected(t)
}

// digestLine is the first line of a config: a comment with a digest of the anchors.
var digestLine = regexp.MustCompile(`^#.*[^0-9a-f][0-9a-f]{64}$`)

// reconnectsForAnchors makes all agents anchor on one authority more, for every remote cluster. The configs must change in their
// first line, and nowhere else; and so the agents reconnect, once, with the leaves that were renewed before.
func (n *network) reconnectsForAnchors(t *testing.T) {
	n.mesh.change(t, func(document map[string]any) {
		next := map[string]any{"certificate": filepath.Join(fixturesDir, "authorities/corp-root.crt")}
		object(object(document, "trust"), "authorities")["next"] = next
		for i, cluster := range clusters(document) {
			object(cluster, "etcd")["serverTrust"] = append(slices.Clone(n.mesh.anchors(n.mesh.Clusters[i])), "next")
		}
	})
	before := n.contents(t)
	n.mesh.generate(t)
	n.reinstall(t)
	n.checkChanges(t, before, func(file string) bool {
		_, kind, isCredential := strings.Cut(file, ".")
		return !isCredential || kind == "etcd-client-ca.crt"
	})
	for path, config := range n.contents(t) {
		if strings.Contains(filepath.Base(path), ".") {
			continue
		}
		line, rest, _ := strings.Cut(config, "\n")
		oldLine, oldRest, _ := strings.Cut(before[path], "\n")
		if line == oldLine || !digestLine.MatchString(line) || !digestLine.MatchString(oldLine) || rest != oldRest {
			t.Errorf("%s: not just another digest in the first line:\n%s\n%s", path, before[path], config)
		}
	}
	for _, node := range n.nodes {
		node.awaitReady(t, 2)
		node.live.fence(t, node.agent)
		node.checkRuns(t, 2)
	}
}

// checkChanges checks which files of all live directories have changed.
func (n *network) checkChanges(t *testing.T, before map[string]string, expected func(file string) bool) {
	t.Helper()
	after := n.contents(t)
	if len(after) != len(before) {
		t.Errorf("there are %d files, where there were %d", len(after), len(before))
	}
	for path, content := range after {
		if changed := content != before[path]; changed != expected(filepath.Base(path)) {
			t.Errorf("%s: changed is %v", path, changed)
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
