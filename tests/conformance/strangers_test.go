package conformance

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// refusesStrangers dials each etcd without a certificate, and with those that were issued for another cluster's etcd. Only what
// was issued for it may open it.
func (n *network) refusesStrangers(t *testing.T) {
	for _, e := range n.etcds {
		if opens(t, e, nil) {
			t.Errorf("the etcd of %s opens without a certificate", e.cluster)
		}
		for _, node := range n.nodes {
			for _, remote := range node.remotes {
				config := node.config(t, n.release, remote)
				pair, err := tls.LoadX509KeyPair(
					filepath.Join(node.configs, filepath.Base(config.Certificate)), filepath.Join(node.configs, filepath.Base(config.Key)))
				if err != nil {
					t.Fatalf("%s, for %s: %v", node.name(), remote, err)
				}
				if got, want := opens(t, e, &pair), remote == e.cluster; got != want {
					t.Errorf("the etcd of %s opens for what %s shows to %s: %v", e.cluster, node.name(), remote, got)
				}
			}
		}
	}
}

// opens says whether an etcd goes on talking after it has seen a client's certificate, or the lack of one.
func opens(t *testing.T, e etcd, certificate *tls.Certificate) bool {
	t.Helper()
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}} // the server's side is the agents' to judge
	if certificate != nil {
		// Send it whatever authorities the server asks for: refusing is the server's part.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }
	}
	connection, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", e.admin, config)
	if err != nil {
		return false
	}
	defer connection.Close()
	// In TLS 1.3 the server's verdict comes after the handshake: its first HTTP/2 frame, or an alert.
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Write([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")); err != nil {
		return false
	}
	_, err = connection.Read(make([]byte, 1))
	return err == nil
}
