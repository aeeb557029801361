package conformance

import (
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Where the etcds of TestProbe are, and where nothing is.
const (
	mainServer  = "127.1.0.1:2379" // in order, with rights, of the generation 3.4
	mainIPv6    = "[fd77::1]:2379" // the same one
	mainElse    = "127.1.0.9:2379" // the same one, by an address that its certificate lacks
	otherServer = "127.1.0.3:2379" // another etcd, without rights
	silentEtcd  = "127.1.0.4:2379" // without a heartbeat
	slowServer  = "127.1.0.5:2379" // the first one at the end of a slow line
	narrowLine  = "127.1.0.6:2379" // the first one at the end of a narrow line
	openServer  = "127.1.0.8:2379" // without TLS; what ends TLS is before it
	nobodyThere = "127.1.0.1:2999"
	blackHole   = "10.99.0.1:2379"
	muteServer  = "127.3.0.1:2379"
	closer      = "127.3.0.2:2379"
	webOK       = "127.3.0.3:2379" // HTTP/2, says 200 to whatever is asked
	webMissing  = "127.3.0.4:2379" // HTTP/2, says 404
	webOld      = "127.3.0.5:2379" // HTTP/1 only
	voter       = "127.1.6.1:2379"
	learner     = "127.1.6.2:2379"
	trioOne     = "127.1.7.1:2379"
	trioTwo     = "127.1.7.2:2379"
	trioCutOff  = "127.1.7.3:2379" // has lost its peers
	// slowness is how long each piece takes on the slow line, each way.
	slowness = 600 * time.Millisecond
)

// reader is the cluster whose agents read.
const (
	readerName = "reader"
	readerID   = 1
)

// Names of the scene's etcds; those of other generations are called as their minors.
const (
	onMain, onOther, onSilent, onOpen, onTrio, onLearner, onFar = "main", "other", "silent", "open", "trio-one", "voter", "far"
	onCorrupt, onNoSpace, onNameless, onAnyone                  = "corrupt", "nospace", "nameless", "anyone"
)

// scene is some etcds, good and bad, with credentials for them.
type scene struct {
	dir     string // of the credentials
	ca      *authority
	foreign *authority
	servers map[string]*server
	hosts   hosts
	links   []*link
}

// rights are what a peer may read, wherever it asks.
var rights = []string{"cilium/.heartbeat*", "cilium/state/*", "cilium/cluster-config/*", "cilium/synced/*", "cilium/cache/*"}

// startScene starts everything that links lead to, and fills it.
func startScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{dir: t.TempDir(), servers: map[string]*server{}}
	for i := range links {
		l := links[i]
		l.id = firstID + i
		s.links = append(s.links, &l)
	}
	output(t, exec.Command("ip", "address", "replace", "10.99.255.1", "dev", "lo"))
	output(t, exec.Command("ip", "route", "replace", "10.99.0.0/16", "dev", "lo", "src", "10.99.255.1"))
	addAddress(t, mainIPv6)
	startPaths(t)
	s.issue(t)
	s.startEtcds(t)
	s.startFakes(t)
	s.startBalancers(t)
	for i, l := range s.links {
		if l.serve != nil {
			at := fmt.Sprintf("127.2.%d.%d:2379", i/200, i%200+1)
			l.endpoints = append(l.endpoints, l.serve(t, s, at)...)
		}
	}
	s.nameHosts()
	s.fill(t)
	s.beats(t)
	return s
}

// add starts an etcd of the scene.
func (s *scene) add(t *testing.T, spec serverSpec) *server {
	t.Helper()
	s.servers[spec.name] = startServer(t, s.dir, spec)
	return s.servers[spec.name]
}

