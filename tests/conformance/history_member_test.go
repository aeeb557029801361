package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// etcdMember is a member of an etcd, on its machine.
type etcdMember struct {
	target
	of      desiredCluster // for its addresses
	number  int
	data    string
	process *process
	starts  int
	isDue   bool // it has files that it has not read
}

// clients are where it listens, whatever the mesh says: the network of a site may have all of its addresses at once.
func (m *etcdMember) clients() string {
	var urls []string
	for host := range movableHosts + 1 {
		urls = append(urls, "https://"+m.of.address(host, m.number)+":2379")
	}
	return strings.Join(urls, ",")
}

// at is the endpoint that it always has.
func (m *etcdMember) at() string { return "https://" + m.of.address(0, m.number) + ":2379" }

func (m *etcdMember) peer() string { return "https://" + m.of.address(0, m.number) + ":" + peerPort }

// start starts the etcd with the files that are installed.
func (w *world) start(t *testing.T, m *etcdMember, state string) {
	t.Helper()
	var peers []string
	for _, other := range w.membersOf(m.cluster) {
		peers = append(peers, other.name+"="+other.peer())
	}
	files := m.path(memberDir)
	command := view{}.with(t, files, memberDir).command(w.etcds[m.cluster],
		"--name", m.name, "--data-dir", m.data, "--listen-client-urls", m.clients(), "--advertise-client-urls", m.clients(),
		"--listen-peer-urls", m.peer(), "--initial-advertise-peer-urls", m.peer(),
		"--initial-cluster", strings.Join(peers, ","), "--initial-cluster-token", m.cluster, "--initial-cluster-state", state,
		// The machine may be busy: no other leader is wanted because of that.
		"--heartbeat-interval", "300", "--election-timeout", "3000")
	command.Env = append(os.Environ(), asVariables(readEnv(t, filepath.Join(files, "etcd.env"), "ETCD_"))...)
	m.process, m.isDue = start(t, "etcd "+m.unit(), command), false
	m.starts++
}

// installMember installs what was written last, and restarts the etcd if that is due; a `late` one keeps what it has read.
func (w *world) installMember(t *testing.T, m *etcdMember, late bool) {
	t.Helper()
	due := w.install(t, &m.target, w.archive(&m.target)).Due
	m.isDue = slices.Contains(due, "etcd")
	if m.isDue && !late {
		w.restart(t, m)
	}
}

// restart restarts one member, and waits until it serves. An etcd that is asked to end waits seconds for its watchers to go, so most
// are killed, as by a machine that fails.
func (w *world) restart(t *testing.T, m *etcdMember) {
	t.Helper()
	if w.dice.IntN(4) == 0 {
		_ = m.process.command.Process.Signal(syscall.SIGTERM)
		select {
		case <-m.process.ended:
		case <-time.After(patience):
			t.Fatalf("%s has not ended within %s of SIGTERM", m.unit(), patience)
		}
	} else {
		m.process.kill(t)
	}
	w.start(t, m, "new")
	w.awaitMembers(t, m)
	w.restarted(t, &m.target, "etcd")
	w.restarts++
}

// awaitMembers waits until these members of one cluster serve.
func (w *world) awaitMembers(t *testing.T, members ...*etcdMember) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		said, err := w.etcdctl(members, "endpoint", "health").CombinedOutput()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not healthy within %s: %s", members[0].unit(), patience, said)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// etcdctl is a command of the administrator, at members of one cluster, with what generate wrote last for that cluster.
func (w *world) etcdctl(members []*etcdMember, words ...string) *exec.Cmd {
	var at []string
	for _, m := range members {
		at = append(at, m.at())
	}
	dir := filepath.Join(w.temp, "administrator", members[0].cluster)
	return exec.Command("etcdctl", append([]string{
		"--endpoints", strings.Join(at, ","), "--cacert", filepath.Join(dir, "server-ca.crt"),
		"--cert", filepath.Join(dir, "root.crt"), "--key", filepath.Join(dir, "root.key"),
		"--dial-timeout", "10s", "--command-timeout", "20s",
	}, words...)...)
}

// keepAdministrators keeps the administrator's files of each cluster: those of one that leaves are removed.
func (w *world) keepAdministrators(t *testing.T) {
	t.Helper()
	for _, c := range w.desired.byHand() {
		dir := filepath.Join(w.temp, "administrator", c.name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"server-ca.crt", "root.crt", "root.key"} {
			writeFile(t, filepath.Join(dir, name), readFile(t, filepath.Join(w.mesh.out, "bundles", c.name, "etcd", name)))
		}
	}
}

// killEtcds ends all etcds at once: each waits for its watchers otherwise.
func (w *world) killEtcds() {
	var etcds []*process
	if w.helm != nil {
		etcds = append(etcds, w.helm.pod.etcd)
	}
	for _, m := range w.members {
		etcds = append(etcds, m.process)
	}
	for _, etcd := range etcds {
		_ = etcd.command.Process.Kill()
		<-etcd.ended
	}
}

func (w *world) membersOf(cluster string) []*etcdMember {
	var members []*etcdMember
	for _, m := range w.members {
		if m.cluster == cluster {
			members = append(members, m)
		}
	}
	return members
}

// replaceMember has a member die for good, and another machine take its place: docs/etcd.md, "Replacing a member".
func (w *world) replaceMember(t *testing.T, m *etcdMember) {
	t.Helper()
	m.process.kill(t)
	others := slices.DeleteFunc(w.membersOf(m.cluster), func(other *etcdMember) bool { return other == m })
	w.awaitMembers(t, others...)
	for _, line := range strings.Split(output(t, w.etcdctl(others, "member", "list")), "\n") {
		if fields := strings.Split(line, ", "); len(fields) > 2 && fields[2] == m.name {
			output(t, w.etcdctl(others, "member", "remove", fields[0]))
		}
	}
	deadline := time.Now().Add(patience)
	for {
		said, err := w.etcdctl(others, "member", "add", m.name, "--peer-urls="+m.peer()).CombinedOutput()
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: the members agree to no other one within %s: %s", m.unit(), patience, said)
		}
		time.Sleep(200 * time.Millisecond)
	}
	w.replace(t, &m.target)
	m.data = filepath.Join(t.TempDir(), "data")
	w.install(t, &m.target, w.archive(&m.target))
	w.start(t, m, "existing")
	w.awaitMembers(t, w.membersOf(m.cluster)...)
	w.restarted(t, &m.target, "etcd")
}

// authorise runs etcd-auth.sh as it was written last.
func (w *world) authorise(t *testing.T, cluster string, words ...string) {
	t.Helper()
	script := filepath.Join(w.mesh.out, "bundles", cluster, "etcd", "etcd-auth.sh")
	printed := output(t, exec.Command("sh", append([]string{script}, words...)...))
	w.logf("%s/users: etcd-auth.sh %s", cluster, strings.Join(words, " "))
	if !strings.Contains(printed, fmt.Sprintf(`"unit":"%s/users"`, cluster)) {
		t.Fatalf("%s/users: no receipt in %q", cluster, printed)
	}
	w.printed = append(w.printed, printed)
}
