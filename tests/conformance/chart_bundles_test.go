package conformance

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

const (
	// mixedSample is the mesh of two hand-run clusters and one that Helm runs.
	mixedSample = "mixed"
	// helmHost is where the etcd of the latter listens, beside the NodePort of its nodes.
	helmHost = "127.2.3.1"
	nodePort = "32379"
	// firstMixedEtcd is the number of the first etcd here: no other test that runs beside has these.
	firstMixedEtcd = 120
)

// TestHelmBundles links the clusters of the mixed sample: the real chart of each minor gets the values and objects that `generate` has written
// for it, the hand-run clusters get their archives. Every cluster reads every other one.
func TestHelmBundles(t *testing.T) {
	for n, c := range charts {
		t.Run(c.minor, func(t *testing.T) {
			s := newMixed(t, c, "")
			for _, mode := range authModes {
				for _, kvstoremesh := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s/kvstoremesh-%t", mode, kvstoremesh), func(t *testing.T) { s.link(t, mode, kvstoremesh) })
				}
			}
		})
		if c.before("1.16") {
			continue
		}
		t.Run(c.minor+"/provided", func(t *testing.T) {
			s := newMixed(t, c, "provided")
			for m, mode := range authModes {
				kvstoremesh := (n+m)%2 == 0
				t.Run(fmt.Sprintf("%s/kvstoremesh-%t", mode, kvstoremesh), func(t *testing.T) { s.link(t, mode, kvstoremesh) })
			}
			t.Run("merged", s.linkMerged)
		})
	}
}

// romeURL is the etcd of rome by its address.
const romeURL = "https://10.62.0.1:" + etcdPort

// dial has clusters dialled at these endpoints, and none by an alias. The certificate of the sample is for its name.
func dial(document map[string]any, endpoints map[string][]string) {
	for _, cluster := range clusters(document) {
		etcd := object(cluster, "etcd")
		for _, key := range []string{"hostAliases", "endpointsFor", "serverCertificates"} {
			delete(etcd, key)
		}
		if urls, found := endpoints[cluster["name"].(string)]; found {
			etcd["endpoints"] = urls
		}
	}
}

// mixed is the mesh, whose hand-run etcds run.
type mixed struct {
	*mesh
	chart   chart
	release release
	method  string // what makes the certificates of the Helm cluster, if it is not the chart's default
}

func newMixed(t *testing.T, c chart, method string) *mixed {
	t.Helper()
	s := &mixed{mesh: newMesh(t, mixedSample), chart: c, release: agentsOf(c), method: method}
	s.change(t, func(document map[string]any) {
		setVersion(document, c.minor)
		if method == "provided" {
			delete(object(document, "trust"), "authorities")
			for _, cluster := range clusters(document) {
				if cluster["name"] == "cairo" {
					cluster["runtime"] = map[string]any{"kind": "helm", "method": method}
					for _, key := range []string{"authority", "clientSigner", "serverCertificates"} {
						delete(object(cluster, "etcd"), key)
					}
				}
			}
		}
		if !c.before("1.20") {
			return
		}
		// Its pods read no aliases.
		dial(document, map[string][]string{"rome": {romeURL}, "cairo": {"https://10.63.0.1:" + nodePort}})
	})
	s.spec = spec{}
	readYAML(t, s.file(), &s.spec)
	s.create(t)
	archives := s.archives(t, "etcd", s.members())
	for n, name := range []string{"oslo", "rome"} {
		startEtcd(t, s.mesh, s.cluster(t, name), firstMixedEtcd+n, archives[name])
		s.enable(t, s.byAddress(t, name))
	}
	nodes := s.nodes(t)
	for _, b := range nodes {
		b.announce(t)
	}
	for name := range nodes {
		s.awaitBeats(t, s.byAddress(t, name), 1)
	}
	return s
}

// byAddress is a hand-run cluster for those who read no aliases.
func (s *mixed) byAddress(t *testing.T, name string) clusterSpec {
	t.Helper()
	spec := s.cluster(t, name)
	spec.Etcd.Endpoints = []string{"https://" + net.JoinHostPort(spec.Etcd.Members[0].Addresses[0], etcdPort)}
	return spec
}

// nodes is one bundle of each hand-run cluster, as it was written last.
func (s *mixed) nodes(t *testing.T) map[string]bundle {
	t.Helper()
	nodes := map[string]bundle{}
	for _, b := range s.bundles(t) {
		nodes[b.cluster] = b
	}
	if names := slices.Sorted(maps.Keys(nodes)); !slices.Equal(names, []string{"oslo", "rome"}) {
		t.Fatalf("bundles of %v", names)
	}
	return nodes
}

// link generates for a release with these values, installs it, and looks at all links.
func (s *mixed) link(t *testing.T, mode string, kvstoremesh bool) {
	t.Helper()
	s.generateFor(t, map[string]any{"authMode": mode, "kvstoremesh": kvstoremesh})
	s.checkLinks(t, s.chart.installFiles(t, s.values(t), s.objects(t)), kvstoremesh)
}

// linkMerged is link with the values of an owner whose pods trust CAs of a bundle, in place of those in Secrets.
func (s *mixed) linkMerged(t *testing.T) {
	values := "hubble: {enabled: false}\nclustermesh: {apiserver: {tls: {authMode: migration, auto: {method: helm}}, kvstoremesh: {enabled: yes}}}\n" +
		"tls:\n  caBundle:\n    enabled: true\n    content: |\n" + indented(newAuthority(t, "corp").pem(t), 6)
	writeFile(t, filepath.Join(s.dir, ownerFile), values)
	s.generateFor(t, map[string]any{"values": ownerFile})
	s.checkLinks(t, s.chart.installFiles(t, []string{filepath.Join(s.helmDir(), valuesFile)}, s.objects(t)), true)
}

