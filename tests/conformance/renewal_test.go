package conformance

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"testing"
)

const (
	// renewals is how often each member's certificate is replaced: a request falls between the two renames now and then only.
	renewals = 8
	// steadyRequests is how many requests are made before, and after.
	steadyRequests = 10
)

// renewsUnderWay replaces the server certificates of a running etcd by two renames each, again and again, while one of its own
// agents makes requests, each over a connection of its own. None may fail: a client whose handshake falls between the two dials
// again by itself.
func (n *bareMetal) renewsUnderWay(t *testing.T) {
	node := n.nodes[0]
	c := n.mesh.cluster(t, node.cluster)
	n.mesh.change(t, func(document map[string]any) {
		for _, cluster := range clusters(document) {
			if cluster["name"] == c.Name {
				object(cluster, "etcd")["extraDnsNames"] = []string{"renewed.example.net"}
			}
		}
	})
	// With new keys: with the old ones, the files of a pair fit between the renames, too.
	options := []string{"--rekey"}
	for _, l := range c.listeners(t) {
		options = append(options, "--only", c.Name+"/member/"+l.member)
	}
	n.mesh.generate(t, options...)
	archives := n.mesh.archives(t, "etcd", n.mesh.members())[c.Name]

	for _, l := range c.listeners(t) {
		n.renew(t, c.Name, l, node.ownView(t), filepath.Join(unpack(t, archives[l.member]), "payload", memberDir))
	}
	for _, node := range n.nodes { // and who was connected was left alone
		node.live.fence(t, node.agent)
		node.checkRuns(t, 1)
	}
}

// renew replaces the server certificate of one member, while a client of its cluster has no other member to turn to.
func (n *bareMetal) renew(t *testing.T, cluster string, l listener, machine view, renewed string) {
	t.Helper()
	client := startAgent(t, n.release, machine, "client of "+l.member, "steady", ownConfig, cluster, "https://"+l.at[0])
	await := func(more int) {
		t.Helper()
		requests := client.count("wrote", cluster) + more
		client.await(t, "requests are answered", func() bool { return client.count("wrote", cluster) >= requests })
	}
	live, kept := n.files[l.member], t.TempDir()
	for _, file := range []string{"server.crt", "server.key"} {
		writeFile(t, filepath.Join(kept, file), readFile(t, filepath.Join(live.path, file)))
	}
	await(steadyRequests)
	// There and back, and there at last: what counts are the moments between two renames.
	for i := range renewals {
		live.rename(t, []string{renewed, kept}[i%2], "server.crt", "server.key")
		await(1)
	}
	live.rename(t, renewed, "server.crt", "server.key")
	await(steadyRequests)
	old, new := leaf(t, kept), leaf(t, renewed)
	if got := shownAt(t, l.at[0], loadPair(t, renewed, "server.crt", "server.key")); old.Equal(new) || !got.Equal(new) {
		t.Errorf("%s does not show its new certificate, but %v", l.member, got.DNSNames)
	}
	client.stop(t)
	if failures := client.count("failed", cluster); failures != 0 {
		t.Errorf("%s: %d requests failed: %v", l.member, failures, client.events)
	}
}

// leaf is the server's certificate in a directory.
func leaf(t *testing.T, dir string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(readFile(t, filepath.Join(dir, "server.crt"))))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// shownAt is the certificate that a server shows.
func shownAt(t *testing.T, at string, client *tls.Certificate) *x509.Certificate {
	t.Helper()
	connection, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{*client}})
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	return connection.ConnectionState().PeerCertificates[0]
}
