package conformance

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// bundle is a node's archive, unpacked.
type bundle struct {
	cluster, node string
	dir           string // the one folder in the archive
	options       map[string]string
	configs       string // its clustermesh directory
}

// bundles unpacks every node's archive, in order.
func (m mesh) bundles(t *testing.T) []bundle {
	t.Helper()
	var bundles []bundle
	for cluster, nodes := range m.archives(t, "nodes") {
		for node, archive := range nodes {
			b := bundle{cluster: cluster, node: node, dir: unpack(t, archive)}
			b.options = readEnv(t, filepath.Join(b.dir, "options/agent.env"), "CILIUM_")
			b.configs = b.findConfigs(t)
			bundles = append(bundles, b)
		}
	}
	sort.Slice(bundles, func(i, j int) bool { return bundles[i].name() < bundles[j].name() })
	return bundles
}

// firstOfEach is one bundle of each cluster.
func firstOfEach(bundles []bundle) []bundle {
	var firsts []bundle
	for _, b := range bundles {
		if len(firsts) == 0 || firsts[len(firsts)-1].cluster != b.cluster {
			firsts = append(firsts, b)
		}
	}
	return firsts
}

func (b bundle) name() string { return b.cluster + "." + b.node }

// id is the id that the agents of the cluster are started with.
func (b bundle) id(t *testing.T) uint32 {
	t.Helper()
	id, err := strconv.ParseUint(b.options["cluster-id"], 10, 32)
	if err != nil {
		t.Fatalf("%s: cluster-id: %v", b.name(), err)
	}
	return uint32(id)
}

// remotes are the clusters that this bundle must know: in a full mesh, all others.
func (b bundle) remotes(all []bundle) []string {
	var remotes []string
	for _, other := range firstOfEach(all) {
		if other.cluster != b.cluster {
			remotes = append(remotes, other.cluster)
		}
	}
	return remotes
}

// findConfigs finds the directory in the payload that becomes the agent's clustermesh-config.
func (b bundle) findConfigs(t *testing.T) string {
	t.Helper()
	target := b.options["clustermesh-config"]
	if !filepath.IsAbs(target) {
		t.Fatalf("%s: clustermesh-config is %q, not an absolute path", b.name(), target)
	}
	var found []string
	err := filepath.WalkDir(filepath.Join(b.dir, "payload"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasSuffix(path, target) {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: not one directory in the payload that becomes %s, but %v (%v)", b.name(), target, found, err)
	}
	return found[0]
}

// live makes a directory that is a node's, with the bundle's files in it.
func (b bundle) live(t *testing.T) *liveDir {
	t.Helper()
	live := &liveDir{path: filepath.Join(t.TempDir(), "clustermesh"), staging: t.TempDir()}
	if err := os.Mkdir(live.path, 0o755); err != nil {
		t.Fatal(err)
	}
	live.install(t, b.configs)
	return live
}

// view is what an agent of this bundle sees when configs is the directory on its node.
func (b bundle) view(t *testing.T, r release, configs string) view {
	t.Helper()
	v := view{}.with(t, configs, b.options["clustermesh-config"])
	if hosts := b.hosts(t, r); hosts != "" {
		file := filepath.Join(t.TempDir(), "hosts")
		writeFile(t, file, "127.0.0.1 localhost\n"+hosts)
		v = v.with(t, file, "/etc/hosts")
	}
	return v
}

// hosts are the lines that the bundle adds to the node's hosts file, or, for compose, to the container's.
func (b bundle) hosts(t *testing.T, r release) string {
	t.Helper()
	fragment := filepath.Join(b.dir, "payload/etc/cilium/clustermesh.hosts")
	if _, err := os.Stat(fragment); err == nil {
		return readFile(t, fragment)
	}
	compose := filepath.Join(b.dir, "payload/docker-compose.clustermesh.yaml")
	if _, err := os.Stat(compose); err != nil {
		return ""
	}

	var content struct {
		Services map[string]struct {
			ExtraHosts []string `json:"extra_hosts"`
		}
	}
	r.ask(t, view{}, &content, "parse", compose)
	var lines strings.Builder
	for _, service := range content.Services {
		for _, entry := range service.ExtraHosts {
			// docker takes `name=address` and `name:address`.
			cut := strings.IndexAny(entry, "=:")
			if cut < 0 {
				t.Fatalf("%s: extra_hosts: %q", b.name(), entry)
			}
			fmt.Fprintf(&lines, "%s %s\n", strings.Trim(entry[cut+1:], "[]"), entry[:cut])
		}
	}
	return lines.String()
}

// etcdConfig is the config of a remote cluster, as far as the tests look into it.
type etcdConfig struct {
	Endpoints   []string
	TrustedCA   string `json:"trusted-ca-file"`
	Certificate string `json:"cert-file"`
	Key         string `json:"key-file"`
	HostAliases []struct {
		Hostname string
		IPs      []string
	} `json:"cilium-host-aliases"`
}

// config reads the config of a remote cluster.
func (b bundle) config(t *testing.T, r release, remote string) etcdConfig {
	t.Helper()
	var config etcdConfig
	r.ask(t, view{}, &config, "parse", filepath.Join(b.configs, remote))
	return config
}

// clientCertificate is what the bundle shows to a remote cluster's etcd.
func (b bundle) clientCertificate(t *testing.T, config etcdConfig) *x509.Certificate {
	t.Helper()
	path := filepath.Join(b.configs, filepath.Base(config.Certificate))
	block, _ := pem.Decode([]byte(readFile(t, path)))
	if block == nil {
		t.Fatalf("%s: no PEM", path)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return certificate
}

// readEnv reads an environment file. All names begin with prefix, and come back as flags are written: CILIUM_CLUSTER_ID
// is cluster-id (Cilium's pkg/option and hive read their environment by that rule).
func readEnv(t *testing.T, path, prefix string) map[string]string {
	t.Helper()
	options := map[string]string{}
	for _, line := range strings.Split(readFile(t, path), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		flag, prefixed := strings.CutPrefix(name, prefix)
		if !found || !prefixed || flag != strings.ToUpper(flag) {
			t.Fatalf("%s: %q is not %sNAME=value", path, line, prefix)
		}
		flag = strings.ReplaceAll(strings.ToLower(flag), "_", "-")
		if _, twice := options[flag]; twice {
			t.Fatalf("%s: %s twice", path, name)
		}
		options[flag] = strings.Trim(value, `"`)
	}
	return options
}
