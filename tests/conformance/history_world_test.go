package conformance

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// world is a mesh that runs: an etcd of three members for each of three clusters, three nodes of each of them, and perhaps a cluster that
// a chart runs.
type world struct {
	mesh    *mesh
	desired desired
	release release
	etcds   map[string]string // the program of each cluster
	dice    *rand.Rand
	pause   time.Duration // between two reads of a link
	temp    string
	log     *os.File

	members []*etcdMember
	nodes   []*agentNode
	helm    *chartCluster

	runs      int            // of generate
	took      time.Duration  // the longest of them
	back      map[string]int // the run since which a cluster is in the mesh again
	printed   []string       // what was printed since something was recorded last
	remove    string         // the cluster that the next run removes
	without   []string       // units that it does without a receipt of
	reissue   []string       // options for it
	turning   turning
	backup    string // a backup of the state
	published int
	counts    map[string]int // of what happened
	judgement
}

// newWorld makes the mesh at some time, and starts everything in the order of the first waves.
func newWorld(t *testing.T, r release, d desired, etcds map[string]string, seed uint64, pause time.Duration, made time.Time) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{
		mesh: &mesh{sample: "history", dir: dir, out: filepath.Join(dir, "out"), now: made}, desired: d,
		release: r, etcds: etcds, dice: rand.New(rand.NewPCG(seed, 0)), pause: pause, temp: t.TempDir(),
		back: map[string]int{}, turning: turning{}, counts: map[string]int{},
	}
	log, err := os.Create(filepath.Join(w.temp, "history"))
	if err != nil {
		t.Fatal(err)
	}
	w.log = log
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("HISTORY_SEED=%d\n%s", seed, w.story())
		}
		log.Close()
	})
	provideCAs(t, w.mesh)
	for _, c := range w.desired.byHand() {
		for i := 1; i <= historyMachines; i++ {
			w.members = append(w.members, &etcdMember{
				target: target{cluster: c.name, kind: "member", name: fmt.Sprintf("e%d", i), root: t.TempDir()},
				of:     *c, number: i, data: filepath.Join(t.TempDir(), "data"),
			})
			w.nodes = append(w.nodes, &agentNode{
				target: target{cluster: c.name, kind: "node", name: fmt.Sprintf("n%d", i), root: t.TempDir()},
				dir:    peersDir, again: map[string]int{}, links: map[string]*watchedLink{},
			})
			for host := range movableHosts + 1 {
				addAddress(t, c.address(host, i)+":2379")
			}
		}
	}
	w.generate(t, "--create-authorities")
	w.mesh.now = time.Time{}
	for _, m := range w.members {
		w.install(t, &m.target, w.archive(&m.target))
		w.start(t, m, "new")
	}
	w.enable(t)
	if len(d.byHand()) < len(d.clusters) {
		w.startHelm(t)
	}
	for _, n := range w.nodes {
		w.installNode(t, n, w.archive(&n.target), false)
	}
	w.publish(t)
	w.readEverywhere(t, "*", w.readers()...)
	w.record(t, nothingLost)
	return w
}

// enable turns authentication on everywhere, once the etcds serve.
func (w *world) enable(t *testing.T) {
	t.Helper()
	for _, c := range w.desired.byHand() {
		w.awaitMembers(t, w.membersOf(c.name)...)
		w.restartedAll(t, c.name)
	}
	// It waits for clients to be refused.
	printed := make([]string, len(w.desired.byHand()))
	var enabling sync.WaitGroup
	for i, c := range w.desired.byHand() {
		enabling.Go(func() {
			text, err := exec.Command("sh", filepath.Join(w.mesh.out, "bundles", c.name, "etcd", "etcd-auth.sh"), "--enable").CombinedOutput()
			if printed[i] = string(text); err != nil {
				t.Errorf("%s/users: %v: %s", c.name, err, text)
			}
		})
	}
	enabling.Wait()
	w.printed = append(w.printed, printed...)
}

func (w *world) restartedAll(t *testing.T, cluster string) {
	t.Helper()
	for _, m := range w.membersOf(cluster) {
		w.restarted(t, &m.target, "etcd")
	}
}

// generate writes mesh.yaml as it is desired, and generates.
func (w *world) generate(t *testing.T, options ...string) {
	t.Helper()
	writeFile(t, w.mesh.file(), w.desired.text())
	if w.remove != "" {
		options = append(options, "--remove", w.remove)
		w.remove = ""
	}
	for _, unit := range w.without {
		options = append(options, "--without", unit)
	}
	options = append(options, w.reissue...)
	w.without, w.reissue = nil, nil
	w.runs++
	w.track(t)
	began := time.Now()
	w.mesh.generate(t, options...)
	w.took = max(w.took, time.Since(began))
	w.logf("generate %v", options)
	w.keepAdministrators(t)
}

// generateKilled has generate killed at any moment.
func (w *world) generateKilled(t *testing.T) {
	t.Helper()
	writeFile(t, w.mesh.file(), w.desired.text())
	command := exec.Command(os.Getenv(binaryVariable), "generate", w.mesh.file(), "--out", w.mesh.out)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	after := time.Duration(w.dice.Int64N(int64(w.took)))
	time.Sleep(after)
	_ = command.Process.Kill()
	err := command.Wait()
	w.logf("generate, killed after %s: %v", after, err)
}