func (s *scene) startEtcds(t *testing.T) {
	t.Helper()
	for _, spec := range []serverSpec{
		{name: onMain, pair: "main", at: []string{mainServer, mainElse, mainIPv6}},
		{name: onOther, pair: "other", at: []string{otherServer}},
		{name: onSilent, pair: "server", at: []string{silentEtcd}},
		{name: onOpen, at: []string{openServer}},
		{name: onCorrupt, pair: "server", at: []string{"127.1.4.1:2379"}},
		{name: onNoSpace, pair: "server", at: []string{"127.1.4.2:2379"}},
		{name: onNameless, pair: "server", anyone: true, at: []string{"127.1.4.3:2379"}},
		{name: onAnyone, pair: "server", anyone: true, at: []string{"127.1.4.4:2379"}},
		{name: onFar, pair: "far", at: farServers(), netns: farNamespace},
	} {
		s.add(t, spec)
	}
	for i, version := range newerEtcds {
		s.add(t, serverSpec{
			name: minorOf(version), pair: "server", at: []string{generationServer(i)}, program: etcdProgram(version),
		})
	}
	for i, h := range heartbeats {
		s.add(t, serverSpec{name: h.name, pair: "server", at: []string{heartbeatServer(i)}})
	}
	s.startLearner(t)
	s.startTrio(t)
}

// generationServer is where the etcd of the nth newer generation is.
func generationServer(n int) string { return fmt.Sprintf("127.1.2.%d:2379", n+1) }

// heartbeatServer is where the etcd with the nth state of a heartbeat is.
func heartbeatServer(n int) string { return fmt.Sprintf("127.1.3.%d:2379", n+1) }

// startLearner makes an etcd of one member that votes, and one that only learns.
func (s *scene) startLearner(t *testing.T) {
	t.Helper()
	peers := []string{onLearner + "=http://127.1.6.1:2380"}
	voting := s.add(t, serverSpec{name: onLearner, pair: "server", at: []string{voter}, peers: peers, peerAt: "127.1.6.1:2380"})
	voting.control(t, "member", "add", "learner", "--learner", "--peer-urls", "http://127.1.6.2:2380")
	s.add(t, serverSpec{
		name: "learner", pair: "server", at: []string{learner}, peerAt: "127.1.6.2:2380", existing: true,
		peers: append(peers, "learner=http://127.1.6.2:2380"),
	})
}

// startTrio makes an etcd of three members, and takes its peers from the third: that one goes on without a leader. Each side has
// the other's names at the ends of lines that can be cut.
func (s *scene) startTrio(t *testing.T) {
	t.Helper()
	names := []string{onTrio, "trio-two", "trio-three"}
	clients := []string{trioOne, trioTwo, trioCutOff}
	peer := func(n int) string { return fmt.Sprintf("127.1.7.%d:238%d", n+1, n+1) }
	line := func(n int) string { return fmt.Sprintf("127.1.8.%d:238%d", n+1, n+1) }
	var two, third hosts
	var peers []string
	lines := &proxy{}
	for n, name := range names {
		peers = append(peers, fmt.Sprintf("%s=http://%s.test:238%d", name, name, n+1))
		lines.start(t, line(n), peer(n))
		if n == 2 {
			two.enter(name+".test", line(n))
			third.enter(name+".test", peer(n))
		} else {
			two.enter(name+".test", peer(n))
			third.enter(name+".test", line(n))
		}
	}
	for n, name := range names {
		machine := two
		if n == 2 {
			machine = third
		}
		s.add(t, serverSpec{
			name: name, pair: "server", at: []string{clients[n]}, peers: peers, peerAt: peer(n), machine: machine.view(t),
		})
	}
	for _, name := range names {
		s.servers[name].control(t, "put", "started", name)
	}
	lines.cut()
}

// startFakes starts what is no etcd, and lines.
func (s *scene) startFakes(t *testing.T) {
	t.Helper()
	web := s.ca.issueFor(t, s.dir, "web", s.template("web", webOK, webMissing, webOld), newKey(t))
	startMute(t, muteServer)
	startCloser(t, closer)
	startWeb(t, webOK, web, 200, "h2")
	startWeb(t, webMissing, web, 404, "h2")
	startWeb(t, webOld, web, 200, "http/1.1")
	(&proxy{late: slowness}).start(t, slowServer, mainServer)
	(&proxy{rate: 32 * 1024}).start(t, narrowLine, mainServer)
}

// nameHosts gives the names of endpoints their addresses.
func (s *scene) nameHosts() {
	for name, addresses := range hostsOfLinks {
		s.hosts.enter(name, addresses...)
	}
}

