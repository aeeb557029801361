package conformance

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// readers are the nodes, and the pods of the chart's cluster that run and read others.
func (w *world) readers() []*agentNode {
	readers := append([]*agentNode{}, w.nodes...)
	if w.helm == nil {
		return readers
	}
	// KVStoreMesh comes first: agents read what it has read.
	for _, pod := range []*agentNode{w.helm.kvstoremesh, w.helm.agents} {
		if pod.isUp {
			readers = append(readers, pod)
		}
	}
	return readers
}

// readsKVStoreMesh is whether agents of the chart's cluster read the others in its own etcd.
func (h *chartCluster) readsKVStoreMesh() bool {
	data := h.deployed.secrets[agentsSecret].Data
	return !slices.ContainsFunc(slices.Collect(maps.Keys(data)), isCredential)
}

// startPod starts a pod that reads others, or starts it again, with what is mounted now.
func (w *world) startPod(t *testing.T, n *agentNode) {
	t.Helper()
	w.halt(t, n)
	n.root = w.helm.pod.mounted(t, n.of, n.name)
	n.hosts = w.helm.pod.machine(t)
	n.words = []string{"--cluster-name", w.helm.pod.name, "--cluster-id", w.helm.pod.id}
	n.written = w.mountedBy(n)
	w.watch(t, n)
	n.isUp = true
	w.track(t)
}

// mountedBy is the run of generate that wrote what a pod reads.
func (w *world) mountedBy(n *agentNode) int {
	secret := map[string]string{agentContainer: agentsSecret, kvstoremeshContainer: kvstoremeshSecret}[n.name]
	return w.helm.objects["Secret/"+secret].written
}

// remount does what the kubelet does when objects have changed that pods mount.
func (w *world) remount(t *testing.T) {
	t.Helper()
	h := w.helm
	refresh := func(root, pod, container string) {
		if err := h.deployed.mountAt(root, pod, container); err != nil {
			t.Fatalf("%s: %v", container, err)
		}
	}
	refresh(h.pod.mounts, apiserverPod, etcdContainer)
	refresh(h.pod.root, apiserverPod, apiserverContainer)
	w.awaitUsers(t)
	for _, n := range []*agentNode{h.kvstoremesh, h.agents} {
		if n.isUp {
			w.change(t, n, func() {
				refresh(n.root, n.of, n.name)
				n.written = w.mountedBy(n)
			})
		}
	}
}

// awaitUsers waits until the etcd has the users of the list, and no others of earlier lists.
func (w *world) awaitUsers(t *testing.T) {
	t.Helper()
	pod := w.helm.pod
	if pod.users == nil {
		return
	}
	var list struct{ Users []struct{ Name string } }
	readYAML(t, pod.root+usersFile, &list)
	want := map[string]bool{}
	for _, user := range list.Users {
		want[user.Name] = true
	}
	pod.users.await(t, fmt.Sprintf("the users are %v", want), func() bool {
		last := ""
		for _, e := range pod.users.events {
			last = e.Key
		}
		names := strings.FieldsFunc(last, func(r rune) bool { return r == ',' })
		for _, name := range names {
			if !want[name] {
				return false
			}
		}
		return len(names) == len(want)
	})
}

// isDue is whether the etcd mounts CAs that it has not read.
func (h *chartCluster) isDue(t *testing.T) bool {
	t.Helper()
	return h.loaded != readFile(t, filepath.Join(h.pod.mounts, etcdSecrets, "ca.crt"))
}

// restartApiserver replaces the pod clustermesh-apiserver. Its etcd begins empty, so whoever reads it connects again.
func (w *world) restartApiserver(t *testing.T) {
	t.Helper()
	h := w.helm
	for _, n := range w.readers() {
		for remote, link := range n.links {
			if remote == helmName || n == h.agents && h.readsKVStoreMesh() {
				link.allowed++
				w.needed++
			}
		}
	}
	w.halt(t, h.kvstoremesh)
	if h.pod != nil {
		w.stopApiserver(t)
		w.restarts++
	}
	h.pods++
	options := h.deployed.configMaps["cilium-config"].Data
	h.pod = &helmRun{
		deployed: h.deployed, chart: h.chart, release: w.release, name: options["cluster-name"], id: options["cluster-id"], host: helmEtcd,
		at: w.nodePorts(), token: fmt.Sprintf("pod-%d", h.pods),
	}
	h.pod.run(t)
	h.loaded = readFile(t, filepath.Join(h.pod.mounts, etcdSecrets, "ca.crt"))
	w.logf("%s: clustermesh-apiserver has started, pod %d", helmName, h.pods)
	if _, err := h.deployed.mount(t, apiserverPod, kvstoremeshContainer); err == nil {
		w.startPod(t, h.kvstoremesh)
		w.fillCache(t)
	}
}

// stopApiserver ends the containers of the pod. An etcd that is asked to end waits for its watchers to go.
func (w *world) stopApiserver(t *testing.T) {
	t.Helper()
	pod := w.helm.pod
	if pod.users != nil {
		pod.users.stop(t)
	}
	pod.announcer.stop(t)
	pod.etcd.kill(t)
}

// nodePorts are where the etcd is dialled.
func (w *world) nodePorts() []string {
	var at []string
	for _, c := range w.desired.clusters {
		if !c.isHelm() {
			continue
		}
		for host := range movableHosts + 1 {
			for i := 1; i <= historyMachines; i++ {
				at = append(at, c.address(host, i)+":"+nodePort)
			}
		}
	}
	return at
}

// fillCache waits until KVStoreMesh has read every remote cluster that agents have read, and announces what it has read in the etcd of its
// pod.
func (w *world) fillCache(t *testing.T) {
	t.Helper()
	h := w.helm
	for _, c := range w.desired.clusters {
		if h.kvstoremesh.links[c.name] == nil {
			continue
		}
		a := h.kvstoremesh.agent
		reads := func() bool { return a.count("run", c.name) > 0 }
		if link := h.agents.links[c.name]; link != nil && link.settled {
			a.await(t, "KVStoreMesh reads "+c.name, reads)
		}
		if reads() {
			h.pod.cache(t, c.name, uint32(c.number))
		}
	}
}

// cacheNode copies a node that KVStoreMesh has read.
func (w *world) cacheNode(t *testing.T, remote, name string) {
	t.Helper()
	w.fillCache(t)
	w.helm.pod.etcdctl(t, "put", "cilium/cache/nodes/v1/"+remote+"/"+name, `{"Name":"`+name+`"}`)
}
