package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The nodes that bundles are installed on, one of each kind that install.sh has ways of its own for.
var (
	systemdReader = reader{cluster: "hub", peers: "var/lib/clustermesh"}
	composeReader = reader{cluster: "dock", peers: "mount/var/lib/clustermesh"}
)

// reader is a cluster with one node.
type reader struct {
	cluster string
	peers   string // the folder of peers, below the root
}

func (r reader) node() string { return r.cluster + "-n" }

// generation is one state of a mesh, and the bundles of both readers in it, unpacked.
type generation struct {
	name     string
	archives map[string]string // by cluster, kept from the next generation's
	bundles  map[string]string // by cluster
}

// configs are the configs of a reader's remote clusters, by name.
func (g generation) configs(t *testing.T, r reader) map[string]string {
	t.Helper()
	configs := map[string]string{}
	for path, text := range g.payload(t, r) {
		if name := filepath.Base(path); filepath.Dir(path) == r.peers && !isCredential(name) {
			configs[name] = text
		}
	}
	return configs
}

// payload are the files of a reader's bundle, by the path below the root.
func (g generation) payload(t *testing.T, r reader) map[string]string {
	t.Helper()
	dir := filepath.Join(g.bundles[r.cluster], "payload")
	files := map[string]string{}
	for path, text := range contents(t, dir) {
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		files[relative] = text
	}
	return files
}

// change is what makes one generation of the one before.
type change struct {
	name    string
	later   bool // the leaves of the first generation are due by then
	options []string
	edit    func(document map[string]any)
}

// changes are everything that happens to a mesh, in the order in which it happens to the one here. The last makes one more
// generation for those who have not completed the one before.
var changes = []change{
	{name: "first", options: []string{"--create-authorities"}, edit: func(map[string]any) {}},
	{name: "options", edit: func(document map[string]any) {
		object(document, "cilium")["policyDefaultLocalCluster"] = false
	}},
	{name: "endpoint", edit: func(document map[string]any) { moveTo(document, "10.3.0.9") }},
	{name: "leaves", later: true, options: []string{"--renew"}, edit: func(map[string]any) {}},
	{name: "anchors", later: true, edit: func(document map[string]any) {
		next := map[string]any{"certificate": filepath.Join(fixturesDir, "authorities/corp-root.crt")}
		object(object(document, "trust"), "authorities")["next"] = next
		object(named(document, "turning"), "etcd")["serverTrust"] = []string{"turning", "next"}
	}},
	{name: "added", later: true, options: []string{"--create-authorities"}, edit: func(document map[string]any) {
		document["clusters"] = append(document["clusters"].([]any), newCluster("coming", 6, "systemd"))
	}},
	{name: "removed", later: true, options: []string{"--remove", "leaving"}, edit: func(document map[string]any) {
		document["clusters"] = slices.DeleteFunc(document["clusters"].([]any), func(cluster any) bool {
			return cluster.(map[string]any)["name"] == "leaving"
		})
	}},
	{name: "newer", later: true, edit: func(document map[string]any) { moveTo(document, "10.3.0.5") }},
}

// newGenerations makes one mesh of two readers and three other clusters, and changes it.
func newGenerations(t *testing.T, r release) map[string]generation {
	t.Helper()
	dir := t.TempDir()
	m := &mesh{sample: "installed", dir: dir, out: filepath.Join(dir, "out")}
	if err := os.CopyFS(filepath.Join(dir, fixturesDir), os.DirFS(filepath.Join(os.Getenv(workVariable), fixturesDir))); err != nil {
		t.Fatal(err)
	}
	writeFile(t, m.file(), "version: 1\nmesh: installed\n")
	m.change(t, func(document map[string]any) {
		document["cilium"] = map[string]any{
			"version": r.minor, "policyDefaultLocalCluster": true, "routingMode": "tunnel", "tunnelProtocol": "vxlan", "encryption": "none",
		}
		document["trust"] = map[string]any{"authority": "per-cluster"}
		compose := map[string]any{"kind": "compose", "service": "cilium-agent", "hostRoot": "mount"}
		document["clusters"] = []any{
			newCluster(systemdReader.cluster, 1, "systemd"), newCluster(composeReader.cluster, 2, compose),
			newCluster("moving", 3, "systemd"), newCluster("turning", 4, "systemd"), newCluster("leaving", 5, "systemd"),
		}
	})
	made := map[string]generation{}
	for _, c := range changes {
		m.change(t, c.edit)
		m.now = time.Now()
		if c.later {
			m.now = m.now.AddDate(0, 10, 0)
		}
		m.generate(t, c.options...)
		forgetFacts(t, filepath.Join(dir, "state", "inventory.json"))
		g := generation{name: c.name, archives: map[string]string{}, bundles: map[string]string{}}
		for _, reader := range []reader{systemdReader, composeReader} {
			archive := filepath.Join(t.TempDir(), reader.node()+".tar.gz")
			writeFile(t, archive, readFile(t, filepath.Join(m.out, "bundles", reader.cluster, "nodes", filepath.Base(archive))))
			g.archives[reader.cluster], g.bundles[reader.cluster] = archive, unpack(t, archive)
		}
		made[c.name] = g
	}
	return made
}

// forgetFacts leaves a state as an earlier release wrote it: install.sh refuses no rollback then, and every change can be undone here.
func forgetFacts(t *testing.T, inventory string) {
	t.Helper()
	writeFile(t, inventory, regexp.MustCompile(`,\s*"facts": "[^"]*"`).ReplaceAllString(readFile(t, inventory), ""))
}

// newCluster is a cluster of one node and one etcd.
func newCluster(name string, id int, runtime any) map[string]any {
	address := fmt.Sprintf("10.%d.0.1", id)
	return map[string]any{
		"name": name, "id": id, "runtime": runtime,
		"etcd": map[string]any{
			"endpoints": []any{"https://" + address + ":2379"},
			"members":   []any{map[string]any{"name": name + "-etcd", "addresses": []any{address}}},
		},
		"podCIDRs": []any{fmt.Sprintf("10.%d.0.0/16", 90+id)},
		"nodes":    []any{name + "-n"},
	}
}

// named is the cluster of that name.
func named(document map[string]any, name string) map[string]any {
	for _, cluster := range clusters(document) {
		if cluster["name"] == name {
			return cluster
		}
	}
	return nil
}

// moveTo gives the etcd of one cluster another address.
func moveTo(document map[string]any, address string) {
	etcd := object(named(document, "moving"), "etcd")
	etcd["endpoints"] = []any{"https://" + address + ":2379"}
	member := etcd["members"].([]any)[0].(map[string]any)
	member["addresses"] = []any{address}
}

// isPeerFile is whether a path below the root is in the reader's folder of peers.
func (r reader) isPeerFile(path string) bool { return strings.HasPrefix(path, r.peers+"/") }
