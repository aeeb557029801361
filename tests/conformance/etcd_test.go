package conformance

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sort"
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
	cluster string
	admin   string // host:port
}

// consumer is a bundle whose agents dial an etcd, with the config that they have for it.
type consumer struct {
	bundle
	view   view
	config etcdConfig
}

// startEtcd starts all members of a cluster's etcd, each with the TLS files and the environment of its own archive, on the
// addresses that the consumers dial.
func startEtcd(t *testing.T, cluster string, number int, archives map[string]string, listen []string) etcd {
	t.Helper()
	members := make([]string, 0, len(archives))
	for member := range archives {
		members = append(members, member)
	}
	sort.Strings(members)
	if len(listen) < len(members) {
		t.Fatalf("%s: %d members, but consumers dial only %v", cluster, len(members), listen)
	}

	e := etcd{cluster: cluster, admin: fmt.Sprintf("127.0.0.1:%d", firstAdminPort+number)}
	peers := make([]string, len(members))
	for i, member := range members {
		host, _, _ := net.SplitHostPort(listen[i])
		peers[i] = member + "=http://" + net.JoinHostPort(host, peerPort)
	}
	for i, member := range members {
		var clients []string
		for j := i; j < len(listen); j += len(members) {
			clients = append(clients, "https://"+listen[j])
		}
		if i == 0 {
			clients = append(clients, "https://"+e.admin)
		}
		startMember(t, cluster, member, archives[member], clients, peers)
	}
	return e
}

func startMember(t *testing.T, cluster, member, archive string, clients, peers []string) {
	t.Helper()
	files := filepath.Join(unpack(t, archive), "payload", memberDir)
	environment := readEnv(t, filepath.Join(files, "etcd.env"), "ETCD_")
	for option := range environment {
		for _, foreign := range []string{"name", "data-dir", "listen-", "advertise-", "initial-", "discovery", "peer-"} {
			if strings.HasPrefix(option, foreign) {
				t.Errorf("%s of %s: etcd.env sets %s, which is not about client TLS", member, cluster, option)
			}
		}
	}

	var peer string
	for _, p := range peers {
		if name, url, _ := strings.Cut(p, "="); name == member {
			peer = url
		}
	}
	command := view{}.with(t, files, memberDir).command("etcd",
		"--name", member, "--data-dir", filepath.Join(t.TempDir(), "data"),
		"--listen-client-urls", strings.Join(clients, ","), "--advertise-client-urls", strings.Join(clients, ","),
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
		"--initial-cluster", strings.Join(peers, ","), "--initial-cluster-token", cluster)
	command.Env = os.Environ()
	for option, value := range environment {
		command.Env = append(command.Env, "ETCD_"+strings.ToUpper(strings.ReplaceAll(option, "-", "_"))+"="+value)
	}
	start(t, "etcd "+cluster+"/"+member, command)
}

// authorise makes the etcd let in, by the common name of its certificate, each consumer, and read what a peer may read: the
// ranges that Cilium grants its `remote` users (pkg/kvstore/etcdinit/init.go).
func (e etcd) authorise(t *testing.T, consumers []consumer) {
	t.Helper()
	control := func(args ...string) {
		t.Helper()
		c := consumers[0]
		c.view.run(t, "etcdctl", append([]string{
			"--endpoints", "https://" + e.admin, "--cacert", c.config.TrustedCA, "--cert", c.config.Certificate, "--key", c.config.Key,
			"--dial-timeout", "30s", "--command-timeout", "60s",
		}, args...)...)
	}

	control("role", "add", "peer")
	for _, prefix := range []string{"cilium/.heartbeat", "cilium/state/", "cilium/cluster-config/" + e.cluster, "cilium/synced/" + e.cluster + "/"} {
		control("role", "grant-permission", "peer", "read", "--prefix", prefix)
	}
	users := map[string]bool{}
	for _, c := range consumers {
		user := c.clientCertificate(t, c.config).Subject.CommonName
		if user == "" || user == "root" {
			t.Fatalf("%s shows %q to %s", c.name(), user, e.cluster)
		}
		if !users[user] {
			users[user] = true
			control("user", "add", user, "--no-password")
			control("user", "grant-role", user, "peer")
		}
	}
	control("user", "add", "root:"+rootPassword)
	control("user", "grant-role", "root", "root")
	control("auth", "enable")
}

// announce keeps the cluster-config and the heartbeat in the etcd, by a consumer's credentials, but as etcd's root: consumers may
// only read.
func (e etcd) announce(t *testing.T, r release, owner bundle, c consumer) {
	t.Helper()
	config := filepath.Join(t.TempDir(), e.cluster)
	writeFile(t, config, fmt.Sprintf("endpoints: [https://%s]\ntrusted-ca-file: %s\ncert-file: %s\nkey-file: %s\nusername: root\npassword: %s\n",
		e.admin, c.config.TrustedCA, c.config.Certificate, c.config.Key, rootPassword))
	args := append([]string{"announce", "--etcd-config", config}, owner.flags()...)
	a := startAgent(t, r, c.view, "announce "+e.cluster, args...)
	a.await(t, "the cluster is announced", func() bool { return a.count("announced", e.cluster) == 1 })
}

// addresses are the host:port pairs behind the endpoints of a cluster, in order. A host that is a name is looked up where the
// agents look: in the aliases of the config, and in the hosts file that comes along.
func addresses(t *testing.T, r release, consumers []consumer) []string {
	t.Helper()
	known := map[string]string{}
	for _, c := range consumers {
		for _, alias := range c.config.HostAliases {
			known[alias.Hostname] = alias.IPs[0]
		}
		for _, line := range strings.Split(c.hosts(t, r), "\n") {
			if fields := strings.Fields(line); len(fields) > 1 && !strings.HasPrefix(line, "#") {
				for _, name := range fields[1:] {
					known[name] = fields[0]
				}
			}
		}
	}

	seen := map[string]bool{}
	for _, c := range consumers {
		for _, endpoint := range c.config.Endpoints {
			u, err := url.Parse(endpoint)
			if err != nil || u.Scheme != "https" || u.Port() == "" {
				t.Fatalf("%s: endpoint %q is no https://host:port (%v)", c.name(), endpoint, err)
			}
			host := u.Hostname()
			if net.ParseIP(host) == nil {
				host = known[host]
			}
			if net.ParseIP(host) == nil {
				t.Fatalf("%s: nothing in the bundle says where %q is", c.name(), endpoint)
			}
			seen[net.JoinHostPort(host, u.Port())] = true
		}
	}
	addresses := make([]string, 0, len(seen))
	for address := range seen {
		addresses = append(addresses, address)
	}
	sort.Strings(addresses)
	return addresses
}
