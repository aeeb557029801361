package conformance

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// pollInterval is how often a test looks at what it cannot wait for otherwise.
const pollInterval = 2 * time.Second

// etcdDir is what `generate` has made for whoever owns a cluster's etcd.
func (m *mesh) etcdDir(c clusterSpec) string { return filepath.Join(m.out, "bundles", c.Name, "etcd") }

// authorise runs etcd-auth.sh where it lies, with the administrator's credential beside it.
func (m *mesh) authorise(t *testing.T, c clusterSpec, words ...string) string {
	t.Helper()
	return output(t, exec.Command("sh", append([]string{filepath.Join(m.etcdDir(c), "etcd-auth.sh")}, words...)...))
}

// asRoot is etcdctl with the administrator's credential.
func (m *mesh) asRoot(c clusterSpec, endpoints []string, words ...string) *exec.Cmd {
	dir := m.etcdDir(c)
	return exec.Command("etcdctl", append([]string{
		"--endpoints", strings.Join(endpoints, ","), "--cacert", filepath.Join(dir, "server-ca.crt"),
		"--cert", filepath.Join(dir, "root.crt"), "--key", filepath.Join(dir, "root.key"),
		"--dial-timeout", "30s", "--command-timeout", "60s",
	}, words...)...)
}

// enable waits until every endpoint serves, and turns rights on, by the script alone.
func (m *mesh) enable(t *testing.T, c clusterSpec) {
	t.Helper()
	eventually(t, patience, c.Name+"'s etcd serves", func() bool {
		return m.asRoot(c, c.Etcd.Endpoints, "endpoint", "health").Run() == nil
	})
	m.authorise(t, c, "--enable")
	m.authorise(t, c, "--check") // exit status 0: nothing is missing
}

// key is a key of an etcd.
type key struct {
	Value   []byte
	Version int64
	Lease   int64
}

// keys are the keys below a prefix.
func (m *mesh) keys(t *testing.T, c clusterSpec, prefix string) map[string]key {
	t.Helper()
	var answer struct {
		Kvs []struct {
			Key []byte
			key
		}
	}
	text := output(t, m.asRoot(c, c.Etcd.Endpoints, "get", "--prefix", prefix, "--write-out", "json"))
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	keys := map[string]key{}
	for _, kv := range answer.Kvs {
		keys[string(kv.Key)] = kv.key
	}
	return keys
}

const heartbeatKey = "cilium/.heartbeat"

// beats is how often the heartbeat was written.
func (m *mesh) beats(t *testing.T, c clusterSpec) int64 {
	t.Helper()
	return m.keys(t, c, heartbeatKey)[heartbeatKey].Version
}

// awaitBeats waits until the heartbeat was written so many times. It is written each minute.
func (m *mesh) awaitBeats(t *testing.T, c clusterSpec, beats int64) {
	t.Helper()
	within := patience + time.Duration(beats-m.beats(t, c))*time.Minute
	eventually(t, within, "the heartbeat of "+c.Name, func() bool { return m.beats(t, c) >= beats })
}

// checkAnnouncement checks all that is announced of a cluster, and that nothing else was written: never that peers are to wait for
// canaries, or read copies.
func (m *mesh) checkAnnouncement(t *testing.T, c clusterSpec) {
	t.Helper()
	config := "cilium/cluster-config/" + c.Name
	keys := m.keys(t, c, "")
	if got := slices.Sorted(maps.Keys(keys)); !slices.Equal(got, []string{heartbeatKey, config}) {
		t.Errorf("%s: announced are %v", c.Name, got)
	}
	var announced struct {
		ID           uint32
		Capabilities map[string]any
	}
	if err := json.Unmarshal(keys[config].Value, &announced); err != nil || announced.ID != c.ID {
		t.Errorf("%s: announced is %s (%v)", c.Name, keys[config].Value, err)
	}
	for _, never := range []string{"syncedCanaries", "cached"} {
		if value := announced.Capabilities[never]; value != nil && value != false {
			t.Errorf("%s: announced is %s", c.Name, keys[config].Value)
		}
	}
	if keys[config].Lease == 0 || keys[heartbeatKey].Lease == 0 {
		t.Errorf("%s: announced for ever: %v", c.Name, keys)
	}
}

// announce runs `meshbundle announce` as a node's bundle has it: by the words that the bundle starts it with, and on its files.
func (b bundle) announce(t *testing.T) *process {
	t.Helper()
	machine := view{}.with(t, b.onNode("/var/lib/"+announcer), "/var/lib/"+announcer)
	return start(t, "announcer "+b.name(), machine.command(os.Getenv(binaryVariable), b.announcerWords(t)...))
}

// onNode is where the payload has what is at path on the node, or in its containers.
func (b bundle) onNode(path string) string {
	if mounted := b.payload("mount" + path); exists(mounted) {
		return mounted
	}
	return b.payload(path)
}

// announcerWords are what comes behind the program's name in the bundle's unit, or service.
func (b bundle) announcerWords(t *testing.T) []string {
	t.Helper()
	var words []string
	if content, isCompose := b.compose(t); isCompose {
		words = content.Services[announcer].Entrypoint
	} else {
		for _, line := range strings.Split(readFile(t, b.payload("etc/systemd/system/"+announcer+".service")), "\n") {
			if command, found := strings.CutPrefix(line, "ExecStart="); found {
				words = strings.Fields(command)
			}
		}
	}
	if len(words) < 2 || filepath.Base(words[0]) != "meshbundle" || words[1] != "announce" {
		t.Fatalf("%s: nothing announces: %v", b.name(), words)
	}
	return words[1:]
}

// eventually waits until something is so.
func eventually(t *testing.T, patience time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(pollInterval) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}
