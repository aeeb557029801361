package conformance

import (
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// composeSample is the folder of a project that can be brought up.
const composeSample = "compose"

// Services of the sample, and of what the bundle adds to it.
const (
	agentService = "cilium-agent"
	etcdService  = "cilium-etcd"
)

// project is the compose project of one machine: the one node of its cluster, with the one member of its etcd.
type project struct {
	*engine
	mesh    *mesh
	cluster clusterSpec
	dir     string
	remotes []string
	agent   *agent
}

// newProject copies the sample, and fills in its .env.
func newProject(t *testing.T, e *engine, m *mesh, name string, images map[string]string) *project {
	t.Helper()
	p := &project{engine: e, mesh: m, cluster: m.cluster(t, name), dir: filepath.Join(t.TempDir(), name)}
	sample := filepath.Join(samplesDir, composeSample)
	if err := os.CopyFS(filepath.Join(p.dir, "config-map"), os.DirFS(filepath.Join(sample, "config-map"))); err != nil {
		t.Fatal(err)
	}
	file := readFile(t, filepath.Join(sample, "docker-compose.yaml"))
	if !hasAllCapabilities(t) {
		t.Log("this machine lacks capabilities itself: the agent is started without `privileged`")
		file = strings.Replace(file, "privileged: true", "privileged: false", 1)
	}
	writeFile(t, filepath.Join(p.dir, "docker-compose.yaml"), file)
	member := p.cluster.Etcd.Members[0]
	values := map[string]string{"NODE_ADDRESS": member.Addresses[0], "NODE_NAME": member.Name}
	for variable, image := range images {
		values[variable] = image
	}
	for _, l := range p.cluster.listeners(t) {
		for _, at := range l.at {
			addAddress(t, at)
		}
	}
	writeFile(t, filepath.Join(p.dir, ".env"), p.filledIn(t, readFile(t, filepath.Join(sample, ".env.example")), values))
	return p
}

var boundingSet = regexp.MustCompile(`(?m)^CapBnd:\s*([0-9a-f]+)$`)

// hasAllCapabilities is whether we may give a container every capability that the kernel knows: a container that runs tests often
// may not.
func hasAllCapabilities(t *testing.T) bool {
	t.Helper()
	match := boundingSet.FindStringSubmatch(readFile(t, "/proc/self/status"))
	last, err := strconv.Atoi(strings.TrimSpace(readFile(t, "/proc/sys/kernel/cap_last_cap")))
	if err != nil || match == nil {
		t.Fatalf("the kernel does not say which capabilities there are: %v %v", err, match)
	}
	set, err := strconv.ParseUint(match[1], 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return bits.OnesCount64(set) == last+1
}

var variable = regexp.MustCompile(`(?m)^([A-Z_]+)=.*$`)

// filledIn gives every variable its value.
func (p *project) filledIn(t *testing.T, text string, values map[string]string) string {
	t.Helper()
	return variable.ReplaceAllStringFunc(text, func(line string) string {
		name, _, _ := strings.Cut(line, "=")
		if values[name] == "" {
			t.Fatalf("nobody knows what %s is", name)
		}
		return name + "=" + values[name]
	})
}

// compose runs docker-compose in the project's folder, with no more words than an operator types.
func (p *project) compose(t *testing.T, words ...string) string {
	t.Helper()
	command := p.command("docker-compose", words...)
	command.Dir = p.dir
	return output(t, command)
}

// tearDown removes the project's containers with the test, whatever has become of it.
func (p *project) tearDown(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		command := p.command("docker-compose", "down", "--timeout", "2")
		command.Dir = p.dir
		if text, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s does not come down: %v\n%s", p.cluster.Name, err, text)
		}
	})
}

// installMember puts the etcd's files in place.
func (p *project) installMember(t *testing.T) {
	t.Helper()
	archives := p.mesh.archives(t, "etcd", p.mesh.members())[p.cluster.Name]
	p.install(t, archives[p.cluster.Etcd.Members[0].Name], "changed=yes restart=etcd")
}

// installNode puts the node's files in place. Programs are told what has to be started again.
func (p *project) installNode(t *testing.T, restart string) {
	t.Helper()
	archives := p.mesh.archives(t, "nodes", p.mesh.spec.bundles(t))[p.cluster.Name]
	p.install(t, archives[p.cluster.nodes(t)[0]], "changed=yes restart="+restart)
}

// install runs the installer at the top of an archive, on a machine that is not called as the node.
func (p *project) install(t *testing.T, archive, said string, words ...string) {
	t.Helper()
	words = append([]string{filepath.Join(unpack(t, archive), "install.sh"), "--root", p.dir, "--any-host"}, words...)
	text := output(t, exec.Command("sh", words...))
	if got := lastLine(text); got != said {
		t.Errorf("%s: install.sh says %q, not %q", archive, got, said)
	}
}

// rollBack takes the node back to what was installed before, with the installer of the newest archive.
func (p *project) rollBack(t *testing.T) {
	t.Helper()
	archives := p.mesh.archives(t, "nodes", p.mesh.spec.bundles(t))[p.cluster.Name]
	p.install(t, archives[p.cluster.nodes(t)[0]], "changed=yes restart=none", "--rollback")
}

// bringUp starts the etcd, gives it its users, and then starts all that needs them.
func (p *project) bringUp(t *testing.T) {
	t.Helper()
	p.tearDown(t)
	p.compose(t, "up", "--detach", etcdService)
	p.mesh.enable(t, p.cluster)
	p.compose(t, "up", "--detach")
	p.agent = p.follow(t)
}

// follow reads what the agent prints, from its beginning.
func (p *project) follow(t *testing.T) *agent {
	t.Helper()
	id := p.running(t)[agentService].ID
	return startPrinter(t, "agent of "+p.cluster.Name, p.docker("logs", "--follow", id))
}

// running are the project's containers, by service.
func (p *project) running(t *testing.T) map[string]container {
	t.Helper()
	return p.containers(t, "com.docker.compose.project="+p.cluster.Name)
}

// peers is the folder that the agent watches.
func (p *project) peers() string { return filepath.Join(p.dir, "mount/var/lib/clustermesh") }
