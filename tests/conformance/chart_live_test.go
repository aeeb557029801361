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

	corev1 "k8s.io/api/core/v1"
)

const (
	// serviceName is how a Helm-run cluster finds its own etcd, and aliasDomain is that of the names that all its certificates have.
	serviceName = "clustermesh-apiserver.kube-system.svc"
	aliasDomain = ".mesh.cilium.io"
	etcdPort    = "2379"
	// initialPort is where the init container's etcd listens.
	initialPort = "2378"
	usersFile   = "/var/lib/cilium/etcd-config/users.yaml"
)

// helmRun is a cluster that Helm runs: the etcd of its clustermesh-apiserver, with the files that its containers mount.
type helmRun struct {
	*deployed
	chart   chart
	release release // whose code runs in its containers
	name    string
	id      string
	host    string   // where its etcd listens, an address of the loopback
	at      []string // where it is dialled as well, as at a NodePort
	token   string   // of its etcd: the uid of the pod
	root    string   // what the container apiserver sees
	mounts  string   // what the container etcd sees

	etcd      *process
	announcer *agent
	users     *agent // what keeps the users of the ConfigMap; none without one
}

// etcd is of the generation that Cilium's image has (images/clustermesh-apiserver/Dockerfile, and values.yaml of 1.14).
func (c chart) etcd() string {
	switch {
	case c.before("1.18"):
		return etcdProgram(newerEtcds[0])
	case c.before("1.20"):
		return etcdProgram(newerEtcds[1])
	}
	return etcdProgram(newerEtcds[2])
}

// start starts what the pod clustermesh-apiserver starts, container by container. Its etcd is dialled at its host, and at more addresses.
func (d *deployed) start(t *testing.T, c chart, host string, at ...string) *helmRun {
	t.Helper()
	options := d.configMaps["cilium-config"].Data
	h := &helmRun{deployed: d, chart: c, release: agentsOf(c), name: options["cluster-name"], id: options["cluster-id"], host: host, at: at, token: "token"}
	h.run(t)
	return h
}

// run starts the containers of the pod.
func (h *helmRun) run(t *testing.T) {
	t.Helper()
	h.root = h.mounted(t, apiserverPod, apiserverContainer)
	h.mounts = h.mounted(t, apiserverPod, etcdContainer)
	data := filepath.Join(t.TempDir(), "etcd")
	if h.chart.before("1.15") {
		h.runScript(t, data)
	} else {
		h.initialise(t, data)
	}
	h.startEtcd(t, data)
	h.manage(t)
}

// mounted is mount of a pod that must start.
func (h *helmRun) mounted(t *testing.T, pod, container string) string {
	t.Helper()
	root, err := h.mount(t, pod, container)
	if err != nil {
		t.Fatalf("%s does not start: %v", pod, err)
	}
	return root
}

// member are the options that make it the same member in both containers; listening for peers, as etcd does by itself, would meet others.
func (h *helmRun) member(data string) []string {
	peer := "http://" + net.JoinHostPort(h.host, peerPort)
	return []string{"--data-dir=" + data, "--name=clustermesh-apiserver", "--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer, "--initial-cluster=clustermesh-apiserver=" + peer, "--initial-cluster-token=" + h.token}
}

// podNetwork runs a program in network and process namespaces of its own, as those of a pod. Whatever the program has started ends with it.
const podNetwork = `exec unshare --net --pid --fork --kill-child sh -c 'ip link set lo up && exec "$@"' sh "$@"`

// runScript is the init container of 1.14, a script that starts an etcd on localhost and calls etcdctl. The script ignores errors, so
// etcdctl gets more time than its default of two seconds.
func (h *helmRun) runScript(t *testing.T, data string) {
	t.Helper()
	const dataDir = "/var/run/etcd"
	container := h.pods[apiserverPod].InitContainers[0]
	if script := strings.Join(container.Args, "\n"); !strings.Contains(script, "--data-dir="+dataDir+" ") {
		t.Fatalf("the init container has its data elsewhere:\n%s", script)
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	words := slices.Concat([]string{"-c", podNetwork, "sh"}, container.Command, container.Args)
	machine := view{}.with(t, filepath.Dir(data), filepath.Dir(dataDir)).with(t, filepath.Dir(h.chart.etcd()), "/usr/local/bin")
	command := machine.command("sh", words...)
	command.Env = append(os.Environ(), "ETCDCTL_DIAL_TIMEOUT=60s", "ETCDCTL_COMMAND_TIMEOUT=60s")
	for _, variable := range container.Env {
		if variable.ValueFrom == nil {
			command.Env = append(command.Env, variable.Name+"="+variable.Value)
		}
	}
	if said := output(t, command); !strings.HasSuffix(said, "Authentication Enabled\n") {
		t.Fatalf("the init container has not enabled authentication: %s", said)
	}
}

// initialise is the init container from 1.15 on.
func (h *helmRun) initialise(t *testing.T, data string) {
	t.Helper()
	url := "http://" + net.JoinHostPort(h.host, initialPort)
	words := append(h.member(data), "--listen-client-urls="+url, "--advertise-client-urls="+url)
	etcd := start(t, "etcd-init of "+h.name, exec.Command(h.chart.etcd(), words...))
	view{}.run(t, h.release.agent(os.Getenv(workVariable)), "initialise", url, h.name)
	etcd.stop(t)
}

// startEtcd is the container etcd, with the options that the chart gives it.
func (h *helmRun) startEtcd(t *testing.T, data string) {
	t.Helper()
	containers := h.pods[apiserverPod].Containers
	at := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == etcdContainer })
	url := "https://" + net.JoinHostPort(h.host, etcdPort)
	urls := url
	for _, at := range h.at {
		addAddress(t, at)
		urls += ",https://" + at
	}
	words := append(h.member(data), "--listen-client-urls="+urls, "--advertise-client-urls="+url)
	for _, word := range containers[at].Args {
		option, _, _ := strings.Cut(word, "=")
		ours := func(word string) bool { return strings.HasPrefix(word, option+"=") }
		if !slices.ContainsFunc(words, ours) && option != "--listen-metrics-urls" {
			words = append(words, word)
		}
	}
	machine := view{}.with(t, h.mounts+etcdSecrets, etcdSecrets)
	h.etcd = start(t, "etcd of "+h.name, machine.command(h.chart.etcd(), words...))
}