// fill writes what links read: announcements, nodes, users.
func (s *scene) fill(t *testing.T) {
	t.Helper()
	keys := map[string]map[string]string{}
	for _, l := range s.links {
		for _, on := range l.servers() {
			if keys[on] == nil {
				keys[on] = map[string]string{}
			}
			maps.Copy(keys[on], l.keys())
		}
	}
	for _, on := range slices.Sorted(maps.Keys(keys)) {
		s.servers[on].put(t, keys[on])
	}
	s.enter(t)
	s.servers[onNoSpace].raise(t, "NOSPACE")
	s.servers[onCorrupt].raise(t, "CORRUPT")
	trio := s.servers[onTrio]
	var revision string
	for _, word := range strings.FieldsFunc(trio.control(t, "get", "started", "-w", "json"), func(r rune) bool { return r == ',' || r == '{' }) {
		if number, found := strings.CutPrefix(word, `"revision":`); found {
			revision = number
		}
	}
	if _, err := strconv.Atoi(revision); err != nil {
		t.Fatalf("revision: %v", err)
	}
	trio.control(t, "compact", revision)
}

// enter makes users, and turns rights on.
func (s *scene) enter(t *testing.T) {
	t.Helper()
	main := s.servers[onMain]
	for name, granted := range usersOfMain {
		main.user(t, name, granted...)
	}
	main.control(t, "user", "add", "roleless", "--no-password")
	main.authorise(t)
	s.servers[onFar].user(t, "reader", rights...)
	s.servers[onFar].authorise(t)
	for _, version := range newerEtcds {
		etcd := s.servers[minorOf(version)]
		etcd.user(t, "reader", rights...)
		etcd.user(t, "narrow", usersOfMain["narrow"]...)
		etcd.authorise(t)
	}
	nameless := s.servers[onNameless]
	nameless.user(t, "reader", rights...)
	nameless.control(t, "user", "add", "logged-in:secret")
	nameless.control(t, "user", "grant-role", "logged-in", "reader")
	nameless.control(t, "user", "add", "root:"+rootPassword)
	nameless.control(t, "user", "grant-role", "root", "root")
	nameless.control(t, "auth", "enable")
	nameless.flags = append(nameless.flags, "--user", "root:"+rootPassword)
}

// beats begins to write the heartbeats of all etcds but those that have none, or another one.
func (s *scene) beats(t *testing.T) {
	t.Helper()
	for _, on := range []string{onOther, onOpen, onNameless, onAnyone, onFar, onLearner, onTrio, "3.5", "3.6", "3.7"} {
		s.servers[on].beat(t, timely)
	}
	for _, h := range heartbeats {
		s.servers[h.name].put(t, h.keys(time.Now()))
		if h.again != nil {
			s.servers[h.name].beat(t, h.again)
		}
	}
}

// announce keeps the heartbeat, and the cluster-config of the healthy link, in the main etcd, by Cilium's own code.
func (s *scene) announce(t *testing.T, r release) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "main")
	writeFile(t, config, s.config(&link{endpoints: []string{"https://" + mainServer}, client: "root"}))
	a := startAgent(t, r, view{}, "announce", "announce", "--etcd-config", config,
		"--cluster-name", healthyLink, fmt.Sprintf("--cluster-id=%d", healthyID))
	a.await(t, "the healthy cluster is announced", func() bool { return a.count("announced", healthyLink) == 1 })
}

// config is the text of a link's config.
func (s *scene) config(l *link) string {
	text := "endpoints:\n"
	for _, endpoint := range l.endpoints {
		text += "- " + strconv.Quote(endpoint) + "\n"
	}
	if anchors := or(l.anchors, "ca.crt"); anchors != none {
		text += "trusted-ca-file: " + filepath.Join(s.dir, anchors) + "\n"
	}
	if client := or(l.client, "reader"); client != none {
		text += fmt.Sprintf("cert-file: %s.crt\nkey-file: %s.key\n", filepath.Join(s.dir, client), filepath.Join(s.dir, or(l.key, client)))
	}
	return text + l.more
}

// or is a text, or another one in its place.
func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
