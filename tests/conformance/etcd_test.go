package conformance

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	// memberDir is where a member's archive puts its files; its etcd.env names them there.
	memberDir = "/etc/etcd/clustermesh"
	// firstAdminPort is the first of the ports on 127.0.0.1, one a cluster, by which the tests reach an etcd whatever its
	// endpoints are. The network namespace is ours, so all are free.
	firstAdminPort = 20001
	peerPort       = "2380"
	// rootPassword is of the etcd user by which the tests write.
	rootPassword = "conformance"
)

// etcd is the running etcd of one cluster of the mesh.
type etcd struct {
	clusterSpec
	admin   string              // host:port
	files   map[string]*liveDir // what each member has at memberDir, of those that get it from meshbundle
	peers   []string            // NAME=URL of every member
	members map[string]*member
}

// member is one process of an etcd, and what it takes to start it.
type member struct {
	listener
	machine     view
	environment map[string]string
	process     *process
}

// consumer is a bundle whose agents dial an etcd, with the config that they have for it.
type consumer struct {
	bundle
	view   view
	config etcdConfig
}

// startEtcd starts all members of a cluster's etcd where the spec says that they are: each with the TLS files and the
// environment of its own archive, or, if it gets none, with the files that the etcd has had before.
func startEtcd(t *testing.T, m *mesh, c clusterSpec, number int, archives map[string]string) *etcd {
	t.Helper()
	e := &etcd{clusterSpec: c, admin: fmt.Sprintf("127.0.0.1:%d", firstAdminPort+number), files: map[string]*liveDir{}, members: map[string]*member{}}
	listeners := c.listeners(t)
	scheme := "http"
	if m.hasPeers(c) {
		scheme = "https"
	}
	for _, l := range listeners {
		host, _, _ := net.SplitHostPort(l.at[0])
		e.peers = append(e.peers, l.member+"="+scheme+"://"+net.JoinHostPort(host, peerPort))
		for _, at := range l.at {
			addAddress(t, at)
		}
	}
	for i, l := range listeners {
		machine, environment := view{}, map[string]string{}
		if archive, isOurs := archives[l.member]; isOurs {
			e.files[l.member] = &liveDir{path: t.TempDir(), staging: t.TempDir()}
			environment = e.install(t, m, l.member, archive)
			machine = machine.with(t, e.files[l.member].path, memberDir)
		} else {
			dir := filepath.Join(m.dir, fixturesDir, c.Name)
			environment["cert-file"], environment["key-file"] = filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
			environment["trusted-ca-file"], environment["client-cert-auth"] = filepath.Join(dir, "server-client-ca.crt"), "true"
		}
		if i == 0 {
			l.at = append(l.at, e.admin)
		}
		e.members[l.member] = &member{listener: l, machine: machine, environment: environment}
		e.start(t, l.member, "new")
	}
	return e
}

// install puts the files of a member's archive in place, and returns what its etcd.env sets.
func (e *etcd) install(t *testing.T, m *mesh, member, archive string) map[string]string {
	t.Helper()
	files := filepath.Join(unpack(t, archive), "payload", memberDir)
	e.files[member].install(t, files)
	environment := readEnv(t, filepath.Join(files, "etcd.env"), "ETCD_")
	for option := range environment {
		for _, foreign := range []string{"name", "data-dir", "listen-", "advertise-", "initial-", "discovery"} {
			if strings.HasPrefix(option, foreign) {
				t.Errorf("%s of %s: etcd.env sets %s, which is not about TLS", member, e.Name, option)
			}
		}
	}
	if _, set := environment["peer-cert-file"]; set != m.hasPeers(e.clusterSpec) {
		t.Errorf("%s of %s: etcd.env has TLS for peers: %v", member, e.Name, set)
	}
	return environment
}

// start starts a member with a data directory of its own, as one of a `new` etcd, or in another's place of an `existing` one.
func (e *etcd) start(t *testing.T, name, state string) {
	t.Helper()
	m := e.members[name]
	clients := "https://" + strings.Join(m.at, ",https://")
	command := m.machine.command("etcd",
		"--name", name, "--data-dir", filepath.Join(t.TempDir(), "data"),
		"--listen-client-urls", clients, "--advertise-client-urls", clients,
		"--listen-peer-urls", e.peerURL(name), "--initial-advertise-peer-urls", e.peerURL(name),
		"--initial-cluster", strings.Join(e.peers, ","), "--initial-cluster-token", e.Name, "--initial-cluster-state", state)
	command.Env = append(os.Environ(), asVariables(m.environment)...)
	m.process = start(t, "etcd "+e.Name+"/"+name, command)
}

