package conformance

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// joining is the cluster of samples/compose that joins a mesh that runs.
const joining = "south"

// composeMesh is the mesh of docs/compose.md, brought up by docker-compose.
type composeMesh struct {
	*engine
	release  release
	mesh     *mesh
	images   map[string]string
	projects []*project
}

// TestCompose does what docs/compose.md says: projects from samples/compose and the archives alone, on a Docker engine, brought up
// with no `-f` anywhere. What is Cilium in the containers is Cilium's own code, and reads its options as agents do.
func TestCompose(t *testing.T) {
	t.Parallel()
	e := startEngine(t)
	images := map[string]string{
		"ETCD_IMAGE": "etcd:local",
		// By its digest: what was tried is what runs.
		"MESHBUNDLE_IMAGE": e.image(t, "meshbundle:local", map[string]string{"/usr/bin/meshbundle": os.Getenv(binaryVariable)}),
	}
	e.image(t, images["ETCD_IMAGE"], map[string]string{"/usr/bin/etcd": found(t, "etcd"), "/usr/bin/etcdctl": found(t, "etcdctl")})
	eachRelease(t, func(t *testing.T, r release) {
		n := &composeMesh{engine: e, release: r, mesh: newMesh(t, composeSample+"/mesh"), images: maps.Clone(images)}
		n.images["CILIUM_IMAGE"] = "cilium:" + r.version
		e.image(t, n.images["CILIUM_IMAGE"], map[string]string{"/usr/bin/cilium-agent": r.agent(os.Getenv(workVariable))})
		text := readFile(t, n.mesh.file())
		writeFile(t, n.mesh.file(), strings.Replace(text, `version: "1.20"`, fmt.Sprintf("version: %q", r.minor), 1))
		n.mesh.create(t)
		n.checkConfigMap(t)
		for _, s := range []step{
			{"ready", n.comesUp},
			{"joined", n.letsAClusterJoin},
			{"stopped", n.outlivesAnEtcd},
			{"rollback", n.rollsBack},
		} {
			// Containers and followers live as long as the release's test, so steps are no subtests of it.
			t.Logf("step %s", s.name)
			if s.run(t); t.Failed() {
				t.Fatalf("the steps after %q begin where it should have ended", s.name)
			}
		}
	})
}

// checkConfigMap checks that this release knows every option of the sample, and that none is one of the mesh's.
func (n *composeMesh) checkConfigMap(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(samplesDir, composeSample, "config-map"))
	if err != nil {
		t.Fatal(err)
	}
	flags, ours := n.release.flags(t, agentPage), readArgs(t, filepath.Join(n.mesh.bundles(t)[0].dir, "options/agent.args"))
	for _, entry := range entries {
		if _, twice := ours[entry.Name()]; twice || !flags[entry.Name()] {
			t.Errorf("config-map/%s is no option of Cilium %s, or is in the bundle, too", entry.Name(), n.release.version)
		}
	}
}

// comesUp brings two clusters up, one after the other: links get ready whoever is first.
func (n *composeMesh) comesUp(t *testing.T) {
	for _, c := range n.mesh.Clusters {
		p := newProject(t, n.engine, n.mesh, c.Name, n.images)
		p.installMember(t)
		p.installNode(t, "agent,announce")
		p.bringUp(t)
		n.projects = append(n.projects, p)
	}
	n.checkReady(t)
}

// checkReady has all judges look at each link: Cilium's code in the agent's container, and `meshbundle verify` and `probe` on the node.
func (n *composeMesh) checkReady(t *testing.T) {
	t.Helper()
	for _, p := range n.projects {
		p.remotes = n.mesh.remotes(p.cluster.Name)
		n.asNode(p).awaitReady(t, 1)
	}
	for _, p := range n.projects {
		n.asNode(p).checkRuns(t, 1)
		looked := exec.Command(os.Getenv(binaryVariable), "verify", p.dir, "--cilium", n.release.minor)
		if text := output(t, looked); !strings.HasSuffix(strings.TrimSpace(text), "no findings") {
			t.Errorf("%s: verify finds something:\n%s", p.cluster.Name, text)
		}
		probed := exec.Command(os.Getenv(binaryVariable), "probe", p.peers(), "--cilium", n.release.minor, "--wait", "60")
		output(t, probed)
	}
}

// asNode is the project as the other tests know nodes.
func (n *composeMesh) asNode(p *project) *node {
	return &node{bundle: bundle{cluster: p.cluster.Name, node: "compose"}, agent: p.agent, remotes: p.remotes}
}

