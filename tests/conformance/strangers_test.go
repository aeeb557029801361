package conformance

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// refusesStrangers dials each etcd without a certificate, and with those that were issued for other clusters' etcds. Only what
// the etcd's own signer has issued may open it. (Where etcds share a signer, users keep strangers out: authorise makes those.)
func (n *network) refusesStrangers(t *testing.T) {
	for _, e := range n.etcds {
		if opens(t, e.admin, nil) {
			t.Errorf("the etcd of %s opens without a certificate", e.Name)
		}
		for _, node := range n.firstNodes() {
			for _, remote := range node.remotes {
				c := n.mesh.cluster(t, remote)
				config := node.config(t, c)
				pair := loadPair(t, node.configs, filepath.Base(config.Certificate), filepath.Base(config.Key))
				if got, want := opens(t, e.admin, pair), n.mesh.signer(c) == n.mesh.signer(e.clusterSpec); got != want {
					t.Errorf("the etcd of %s opens for what %s shows to %s: %v", e.Name, node.name(), remote, got)
				}
			}
		}
		if len(e.Etcd.Members) == 0 {
			n.keepsItsClients(t, e)
		}
	}
}

// withSibling is the etcd of the brownfield sample that anchors on one of two intermediates of a root.
const withSibling = "paris"

// keepsItsClients dials an etcd that was there before the mesh with a client that it had before; and, where there is one, with a
// client of the intermediate beside the one that it anchors on.
func (n *network) keepsItsClients(t *testing.T, e *etcd) {
	t.Helper()
	dir := filepath.Join(n.mesh.dir, fixturesDir, e.Name)
	if !opens(t, e.admin, loadPair(t, dir, "own-client.crt", "own-client.key")) {
		t.Errorf("the etcd of %s no longer opens for its own client", e.Name)
	}
	if e.Name == withSibling && opens(t, e.admin, loadPair(t, dir, "sibling-client.crt", "sibling-client.key")) {
		t.Errorf("the etcd of %s opens for its sibling's client", e.Name)
	}
}

func loadPair(t *testing.T, dir, certificate, key string) *tls.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, certificate), filepath.Join(dir, key))
	if err != nil {
		t.Fatalf("%s/%s: %v", dir, certificate, err)
	}
	return &pair
}

// opens says whether an etcd goes on talking after it has seen a client's certificate, or the lack of one.
func opens(t *testing.T, at string, certificate *tls.Certificate) bool {
	t.Helper()
	return answers(t, at, certificate, "h2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
}

// answers says whether a server says anything to what is asked, after it has seen a client's certificate, or the lack of one.
func answers(t *testing.T, at string, certificate *tls.Certificate, protocol, question string) bool {
	t.Helper()
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{protocol}} // the server's side is the agents' to judge
	if certificate != nil {
		// Send it whatever authorities the server asks for: refusing is the server's part.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	connection, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", at, config)
	if err != nil {
		return false
	}
	defer connection.Close()
	// In TLS 1.3 the server's verdict comes after the handshake: its first HTTP/2 frame, or an alert.
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Write([]byte(question)); err != nil {
		return false
	}
	_, err = connection.Read(make([]byte, 1))
	return err == nil
}
