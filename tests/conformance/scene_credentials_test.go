package conformance

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// template is a certificate of a server with some addresses (host:port) and names.
func (s *scene) template(name string, at ...string) *x509.Certificate {
	template := certificateTemplate(name)
	template.IPAddresses, template.DNSNames = nil, nil
	for _, one := range at {
		host, _, err := net.SplitHostPort(one)
		if address := net.ParseIP(host); err == nil && address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
		} else {
			template.DNSNames = append(template.DNSNames, one)
		}
	}
	return template
}

// clientTemplate is a certificate of a client. It needs no SAN.
func clientTemplate(name string) *x509.Certificate {
	template := certificateTemplate(name)
	template.IPAddresses, template.DNSNames = nil, nil
	return template
}

// issue makes the credentials.
func (s *scene) issue(t *testing.T) {
	t.Helper()
	s.ca, s.foreign = newAuthority(t, "mesh"), newAuthority(t, "stranger")
	s.ca.anchor(t, filepath.Join(s.dir, "ca.crt"))
	s.foreign.anchor(t, filepath.Join(s.dir, "stranger-ca.crt"))
	var names []string
	for name := range hostsOfLinks {
		names = append(names, name)
	}
	balancers := []string{haproxyPasses, haproxyEnds, haproxyEndsBlind, haproxyTwo, haproxyNone, haproxySNI, haproxyIdle,
		nginxPasses, gatewayServer, proxyDenied, proxyOpen}
	s.ca.issue(t, s.dir, "main", s.template("main", append(append(names, mainServer, mainIPv6, slowServer, narrowLine), balancers...)...))
	s.ca.issue(t, s.dir, "other", s.template("other", append(append(names, otherServer), balancers...)...))
	s.ca.issue(t, s.dir, "balancer", s.template("balancer", balancers...))
	servers := []string{silentEtcd, trioOne, trioTwo, trioCutOff, voter, learner, "127.1.4.1:2379", "127.1.4.2:2379", "127.1.4.3:2379", "127.1.4.4:2379"}
	for n := range newerEtcds {
		servers = append(servers, generationServer(n))
	}
	for n := range heartbeats {
		servers = append(servers, heartbeatServer(n))
	}
	s.ca.issue(t, s.dir, "server", s.template("server", servers...))
	s.ca.issue(t, s.dir, "far", s.template("far", append(farServers(), natPath+":2379")...))
	s.issueClients(t)
}

// issueClients makes a credential for every user, and those that are not in order.
func (s *scene) issueClients(t *testing.T) {
	t.Helper()
	for name := range usersOfMain {
		s.ca.issue(t, s.dir, name, clientTemplate(name))
	}
	for _, user := range []string{"root", "nobody", "roleless"} {
		s.ca.issue(t, s.dir, user, clientTemplate(user))
	}
	changed := func(name string, change func(template *x509.Certificate)) {
		template := clientTemplate("reader")
		change(template)
		s.ca.issue(t, s.dir, name, template)
	}
	changed("expired", func(template *x509.Certificate) { template.NotAfter = time.Now().Add(-24 * time.Hour) })
	changed("early", func(template *x509.Certificate) { template.NotBefore = time.Now().Add(24 * time.Hour) })
	changed("server-only", func(template *x509.Certificate) {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	changed("elsewhere", func(template *x509.Certificate) { template.IPAddresses = []net.IP{net.ParseIP("10.1.2.3")} })
	s.ca.issue(t, s.dir, "nameless", clientTemplate(""))
	s.foreign.issue(t, s.dir, "stranger", clientTemplate("reader"))
	middle := s.ca.under(t, authorityTemplate("middle"))
	middle.issueFor(t, s.dir, "with-middle", clientTemplate("reader"), newKey(t), middle)
	middle.issueFor(t, s.dir, "without-middle", clientTemplate("reader"), newKey(t))
	s.ca.issueFor(t, s.dir, "rsa", clientTemplate("reader"), newRSAKey(t))
	s.ca.issueFor(t, s.dir, "ed25519", clientTemplate("reader"), newEdKey(t))
}

func newRSAKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newEdKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// fronted is a server of TLS before the open etcd, changed as a kind of link says: it stands for an etcd with such options.
func fronted(change func(t *testing.T, s *scene, f *front)) func(t *testing.T, s *scene, at string) []string {
	return func(t *testing.T, s *scene, at string) []string {
		t.Helper()
		pool := x509.NewCertPool()
		pool.AddCert(s.ca.certificate)
		f := &front{
			template: s.template("front", at), signer: s.ca, key: newKey(t), host: at,
			config: &tls.Config{NextProtos: []string{"h2"}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool},
		}
		change(t, s, f)
		if f.signer == nil {
			self := sign(t, f.template, nil, f.key.Public(), f.key)
			writePEM(t, f.anchor, "CERTIFICATE", self.Raw)
			f.config.Certificates = []tls.Certificate{{Certificate: [][]byte{self.Raw}, PrivateKey: f.key}}
		} else {
			f.config.Certificates = []tls.Certificate{f.signer.issueFor(t, t.TempDir(), "front", f.template, f.key, f.chain...)}
		}
		startFront(t, at, openServer, f.config)
		return []string{"https://" + f.host}
	}
}

// front is what a server of TLS presents, and takes.
type front struct {
	template *x509.Certificate
	signer   *authority // none signs its own, and writes it to anchor
	anchor   string
	key      crypto.Signer
	chain    []*authority
	config   *tls.Config
	host     string // host:port, as the endpoint is written
}
