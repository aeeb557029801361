package conformance

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	rolesOfEtcd = "`pkg/kvstore/etcdinit/init.go`, in 1.14 `clustermesh-apiserver/deployment.yaml`"
	readsOfMesh = "`pkg/clustermesh/common/remote_cluster.go`"
)

// keyRange is a range of keys that a remote cluster may read in the etcd of some charts.
type keyRange struct {
	what  string
	words []string // of etcdctl
}

var keyRanges = []keyRange{
	{"all keys", []string{"", "--from-key"}},
	{"`" + hasConfigKey + "`", []string{hasConfigKey}},
	{"its own `cilium/cluster-config/helm1`", []string{"cilium/cluster-config/helm1"}},
	{"`cilium/cluster-config/` of all clusters", []string{"cilium/cluster-config/", "--prefix"}},
	{"`cilium/cache/`, which KVStoreMesh copies from others", []string{"cilium/cache/", "--prefix"}},
}

func (r keyRange) fact() string { return "`remote-east` may read " + r.what }

// readsFact is whether agents of a release get ready.
func readsFact(r release) string { return "agents of Cilium " + r.minor + " as `remote-east`" }

const localUserFact = "the user `local-helm1`"

// etcdFacts are about what a remote cluster gets of the etcd of clustermesh-apiserver. Its users are in userFacts.
func etcdFacts() factTable {
	table := factTable{title: "readers of its etcd"}
	for _, r := range keyRanges {
		table.facts = append(table.facts, fact{what: r.fact(), source: rolesOfEtcd})
	}
	table.facts = append(table.facts, fact{what: localUserFact, source: rolesOfEtcd})
	for _, r := range readers() {
		table.facts = append(table.facts, fact{what: readsFact(r), source: readsOfMesh})
	}
	return table
}

// readers are all releases, the oldest first.
func readers() []release {
	all := slices.Concat(releases, earlierReleases) // the newest first
	slices.Reverse(all)
	return all
}

// TestHelmReaders starts the etcd of every chart, and lets agents of every release read it: whether they get ready depends on the keys
// that both have in common, not on how far they are apart.
func TestHelmReaders(t *testing.T) {
	columns := map[string]map[string]string{}
	for _, c := range charts {
		columns[c.minor] = map[string]string{}
	}
	t.Run("cells", func(t *testing.T) {
		for n, c := range charts {
			t.Run(c.minor, func(t *testing.T) {
				t.Parallel()
				readEtcd(t, c, fmt.Sprintf("127.2.4.%d", 1+n), columns[c.minor])
			})
		}
	})
	if !t.Failed() {
		etcdFacts().check(t, columns)
	}
}

// readEtcd fills the column of a chart. Its etcd listens at host.
func readEtcd(t *testing.T, c chart, host string, column map[string]string) {
	s := helmScene{chart: c, mode: "migration", owner: newAuthority(t, "owner ca"), east: newAuthority(t, "east ca")}
	values, manifests := byHelmForm(t, s)
	h := c.installFiles(t, asFiles(t, values), asFiles(t, manifests)).start(t, c, host)
	dir := h.handRun(t, s.owner.identity(t, "remote-east"))
	for _, r := range keyRanges {
		column[r.fact()] = h.mayRead(t, dir, r)
	}
	column[localUserFact] = "none"
	if slices.Contains(strings.Fields(h.etcdctl(t, "user", "list")), "local-"+h.name) {
		column[localUserFact] = "made"
	}
	for _, r := range readers() {
		a := startAgent(t, r, h.machine(t), "agent "+r.minor+" of east", "watch", "--dir", dir, "--cluster-name=east", fmt.Sprintf("--cluster-id=%d", eastID))
		a.await(t, h.name+" is ready, or denied", func() bool { return a.count("ready", h.name)+a.count("refused", h.name) > 0 })
		column[readsFact(r)] = "ready"
		if at := slices.IndexFunc(a.events, func(e event) bool { return e.Event == "refused" }); at >= 0 {
			column[readsFact(r)] = "denied"
			if says := "failed to detect whether the cluster configuration is required: etcdserver: permission denied"; a.events[at].Error != says {
				t.Errorf("agents of Cilium %s: %s", r.minor, a.events[at].Error)
			}
		}
	}
}

// mayRead is whether a client may read keys with the files of a directory.
func (h *helmRun) mayRead(t *testing.T, dir string, r keyRange) string {
	t.Helper()
	words := slices.Concat(etcdctlWords(filepath.Join(dir, "ca.crt"), filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")), []string{"get"}, r.words)
	switch said, err := h.machine(t).command("etcdctl", words...).CombinedOutput(); {
	case err == nil:
		return "yes"
	case strings.Contains(string(said), "etcdserver: permission denied"):
		return "no"
	default:
		t.Fatalf("etcdctl %v: %v: %s", words, err, said)
		return ""
	}
}
