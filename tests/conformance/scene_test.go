package conformance

import (
	"crypto/x509"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Where the etcds of TestProbe are, and where nothing is.
const (
	mainServer   = "127.1.0.1:2379" // in order, with rights
	mainElse     = "127.1.0.9:2379" // the same one, by an address that its certificate lacks
	endedServer  = "127.1.0.2:2379" // with an expired certificate
	silentServer = "127.1.0.3:2379" // without a heartbeat
	plainServer  = "127.1.0.4:2379" // without TLS
	slowServer   = "127.1.0.5:2379" // the first one at the end of a slow line
	nobodyThere  = "127.1.0.1:2999"
	blackHole    = "10.99.0.1:2379"
	// slowness is how long each piece takes there, each way.
	slowness = 600 * time.Millisecond
)

// reader is the cluster whose agents read.
const (
	readerName = "reader"
	readerID   = 1
)

// scene is some etcds, good and bad, with credentials for them.
type scene struct {
	dir    string // of the credentials
	main   *server
	silent *server
}

// rights are what a peer may read, wherever it asks.
var rights = []string{"cilium/.heartbeat*", "cilium/state/*", "cilium/cluster-config/*", "cilium/synced/*"}

func startScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{dir: t.TempDir()}
	ca, foreign := newAuthority(t, "mesh"), newAuthority(t, "stranger")
	ca.anchor(t, filepath.Join(s.dir, "ca.crt"))
	foreign.anchor(t, filepath.Join(s.dir, "stranger-ca.crt"))
	at := func(name string, addresses ...string) *x509.Certificate {
		template := certificateTemplate(name)
		template.IPAddresses = nil
		for _, address := range addresses {
			host, _, _ := net.SplitHostPort(address)
			template.IPAddresses = append(template.IPAddresses, net.ParseIP(host))
		}
		return template
	}
	expired := func(template *x509.Certificate) *x509.Certificate {
		template.NotAfter = time.Now().Add(-24 * time.Hour)
		return template
	}
	ca.issue(t, s.dir, "main", at("main", mainServer, slowServer))
	ca.issue(t, s.dir, "silent", at("silent", silentServer))
	ca.issue(t, s.dir, "ended", expired(at("ended", endedServer)))
	for _, user := range []string{"root", "reader", "nobody", "roleless", "onekey", "narrow"} {
		ca.issue(t, s.dir, user, certificateTemplate(user))
	}
	ca.issue(t, s.dir, "expired", expired(certificateTemplate("reader")))
	foreign.issue(t, s.dir, "stranger", certificateTemplate("reader"))

	s.main = startServer(t, s.dir, "main", "main", mainServer, mainElse)
	s.silent = startServer(t, s.dir, "silent", "silent", silentServer)
	startServer(t, s.dir, "ended", "ended", endedServer)
	startServer(t, s.dir, "plain", "", plainServer)
	startProxy(t, slowServer, mainServer, slowness)
	output(t, exec.Command("ip", "address", "replace", "10.98.0.1", "dev", "lo"))
	output(t, exec.Command("ip", "route", "replace", "10.99.0.0/16", "dev", "lo", "src", "10.98.0.1"))

	s.main.user(t, "reader", rights...)
	s.main.user(t, "onekey", append([]string{"cilium/.heartbeat"}, rights[1:]...)...)
	s.main.user(t, "narrow", rights[0], rights[2], rights[3], "cilium/state/nodes/*", "cilium/state/services/*", "cilium/state/ip/*")
	s.main.control(t, "user", "add", "roleless", "--no-password")
	s.main.authorise(t)
	for _, l := range links {
		on := s.main
		if strings.Contains(l.endpoints[0], silentServer) {
			on = s.silent
		}
		if l.announced != "" {
			on.control(t, "put", "cilium/cluster-config/"+l.name, l.announced)
		}
	}
	return s
}

// beat keeps the heartbeat, and the cluster-config of the healthy link, in the main etcd, by Cilium's own code.
func (s *scene) beat(t *testing.T, r release) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "main")
	writeFile(t, config, s.config(link{endpoints: []string{"https://" + mainServer}, client: "root"}))
	a := startAgent(t, r, view{}, "announce", "announce", "--etcd-config", config,
		"--cluster-name", healthyLink, fmt.Sprintf("--cluster-id=%d", healthyID))
	a.await(t, "the healthy cluster is announced", func() bool { return a.count("announced", healthyLink) == 1 })
}

// config is the text of a link's config.
func (s *scene) config(l link) string {
	anchors, client := "ca.crt", "reader"
	if l.anchors != "" {
		anchors = l.anchors
	}
	if l.client != "" {
		client = l.client
	}
	return fmt.Sprintf("endpoints:\n- %s\ntrusted-ca-file: %s\ncert-file: %s.crt\nkey-file: %s.key\n", strings.Join(l.endpoints, "\n- "),
		filepath.Join(s.dir, anchors), filepath.Join(s.dir, client), filepath.Join(s.dir, client))
}
