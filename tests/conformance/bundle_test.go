package conformance

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

// bundle is a node's archive, unpacked.
type bundle struct {
	cluster, node string
	dir           string // the one folder in the archive
	target        string // where the agent looks for its peers
	configs       string // the directory in the payload that it finds there
}

// bundles unpacks every node's archive, in order.
func (m *mesh) bundles(t *testing.T) []bundle {
	t.Helper()
	var bundles []bundle
	for cluster, nodes := range m.archives(t, "nodes", m.spec.bundles(t)) {
		for node, archive := range nodes {
			b := bundle{cluster: cluster, node: node, dir: unpack(t, archive), target: m.configDir(m.cluster(t, cluster))}
			b.configs = b.findConfigs(t)
			bundles = append(bundles, b)
		}
	}
	sort.Slice(bundles, func(i, j int) bool { return bundles[i].name() < bundles[j].name() })
	return bundles
}

func (b bundle) name() string { return b.cluster + "." + b.node }

func (b bundle) payload(path string) string { return filepath.Join(b.dir, "payload", path) }

// compose is what the bundle adds to docker-compose.yaml, as far as the tests look into it.
type compose struct {
	Services map[string]struct {
		Environment map[string]string
		Entrypoint  []string
		Volumes     []string
		ExtraHosts  []string `json:"extra_hosts"`
	}
}

// announcer is the service that announces the cluster, and the systemd unit.
const announcer = "clustermesh-announce"

// compose reads the bundle's compose file, if there is one.
func (b bundle) compose(t *testing.T) (content compose, found bool) {
	t.Helper()
	file := b.payload("docker-compose.clustermesh.yaml")
	if _, err := os.Stat(file); err != nil {
		return content, false
	}
	readYAML(t, file, &content)
	agents := len(content.Services)
	if _, announces := content.Services[announcer]; announces {
		agents--
	}
	if agents != 1 {
		t.Fatalf("%s: %d services in the compose file are agents", b.name(), agents)
	}
	return content, true
}

// findConfigs finds the directory in the payload that the agent will see at its clustermesh-config: by the volume of the
// compose file, or else by the same path on the node.
func (b bundle) findConfigs(t *testing.T) string {
	t.Helper()
	dir := b.payload(b.target)
	if content, found := b.compose(t); found {
		dir = ""
		for _, service := range content.Services {
			for _, volume := range service.Volumes {
				if parts := strings.Split(volume, ":"); len(parts) == 3 && parts[1] == b.target && strings.HasPrefix(parts[0], "./") {
					dir = b.payload(parts[0])
				}
			}
		}
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Fatalf("%s: no directory in the payload that becomes %s (%v)", b.name(), b.target, err)
	}
	return dir
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
func (b bundle) view(t *testing.T, configs string) view {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hosts")
	writeFile(t, file, "127.0.0.1 localhost\n"+b.hosts(t))
	return view{}.with(t, configs, b.target).with(t, file, "/etc/hosts")
}

// hosts are the lines that the bundle adds to the node's hosts file, or, for compose, to the container's.
func (b bundle) hosts(t *testing.T) string {
	t.Helper()
	fragment := b.payload("etc/cilium/clustermesh.hosts")
	if _, err := os.Stat(fragment); err == nil {
		return readFile(t, fragment)
	}
	var lines strings.Builder
	content, _ := b.compose(t)
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
}

// config reads the config of a remote cluster. It must have the endpoints of the spec.
func (b bundle) config(t *testing.T, remote clusterSpec) etcdConfig {
	t.Helper()
	var config etcdConfig
	readYAML(t, filepath.Join(b.configs, remote.Name), &config)
	got, want := slices.Sorted(slices.Values(config.Endpoints)), slices.Sorted(slices.Values(remote.Etcd.Endpoints))
	if !slices.Equal(got, want) {
		t.Fatalf("%s: the endpoints of %s are %v, not %v", b.name(), remote.Name, got, want)
	}
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
