package conformance

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The hand-run cluster that is linked with helm1.
const (
	eastHost = "127.2.1.1"
	eastID   = 1
)

// helmScene is what one link is made of: certificates of helm1 are of the owner's CA, and those of whoever reads east of east's.
type helmScene struct {
	chart       chart
	mode        string // authMode
	kvstoremesh bool
	owner, east *authority
}

// TestHelmLinks links helm1, which runs with what a chart makes of values and Secrets, with east, whose etcd is run by hand. KVStoreMesh
// or agents read east, agents read KVStoreMesh, and agents of east read helm1: all links are ready.
func TestHelmLinks(t *testing.T) {
	for _, c := range charts {
		t.Run(c.minor, func(t *testing.T) {
			east := startEast(t, c)
			for n, form := range helmForms {
				t.Run(form.name, func(t *testing.T) {
					for m, mode := range authModes {
						for k, kvstoremesh := range []bool{true, false} {
							s := helmScene{chart: c, mode: mode, kvstoremesh: kvstoremesh, owner: newAuthority(t, "owner ca"), east: east}
							t.Run(fmt.Sprintf("%s/kvstoremesh-%t", mode, kvstoremesh), func(t *testing.T) {
								t.Parallel()
								s.link(t, form, fmt.Sprintf("127.2.2.%d", 1+k+2*(m+len(authModes)*n)))
							})
						}
					}
				})
			}
		})
	}
}

// link starts helm1, whose etcd listens at host, and looks at all links.
func (s helmScene) link(t *testing.T, form helmForm, host string) {
	t.Helper()
	values, manifests := form.installation(t, s)
	d := s.chart.installFiles(t, asFiles(t, values), asFiles(t, manifests))
	s.check(t, d.start(t, s.chart, host), form.signer(s))
}

// agentsOf is the release that reads what a chart makes: its own, or the next one.
func agentsOf(c chart) release { return nearest(slices.Concat(releases, earlierReleases), c) }

// nearest is a chart's own release, or the next one that there is.
func nearest(releases []release, c chart) release {
	nearest := releases[0]
	for _, r := range releases {
		if !r.before(c.minor) && r.before(nearest.minor) {
			nearest = r
		}
	}
	return nearest
}

// asFiles writes texts as values and manifests come from meshbundle.
func asFiles(t *testing.T, texts []string) (files []string) {
	t.Helper()
	dir := t.TempDir()
	for n, text := range texts {
		file := filepath.Join(dir, fmt.Sprintf("%d.yaml", n))
		writeFile(t, file, text)
		files = append(files, file)
	}
	return files
}

// hasConfigKey is there where a cluster-config will be. KVStoreMesh and agents up to 1.15 read it first, and do not connect where the etcd
// denies it (IsClusterConfigRequired in pkg/clustermesh/utils/clustercfg.go).
const hasConfigKey = "cilium/.has-cluster-config"

// startEast starts the etcd of east, which a cluster with this chart may read, and returns its CA.
func startEast(t *testing.T, c chart) *authority {
	t.Helper()
	ca, dir := newAuthority(t, "east ca"), t.TempDir()
	ca.anchor(t, filepath.Join(dir, "ca.crt"))
	server := certificateTemplate("east")
	server.IPAddresses = []net.IP{net.ParseIP(eastHost)}
	ca.issue(t, dir, "server", server)
	ca.issue(t, dir, "root", clientTemplate("root"))
	east := startServer(t, dir, serverSpec{name: "east", pair: "server", at: []string{net.JoinHostPort(eastHost, etcdPort)}})
	grants := slices.Clone(rights)
	if c.before("1.16") {
		grants = append(grants, hasConfigKey)
	}
	east.user(t, "remote-helm1", grants...)
	east.authorise(t)
	east.put(t, map[string]string{"cilium/cluster-config/east": fmt.Sprintf(`{"id":%d}`, eastID)})
	east.beat(t, timely)
	return ca
}

// check looks at all links.
func (s helmScene) check(t *testing.T, h *helmRun, signer *authority) {
	t.Helper()
	pod, container := agentPod, agentContainer
	if s.kvstoremesh {
		pod, container = apiserverPod, kvstoremeshContainer
		h.cache(t, "east", eastID)
		h.reader(t, agentPod, agentContainer).getsReady(t, "east", eastID)
	}
	h.reader(t, pod, container).getsReady(t, "east", eastID)

	user := map[string]string{"legacy": "remote", "migration": "remote-east", "cluster": "remote-east"}[s.mode]
	dir := h.handRun(t, signer.identity(t, user))
	a := startAgent(t, h.release, h.machine(t), "agent of east",
		"watch", "--dir", dir, "--cluster-name=east", fmt.Sprintf("--cluster-id=%d", eastID))
	a.getsReady(t, h.name, 102)

	// The control: the etcd of helm1 has rights, and no other users.
	report := nearest(releases, h.chart).troubleshoot(t, h.machine(t), filepath.Join(h.handRun(t, signer.identity(t, "remote-west")), h.name))
	if !strings.Contains(report, "permission denied") {
		t.Errorf("the etcd of helm1 does not refuse remote-west its keys:\n%s", report)
	}
}

// handRun is a directory for agents of a hand-run cluster that read this one.
func (h *helmRun) handRun(t *testing.T, client identity) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "ca.crt"), string(h.secrets[certSecret(serverCredential)].Data["ca.crt"]))
	writeFile(t, filepath.Join(dir, "tls.crt"), client.certificate)
	writeFile(t, filepath.Join(dir, "tls.key"), client.key)
	writeFile(t, filepath.Join(dir, h.name), fmt.Sprintf("endpoints: [https://%s%s:%s]\n", h.name, aliasDomain, etcdPort)+
		fmt.Sprintf("trusted-ca-file: %[1]s/ca.crt\ncert-file: %[1]s/tls.crt\nkey-file: %[1]s/tls.key\n", dir))
	return dir
}
