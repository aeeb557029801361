package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	// announcedNumber is the number of the first etcd here: no other test that runs beside has these.
	announcedNumber = 100
	// heartbeatLimit is when agents give a link up (statusChecker in pkg/kvstore/etcd.go).
	heartbeatLimit = 2 * time.Minute
	// steadyBeats are the heartbeats of five minutes, the first one included.
	steadyBeats = 6
)

// TestAnnounce has agents of each release read clusters that nobody but `meshbundle announce` announces: with the files and words
// of a bundle, in an etcd with the rights of etcd-auth.sh. What takes minutes runs side by side.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	for number, c := range []struct {
		name, cluster, reader string
		run                   func(t *testing.T, a *announced)
	}{
		{"steady", "alpha", "beta", staysReady},
		{"stopped", "alpha", "beta", flapsAndHeals},
		{"relieved", "alpha", "beta", isRelieved},
		{"replaced", "beta", "alpha", losesAMember},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := startAnnounced(t, number, c.cluster, c.reader)
			c.run(t, a)
			a.mesh.checkAnnouncement(t, a.clusterSpec)
		})
	}
}

// announced is a cluster with its etcd, and the nodes of another one that read it, an agent of each release.
type announced struct {
	*etcd
	mesh    *mesh
	owners  []bundle // its nodes, of which each may announce it
	readers []*node
}

// startAnnounced brings an etcd of the loopback sample up, at addresses of its own, with rights and with nobody who announces.
func startAnnounced(t *testing.T, number int, name, reader string) *announced {
	t.Helper()
	m := newMesh(t, "loopback")
	writeFile(t, m.file(), strings.ReplaceAll(readFile(t, m.file()), "127.0.0.", fmt.Sprintf("127.2.%d.", number)))
	m.change(t, func(document map[string]any) {
		for _, cluster := range clusters(document) {
			object(cluster, "etcd")["announce"] = true
		}
	})
	m.spec = spec{}
	readYAML(t, m.file(), &m.spec)
	m.create(t)

	c := m.cluster(t, name)
	a := &announced{mesh: m, etcd: startEtcd(t, m, c, announcedNumber+number, m.archives(t, "etcd", m.members())[name])}
	m.enable(t, c)
	for _, b := range m.bundles(t) {
		switch {
		case b.cluster == name:
			a.owners = append(a.owners, b)
		case b.cluster == reader && len(a.readers) == 0:
			for _, r := range releases {
				live := b.live(t)
				n := &node{bundle: b, live: live, view: b.view(t, live.path), flags: b.flags(t), remotes: []string{name}}
				n.agent = n.startAgent(t, r, n.view, "agent "+b.name()+" of Cilium "+r.minor)
				a.readers = append(a.readers, n)
			}
		}
	}
	return a
}

// awaitReady waits until each agent has got ready for the nth time.
func (a *announced) awaitReady(t *testing.T, times int) {
	t.Helper()
	for _, n := range a.readers {
		n.awaitReady(t, times)
	}
}

// awaitHealth waits until all of these endpoints serve, which takes a leader.
func (a *announced) awaitHealth(t *testing.T, endpoints []string) {
	t.Helper()
	eventually(t, patience, "these serve: "+strings.Join(endpoints, " "), func() bool {
		return a.mesh.asRoot(a.clusterSpec, endpoints, "endpoint", "health").Run() == nil
	})
}

// checkRuns checks that each agent has got ready so many times, and is ready now.
func (a *announced) checkRuns(t *testing.T, runs int) {
	t.Helper()
	for _, n := range a.readers {
		n.live.fence(t, n.agent)
		n.checkRuns(t, runs)
	}
}

// staysReady looks at five minutes: without a heartbeat, agents have begun anew twice by then.
func staysReady(t *testing.T, a *announced) {
	a.owners[0].announce(t)
	a.awaitReady(t, 1)
	a.mesh.awaitBeats(t, a.clusterSpec, steadyBeats)
	a.checkRuns(t, 1)
}

// flapsAndHeals stops who announces. Agents give up two minutes after the last heartbeat, and begin anew: they would do so every
// two minutes. Once it is announced again, they stay.
func flapsAndHeals(t *testing.T, a *announced) {
	p := a.owners[0].announce(t)
	a.awaitReady(t, 1)
	p.stop(t)
	beat, err := time.Parse(time.RFC3339, string(a.mesh.keys(t, a.clusterSpec, heartbeatKey)[heartbeatKey].Value))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range a.readers {
		gaveUp := func() bool { return n.agent.count("not-ready", a.Name) == 1 }
		n.agent.awaitFor(t, heartbeatPatience, "the agent misses the heartbeat", gaveUp)
		// The heartbeat has no parts of a second, and an agent may have connected a little after it.
		lasted := n.agent.last("not-ready", a.Name).Sub(beat)
		if lasted < heartbeatLimit-time.Second || lasted > heartbeatLimit+time.Minute {
			t.Errorf("%s: gave up %s after the last heartbeat", n.agent.name, lasted)
		}
	}
	a.awaitReady(t, 2)
	anew, beats := time.Now(), a.mesh.beats(t, a.clusterSpec)
	a.owners[0].announce(t)
	a.mesh.awaitBeats(t, a.clusterSpec, beats+3)
	time.Sleep(time.Until(anew.Add(heartbeatLimit + 15*time.Second))) // by then they would have given up again
	a.checkRuns(t, 2)
}

// isRelieved kills the one of two that writes. The other one does before anybody notices.
func isRelieved(t *testing.T, a *announced) {
	writes := a.owners[0].announce(t)
	a.awaitReady(t, 1)
	a.owners[1].announce(t)
	a.mesh.awaitBeats(t, a.clusterSpec, 2) // a minute has passed, in which both were there
	beats := a.mesh.beats(t, a.clusterSpec)
	if beats > 2 {
		t.Errorf("two announcers wrote the heartbeat %d times in a minute", beats)
	}
	writes.kill(t)
	a.mesh.awaitBeats(t, a.clusterSpec, beats+2)
	a.checkRuns(t, 1)
}

// losesAMember has one of three members die for good, and another machine take its place: with the certificates of its bundle, and
// nothing else.
func losesAMember(t *testing.T, a *announced) {
	a.owners[0].announce(t)
	a.awaitReady(t, 1)
	var (
		lost   = a.Etcd.Members[0].Name
		others = a.Etcd.Endpoints[1:]
		member = a.members[lost]
	)
	member.process.kill(t)
	// It may have been the leader. A change of members that is asked for before there is another one gets no answer.
	a.awaitHealth(t, others)
	control := func(words ...string) string { return output(t, a.mesh.asRoot(a.clusterSpec, others, words...)) }
	for _, line := range strings.Split(control("member", "list"), "\n") {
		if fields := strings.Split(line, ", "); len(fields) > 2 && fields[2] == lost {
			control("member", "remove", fields[0])
		}
	}
	// etcd counts the new one before it is there: until then, the two others must do.
	eventually(t, patience, "the members agree to another one", func() bool {
		return a.mesh.asRoot(a.clusterSpec, others, "member", "add", lost, "--peer-urls="+a.peerURL(lost)).Run() == nil
	})
	a.start(t, lost, "existing")
	a.awaitHealth(t, a.Etcd.Endpoints)
	a.mesh.awaitBeats(t, a.clusterSpec, a.mesh.beats(t, a.clusterSpec)+3)
	a.checkRuns(t, 1)
}