// generateFor generates for a release of which the mesh says this.
func (s *mixed) generateFor(t *testing.T, said map[string]any) {
	t.Helper()
	s.change(t, func(document map[string]any) {
		for _, cluster := range clusters(document) {
			if cluster["name"] == "cairo" {
				runtime := map[string]any{"kind": "helm"}
				if s.method != "" {
					runtime["method"] = s.method
				}
				maps.Copy(runtime, said)
				cluster["runtime"] = runtime
			}
		}
	})
	s.forget(t)
	s.generate(t)
}

// forget says that nothing is installed at the Helm cluster, so that the next release is a new one: KVStoreMesh of one that runs is turned on and
// off in two runs.
func (s *mixed) forget(t *testing.T) {
	t.Helper()
	output(t, exec.Command(os.Getenv(binaryVariable), "rollout", "record", s.file(), "--by-hand", "cairo/helm", "--generation", "0"))
}

// checkLinks looks at all links.
func (s *mixed) checkLinks(t *testing.T, d *deployed, kvstoremesh bool) {
	t.Helper()
	if s.method == "provided" {
		s.checkSecrets(t, d)
	}
	pod, container := agentPod, agentContainer
	if kvstoremesh {
		pod, container = apiserverPod, kvstoremeshContainer
		s.checkFiles(t, d, pod, container)
	}
	s.checkFiles(t, d, agentPod, agentContainer)
	h := d.start(t, s.chart, helmHost, "10.63.0.1:"+nodePort, "10.63.0.2:"+nodePort)
	ids := map[string]uint32{"oslo": 61, "rome": 62, "cairo": 63}
	ready := func(a *agent, remotes ...string) {
		t.Helper()
		for _, remote := range remotes {
			a.getsReady(t, remote, ids[remote])
		}
	}
	if kvstoremesh {
		for _, remote := range []string{"oslo", "rome"} {
			h.cache(t, remote, ids[remote])
		}
		ready(h.reader(t, agentPod, agentContainer), "oslo", "rome")
	}
	ready(h.reader(t, pod, container), "oslo", "rome")
	for name, b := range s.nodes(t) {
		live := b.live(t)
		a := startAgent(t, s.release, b.view(t, live.path), "agent "+b.name(), append([]string{"watch", "--dir", b.target}, b.flags(t)...)...)
		ready(a, s.remotes(name)...)
	}
}

// checkSecrets checks that the chart has made none, and no CA.
func (s *mixed) checkSecrets(t *testing.T, d *deployed) {
	t.Helper()
	want := newDeployed()
	for _, file := range s.objects(t) {
		for _, manifest := range releaseutil.SplitManifests(readFile(t, file)) {
			if err := want.add(manifest); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, ours := slices.Sorted(maps.Keys(d.secrets)), slices.Sorted(maps.Keys(want.secrets))
	if !slices.Equal(got, ours) {
		t.Errorf("the cluster has the Secrets %v, and meshbundle wrote %v", got, ours)
	}
	for _, name := range everyCredential {
		if d.secrets[certSecret(name)] == nil {
			t.Errorf("no Secret %s", certSecret(name))
		}
	}
}

// values are the owner's, with the CA of the sample's cluster if the chart makes certificates, and those that `generate` has written.
func (s *mixed) values(t *testing.T) []string {
	t.Helper()
	file := filepath.Join(s.helmDir(), valuesFile)
	if s.method == "provided" {
		return append(asFiles(t, []string{"hubble: {enabled: false}\n"}), file)
	}
	encoded := func(name string) string {
		return base64.StdEncoding.EncodeToString([]byte(readFile(t, filepath.Join(s.dir, mixedSample, name))))
	}
	owner := fmt.Sprintf("hubble: {enabled: false}\ntls: {ca: {cert: %s, key: %s}}\n", encoded("cilium-ca.crt"), encoded("cilium-ca.key"))
	return append(asFiles(t, []string{owner}), file)
}

// objects are what kustomization.yaml lists.
func (s *mixed) objects(t *testing.T) (files []string) {
	t.Helper()
	var kustomization struct{ Resources []string }
	readYAML(t, filepath.Join(s.helmDir(), "kustomization.yaml"), &kustomization)
	for _, resource := range kustomization.Resources {
		files = append(files, filepath.Join(s.helmDir(), resource))
	}
	return files
}

func (s *mixed) helmDir() string { return filepath.Join(s.out, "bundles", "cairo", "helm") }

// checkFiles checks that Cilium finds the hand-run clusters in a container's directory, and all files that their configs name.
func (s *mixed) checkFiles(t *testing.T, d *deployed, pod, container string) {
	t.Helper()
	root, err := d.mount(t, pod, container)
	if err != nil {
		t.Fatalf("%s does not start: %v", pod, err)
	}
	var report filesReport
	r := nearest(releases, s.chart)
	r.ask(t, view{}.with(t, root+clustermeshDir, clustermeshDir), &report, "files", clustermeshDir)
	report.check(t, r, container, []string{"oslo", "rome"})
	for _, remote := range []string{"oslo", "rome"} {
		var config etcdConfig
		readYAML(t, filepath.Join(root, clustermeshDir, remote), &config)
		for _, file := range []string{config.TrustedCA, config.Certificate, config.Key} {
			if info, err := os.Stat(filepath.Join(root, file)); err != nil || info.Size() == 0 || !strings.HasPrefix(file, clustermeshDir+"/") {
				t.Errorf("%s of %s: the config of %s names %q, which is not there (%v)", container, s.chart.minor, remote, file, err)
			}
		}
	}
}
