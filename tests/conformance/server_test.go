package conformance

import (
	"net"
	"os/exec"
	"path/filepath"
	"testing"
)

// server is an etcd of one member that tests of links fill as they like; nothing in it comes from meshbundle.
type server struct {
	address string // host:port
	flags   []string
}

// startServer starts an etcd at some addresses, of which the first is where etcdctl finds it. Of certificates it has those that
// `pair`.crt and `pair`.key in dir are; without a pair it speaks no TLS.
func startServer(t *testing.T, dir, name, pair string, addresses ...string) *server {
	t.Helper()
	host, _, err := net.SplitHostPort(addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	scheme, words := "http", []string{}
	s := &server{address: addresses[0]}
	if pair != "" {
		scheme = "https"
		words = append(words, "--cert-file", filepath.Join(dir, pair+".crt"), "--key-file", filepath.Join(dir, pair+".key"),
			"--trusted-ca-file", filepath.Join(dir, "ca.crt"), "--client-cert-auth")
		// What it shows need not be good, so root does not look.
		s.flags = []string{"--insecure-skip-tls-verify", "--cacert", filepath.Join(dir, "ca.crt"),
			"--cert", filepath.Join(dir, "root.crt"), "--key", filepath.Join(dir, "root.key")}
	}
	var clients string
	for i, address := range addresses {
		if i > 0 {
			clients += ","
		}
		clients += scheme + "://" + address
	}
	peer := "http://" + net.JoinHostPort(host, peerPort)
	start(t, "etcd "+name, exec.Command("etcd", append(words, "--name", name, "--data-dir", filepath.Join(t.TempDir(), "data"),
		"--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", peer,
		"--initial-advertise-peer-urls", peer, "--initial-cluster", name+"="+peer)...))
	s.flags = append(s.flags, "--endpoints", scheme+"://"+s.address, "--dial-timeout", "30s", "--command-timeout", "60s")
	return s
}

// control runs etcdctl as root.
func (s *server) control(t *testing.T, words ...string) {
	t.Helper()
	output(t, exec.Command("etcdctl", append(append([]string{}, s.flags...), words...)...))
}

// user makes a user with a role of its own, which may read what is granted: keys, and prefixes with a `*` behind.
func (s *server) user(t *testing.T, name string, grants ...string) {
	t.Helper()
	s.control(t, "user", "add", name, "--no-password")
	s.control(t, "role", "add", name)
	s.control(t, "user", "grant-role", name, name)
	for _, grant := range grants {
		words := []string{"role", "grant-permission", name, "read"}
		if prefix := len(grant) - 1; grant[prefix] == '*' {
			words, grant = append(words, "--prefix"), grant[:prefix]
		}
		s.control(t, append(words, grant)...)
	}
}

// authorise turns rights on; root is who shows the certificate of root.
func (s *server) authorise(t *testing.T) {
	t.Helper()
	s.control(t, "user", "add", "root", "--no-password")
	s.control(t, "user", "grant-role", "root", "root")
	s.control(t, "auth", "enable")
}