// peerURL is where a member listens for others.
func (e *etcd) peerURL(name string) string {
	for _, peer := range e.peers {
		if of, url, _ := strings.Cut(peer, "="); of == name {
			return url
		}
	}
	return ""
}

// asVariables are options of etcd as its environment has them.
func asVariables(options map[string]string) []string {
	var variables []string
	for option, value := range options {
		variables = append(variables, "ETCD_"+strings.ToUpper(strings.ReplaceAll(option, "-", "_"))+"="+value)
	}
	return variables
}

// authorise makes the users that `generate` has asked for, and lets them read what a peer may read: the ranges that Cilium
// grants its `remote` users (rangesForRemoteRole in pkg/kvstore/etcdinit/init.go). An existing credential's user is there
// already. Each consumer must be one of them, by the common name of its certificate.
func (e *etcd) authorise(t *testing.T, users []string, consumers []consumer) {
	t.Helper()
	control := func(args ...string) {
		t.Helper()
		c := consumers[0]
		c.view.run(t, "etcdctl", append([]string{
			"--endpoints", "https://" + e.admin, "--cacert", c.config.TrustedCA, "--cert", c.config.Certificate, "--key", c.config.Key,
			"--dial-timeout", "30s", "--command-timeout", "60s",
		}, args...)...)
	}

	if e.Etcd.Client != nil {
		if len(users) != 0 {
			t.Errorf("%s: its owners handed a credential out, and are asked for the users %v", e.Name, users)
		}
		users = []string{consumers[0].clientCertificate(t, consumers[0].config).Subject.CommonName}
	}
	for _, c := range consumers {
		if user := c.clientCertificate(t, c.config).Subject.CommonName; user == "root" || !slices.Contains(users, user) {
			t.Errorf("%s is %q to the etcd of %s, where the users are %v", c.name(), user, e.Name, users)
		}
	}

	control("role", "add", "peer")
	control("role", "grant-permission", "peer", "read", "cilium/cluster-config/"+e.Name)
	for _, prefix := range []string{"cilium/.heartbeat", "cilium/state/", "cilium/synced/" + e.Name + "/"} {
		control("role", "grant-permission", "peer", "read", "--prefix", prefix)
	}
	for _, user := range users {
		control("user", "add", user, "--no-password")
		control("user", "grant-role", user, "peer")
	}
	control("user", "add", "root:"+rootPassword)
	control("user", "grant-role", "root", "root")
	control("auth", "enable")
}

// announce keeps the cluster-config and the heartbeat in the etcd, by a consumer's credentials, but as etcd's root: consumers may
// only read.
func (e *etcd) announce(t *testing.T, r release, flags []string, c consumer) *agent {
	t.Helper()
	config := filepath.Join(t.TempDir(), e.Name)
	writeFile(t, config, fmt.Sprintf("endpoints: [https://%s]\nusername: root\npassword: %s\n", e.admin, rootPassword)+
		fmt.Sprintf("trusted-ca-file: %s\ncert-file: %s\nkey-file: %s\n", c.config.TrustedCA, c.config.Certificate, c.config.Key))
	return startAgent(t, r, c.view, "announce "+e.Name, append([]string{"announce", "--etcd-config", config}, flags...)...)
}

// addAddress gives the sandbox's loopback the address of a host:port pair. 127.0.0.0/8 is there already. Who dials an IPv4
// address comes from 127.0.0.1: by itself the kernel would have him come from the address that he dials, which no member's
// certificate is for but that member's (checkCertSAN in etcd's transport/listener_tls.go).
func addAddress(t *testing.T, at string) {
	t.Helper()
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	switch ip := net.ParseIP(host); {
	case ip.IsLoopback():
	case ip.To4() != nil:
		output(t, exec.Command("ip", "route", "replace", "local", host, "dev", "lo", "table", "local", "src", "127.0.0.1"))
	default:
		output(t, exec.Command("ip", "address", "replace", host, "dev", "lo"))
	}
}