// letsAClusterJoin takes a third cluster into the mesh, in the order of `index.json`. No container of the others is touched, and
// their agents see one cluster more, once.
func (n *composeMesh) letsAClusterJoin(t *testing.T) {
	before := n.allRunning(t)
	more := readFile(t, filepath.Join(samplesDir, composeSample, joining+".yaml"))
	writeFile(t, n.mesh.file(), readFile(t, n.mesh.file())+more)
	n.mesh.spec = spec{}
	readYAML(t, n.mesh.file(), &n.mesh.spec)
	n.mesh.generate(t)
	for _, p := range n.projects {
		n.mesh.authorise(t, p.cluster, "--add")
	}
	third := newProject(t, n.engine, n.mesh, joining, n.images)
	third.installMember(t)
	third.installNode(t, "agent,announce")
	for _, p := range n.projects {
		p.installNode(t, "none")
		p.compose(t, "up", "--detach") // nothing has changed for compose: it must see that
	}
	third.bringUp(t)
	n.projects = append(n.projects, third)
	n.checkReady(t)
	n.checkUntouched(t, before)
}

// outlivesAnEtcd stops the etcd of one cluster, and starts it again. Links come back by themselves: what is written there from then
// on is read, and nothing was drained meanwhile.
func (n *composeMesh) outlivesAnEtcd(t *testing.T) {
	stopped, histories := n.projects[1], n.histories()
	stopped.compose(t, "stop", etcdService)
	for _, p := range n.others(stopped) {
		down := exec.Command(os.Getenv(binaryVariable), "probe", p.peers(), "--cilium", n.release.minor)
		if text, err := down.CombinedOutput(); err == nil {
			t.Errorf("%s reaches an etcd that is stopped:\n%s", p.cluster.Name, text)
		}
	}
	stopped.compose(t, "start", etcdService)
	const come = "come-later"
	name := stopped.cluster.Name
	eventually(t, patience, name+"'s etcd serves again", func() bool {
		return n.mesh.asRoot(stopped.cluster, stopped.cluster.Etcd.Endpoints, "put", "cilium/state/nodes/v1/"+name+"/"+come, "{}").Run() == nil
	})
	for _, p := range n.others(stopped) {
		p.agent.await(t, "the link is back", func() bool { return p.agent.reads(come, name) })
	}
	n.checkHistories(t, histories)
}

// rollsBack takes one node back to the generation before the third cluster: its agent drains that one cluster, once, and nothing
// else happens to anybody.
func (n *composeMesh) rollsBack(t *testing.T) {
	before, back, histories := n.allRunning(t), n.projects[0], n.histories()
	back.rollBack(t)
	back.compose(t, "up", "--detach")
	back.agent.await(t, "the third cluster is gone", func() bool { return back.agent.count("remove", joining) > 0 })
	gone := direction{back.cluster.Name, joining}
	histories[gone] = append(histories[gone], "not-ready", "run-ended", "stop", "remove")
	n.checkHistories(t, histories)
	n.checkUntouched(t, before)
	// Whatever has happened, announcers are well by their own check. The third's comes as late as it was started.
	for _, p := range n.projects[:2] {
		eventually(t, patience, "the announcer of "+p.cluster.Name+" is healthy", func() bool {
			health := p.running(t)[announcer].State.Health
			return health != nil && health.Status == "healthy"
		})
	}
}

// direction is from the agent of one cluster to another cluster.
type direction struct{ from, to string }

// histories are what has happened to each link.
func (n *composeMesh) histories() map[direction][]string {
	histories := map[direction][]string{}
	for _, p := range n.projects {
		for _, remote := range p.remotes {
			histories[direction{p.cluster.Name, remote}] = p.agent.history(remote)
		}
	}
	return histories
}

// checkHistories checks that this, and no more, has happened to each link.
func (n *composeMesh) checkHistories(t *testing.T, want map[direction][]string) {
	t.Helper()
	for of, got := range n.histories() {
		if !slices.Equal(got, want[of]) {
			t.Errorf("from %s to %s happened %v, not %v", of.from, of.to, got, want[of])
		}
	}
}

// others are all projects but one.
func (n *composeMesh) others(but *project) []*project {
	return slices.DeleteFunc(slices.Clone(n.projects), func(p *project) bool { return p == but })
}

// allRunning are the containers of all projects, by project and service.
func (n *composeMesh) allRunning(t *testing.T) map[string]container {
	t.Helper()
	all := map[string]container{}
	for _, p := range n.projects {
		for service, c := range p.running(t) {
			all[p.cluster.Name+" "+service] = c
		}
	}
	return all
}

// checkUntouched checks that the containers which ran before are the same, and have not been started since.
func (n *composeMesh) checkUntouched(t *testing.T, before map[string]container) {
	t.Helper()
	now := n.allRunning(t)
	for name, was := range before {
		is := now[name]
		if is.ID != was.ID || is.RestartCount != was.RestartCount || is.State.StartedAt != was.State.StartedAt || is.State.Status != "running" {
			t.Errorf("%s was started again: %+v, then %+v", name, was, is)
		}
	}
	if len(before) == 0 {
		t.Error("there is no container")
	}
}