// manage is the container apiserver: it makes the users of the ConfigMap, if it has any, and announces the cluster.
func (h *helmRun) manage(t *testing.T) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "etcd-config.yaml")
	writeFile(t, config, fmt.Sprintf("endpoints: [https://%s:%s]\n", serviceName, etcdPort)+
		fmt.Sprintf("trusted-ca-file: %[1]s/ca.crt\nkey-file: %[1]s/tls.key\ncert-file: %[1]s/tls.crt\n", adminSecrets))
	machine := h.machine(t).with(t, h.root+adminSecrets, adminSecrets)
	file := h.root + usersFile
	switch {
	case !exists(file):
	case h.chart.before("1.17"):
		machine.run(t, h.release.agent(os.Getenv(workVariable)), "users", config, file)
	default:
		h.users = startAgent(t, h.release, machine, "users of "+h.name, "users", config, file)
		h.users.await(t, "the users are there", func() bool { return h.users.count("users", "") > 0 })
	}
	h.announcer = startAgent(t, nearest(releases, h.chart), machine, "apiserver of "+h.name,
		"announce", "--etcd-config", config, "--cluster-name", h.name, "--cluster-id", h.id)
	h.announcer.await(t, "the cluster is announced", func() bool { return h.announcer.count("announced", h.name) == 1 })
}

// machine knows the names of the cluster's etcd.
func (h *helmRun) machine(t *testing.T) view {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hosts")
	writeFile(t, file, fmt.Sprintf("127.0.0.1 localhost\n%s %s %s\n", h.host, serviceName, h.name+aliasDomain))
	return view{}.with(t, file, "/etc/hosts")
}

// etcdctl is a command by the admin's certificate, which the containers of the pod have.
func (h *helmRun) etcdctl(t *testing.T, words ...string) string {
	t.Helper()
	file := func(name string) string { return filepath.Join(h.root, adminSecrets, name) }
	return h.machine(t).run(t, "etcdctl", append(etcdctlWords(file("ca.crt"), file("tls.crt"), file("tls.key")), words...)...)
}

// etcdctlWords lead etcdctl to the etcd of a machine's clustermesh-apiserver.
func etcdctlWords(anchors, certificate, key string) []string {
	return []string{"--endpoints", "https://" + net.JoinHostPort(serviceName, etcdPort), "--dial-timeout", "60s", "--command-timeout", "60s",
		"--cacert", anchors, "--cert", certificate, "--key", key}
}

// cache announces a remote cluster as KVStoreMesh does once it has read it.
func (h *helmRun) cache(t *testing.T, cluster string, id uint32) {
	t.Helper()
	h.etcdctl(t, "put", "cilium/cluster-config/"+cluster, fmt.Sprintf(`{"id":%d,"capabilities":{"cached":true,"maxConnectedClusters":255}}`, id))
}

// getsReady waits until a remote cluster is ready, and checks its id.
func (a *agent) getsReady(t *testing.T, cluster string, id uint32) {
	t.Helper()
	a.await(t, cluster+" is ready", func() bool { return a.count("ready", cluster) == 1 })
	for _, e := range a.events {
		if e.Event == "ready" && e.Cluster == cluster && e.ID != id {
			t.Errorf("%s has the id %d", e.Cluster, e.ID)
		}
	}
}

// reader starts what reads the clusters in a container's directory, as agents and KVStoreMesh do.
func (h *helmRun) reader(t *testing.T, pod, container string) *agent {
	t.Helper()
	machine := h.machine(t).with(t, h.mounted(t, pod, container)+clustermeshDir, clustermeshDir)
	return startAgent(t, h.release, machine, container+" of "+h.name,
		"watch", "--dir", clustermeshDir, "--cluster-name", h.name, "--cluster-id", h.id)
}
