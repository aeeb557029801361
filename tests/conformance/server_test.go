package conformance

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// server is an etcd that tests of links fill as they like; nothing in it comes from meshbundle.
type server struct {
	serverSpec
	flags   []string // of etcdctl
	dir     string   // of credentials
	process *process
}

// serverSpec says what one member is started with.
type serverSpec struct {
	name     string
	pair     string   // its certificate and key; without a pair it speaks no TLS
	anyone   bool     // it asks for no client certificate
	at       []string // host:port; etcdctl uses the first
	program  string   // the etcd, if not the machine's
	netns    string   // the network namespace, if not the sandbox's
	machine  view
	peers    []string // NAME=URL of all members of its etcd, if it has others
	peerAt   string   // where it listens for them
	existing bool     // it joins an etcd that is there
	more     []string // options
}

// scheme is how clients write its URL.
func (s serverSpec) scheme() string {
	if s.pair == "" {
		return "http"
	}
	return "https"
}

// startServer starts an etcd, with the certificates that are in dir.
func startServer(t *testing.T, dir string, spec serverSpec) *server {
	t.Helper()
	host, _, err := net.SplitHostPort(spec.at[0])
	if err != nil {
		t.Fatal(err)
	}
	s := &server{serverSpec: spec, dir: dir}
	var words []string
	file := func(name string) string { return filepath.Join(dir, name) }
	if spec.pair != "" {
		words = append(words, "--cert-file", file(spec.pair+".crt"), "--key-file", file(spec.pair+".key"))
		if !spec.anyone {
			words = append(words, "--trusted-ca-file", file("ca.crt"), "--client-cert-auth")
		}
		// What it presents need not be good, so root does not look.
		s.flags = []string{"--insecure-skip-tls-verify", "--cacert", file("ca.crt"), "--cert", file("root.crt"), "--key", file("root.key")}
	}
	if spec.peers == nil {
		spec.peerAt = net.JoinHostPort(host, peerPort)
		spec.peers = []string{spec.name + "=http://" + spec.peerAt}
	}
	advertised, state := "", "new"
	for _, peer := range spec.peers {
		if name, url, _ := strings.Cut(peer, "="); name == spec.name {
			advertised = url
		}
	}
	if spec.existing {
		state = "existing"
	}
	clients := spec.scheme() + "://" + strings.Join(spec.at, ","+spec.scheme()+"://")
	words = append(words, "--name", spec.name, "--data-dir", filepath.Join(t.TempDir(), "data"),
		"--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls", "http://"+spec.peerAt,
		"--initial-advertise-peer-urls", advertised, "--initial-cluster", strings.Join(spec.peers, ","), "--initial-cluster-state", state)
	program := spec.program
	if program == "" {
		program = "etcd"
	}
	words = append(words, spec.more...)
	if spec.netns != "" {
		program, words = "ip", append([]string{"netns", "exec", spec.netns, program}, words...)
	}
	s.process = start(t, "etcd "+spec.name, spec.machine.command(program, words...))
	s.flags = append(s.flags, "--endpoints", spec.scheme()+"://"+spec.at[0], "--dial-timeout", "60s", "--command-timeout", "60s")
	return s
}

// etcdctl is a command of root.
func (s *server) etcdctl(words ...string) *exec.Cmd {
	return exec.Command("etcdctl", append(append([]string{}, s.flags...), words...)...)
}

// control runs etcdctl as root, and returns its output.
func (s *server) control(t *testing.T, words ...string) string {
	t.Helper()
	return output(t, s.etcdctl(words...))
}

// put writes keys, many at once.
func (s *server) put(t *testing.T, keys map[string]string) {
	t.Helper()
	const most = 100 // etcd takes 128 operations in one transaction
	var puts []string
	for key, value := range keys {
		puts = append(puts, fmt.Sprintf("put %s %q\n", key, value))
	}
	for len(puts) > 0 {
		now := puts[:min(most, len(puts))]
		puts = puts[len(now):]
		command := s.etcdctl("txn")
		command.Stdin = strings.NewReader("\n" + strings.Join(now, "") + "\n\n")
		output(t, command)
	}
}

// user makes a user with a role of its own, which may read what is granted: keys, and prefixes with a `*` at the end.
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

// authorise turns rights on; root is the user that presents the certificate of root.
func (s *server) authorise(t *testing.T) {
	t.Helper()
	s.control(t, "user", "add", "root", "--no-password")
	s.control(t, "user", "grant-role", "root", "root")
	s.control(t, "auth", "enable")
}

// raise raises an alarm of etcd, as it does itself when its quota is used up or its data differ from another member's.
func (s *server) raise(t *testing.T, alarm string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(s.dir, "root.crt"), filepath.Join(s.dir, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: patience, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{pair}},
	}}
	defer client.CloseIdleConnections()
	url := s.scheme() + "://" + s.at[0] + "/v3/maintenance/alarm"
	answer, err := client.Post(url, "application/json", strings.NewReader(`{"action":"ACTIVATE","alarm":"`+alarm+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("alarm %s: %s", alarm, answer.Status)
	}
}

// beat writes the heartbeat now, and again and again until the test ends. What is written is what `value` makes of the time.
func (s *server) beat(t *testing.T, value func(now time.Time) string) {
	t.Helper()
	s.control(t, "put", heartbeatKey, value(time.Now()))
	stop, stopped := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() {
		close(stop)
		<-stopped
	})
	go func() {
		defer close(stopped)
		for ticker := time.NewTicker(heartbeatInterval); ; {
			select {
			case <-stop:
				ticker.Stop()
				return
			case now := <-ticker.C:
				if said, err := s.etcdctl("put", heartbeatKey, value(now)).CombinedOutput(); err != nil {
					t.Errorf("heartbeat of %s: %v: %s", s.name, err, said)
				}
			}
		}
	}()
}

// heartbeatInterval is shorter than the minute of what writes heartbeats, as these tests share a machine with others.
const heartbeatInterval = 40 * time.Second

// timely is the value that Cilium writes (pkg/kvstore/heartbeat).
func timely(now time.Time) string { return now.UTC().Format(time.RFC3339) }
