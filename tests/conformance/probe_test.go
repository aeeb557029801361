package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// tries is how often each kind of link is tried: by agents side by side, and by probes one after the other.
	tries = 3
	// heartbeatPatience is longer than agents wait for a heartbeat: two minutes (pkg/kvstore/etcd.go, statusChecker), and what it
	// takes to connect.
	heartbeatPatience = 5 * time.Minute
	// probeTimeout is what a probe gives an endpoint on a machine that does much else.
	probeTimeout = "30"
	// mostLate is how many of a release's rounds of probes may have late answers: a machine that stalls is late with all that it is
	// asked at that moment.
	mostLate = 2
)

// TestProbe has three judges look at every kind of link: Cilium's own check (`cilium-dbg troubleshoot clustermesh`), agents of
// Cilium's packages, and `meshbundle probe`. Wherever probe says ready, agents get ready and stay so; wherever it says something
// else, they do not. What the three say is a table of the documentation, which lists what is chance, and what probe cannot tell.
func TestProbe(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	s.announce(t, releases[0])
	machine := s.hosts.view(t)
	eachRelease(t, func(t *testing.T, r release) {
		t.Parallel()
		s.judge(t, r, machine)
	})
}

// verdicts is what three judges say of one link.
type verdicts struct {
	troubleshoot, agent string
	code, message       string // empty when the link is ready
	warnings            []string
}

func (s *scene) judge(t *testing.T, r release, machine view) {
	etc := t.TempDir()
	writeFiles(t, etc, map[string]string{"clustermesh.env": fmt.Sprintf("CILIUM_CLUSTER_NAME=%s\nCILIUM_CLUSTER_ID=%d\n", readerName, readerID)})
	machine = machine.with(t, etc, "/etc/cilium")
	live := &liveDir{path: t.TempDir(), staging: t.TempDir()}
	install := func(later bool) {
		for _, l := range s.links {
			if l.later == later {
				live.put(t, l.name, s.config(l), 0o644)
			}
		}
	}
	install(false)
	var agents []*agent
	for n := range tries {
		a := startAgent(t, r, machine, fmt.Sprintf("agent %d of %s", n+1, readerName), "watch", "--dir", live.path,
			"--cluster-name", readerName, fmt.Sprintf("--cluster-id=%d", readerID))
		t.Cleanup(func() { a.kill(t) }) // by itself it would let go of some 180 clusters first, one after the other
		agents = append(agents, a)
	}
	// While agents start, the machine is so busy that answers are late. Links that do not get ready are reported later.
	for _, a := range agents {
		a.reaches(t, patience, func() bool {
			return !slices.ContainsFunc(s.links, func(l *link) bool {
				return (l.name == "id-holder" || l.codeFor(r) == "" && l.chance == "") && a.count("ready", l.name) == 0
			})
		})
	}
	install(true)

	all := s.probes(t, r, machine, live.path)
	said := s.troubleshootAll(r, machine, live.path)
	for _, l := range s.links {
		all[l.name].troubleshoot = said[l.name]
		if l.isSplit() || l.varies {
			all[l.name].troubleshoot = "by chance"
		}
	}
	for _, a := range agents {
		s.awaitVerdicts(t, r, a)
	}
	for _, l := range s.links {
		all[l.name].agent = l.lived(agents)
		all[l.name].check(t, r, l, agents)
	}
	s.checkTable(t, r, all)
}

// awaitVerdicts waits until an agent has had so much time with every link as it has patience with a heartbeat: by then it has
// given those up that it can give up, and what has not become ready does not.
func (s *scene) awaitVerdicts(t *testing.T, r release, a *agent) {
	t.Helper()
	a.awaitFor(t, heartbeatPatience, "the agent misses heartbeats", func() bool {
		for _, l := range s.links {
			if l.patient && l.code != "" && a.count("not-ready", l.name) == 0 {
				return false
			}
		}
		return true
	})
}

// lived is what became of a link in all agents.
func (l *link) lived(agents []*agent) string {
	if l.chance != "" {
		return "by chance: " + l.chance
	}
	seen := map[string]int{}
	for _, a := range agents {
		switch {
		case a.count("ready", l.name) == 0:
			seen["no"]++
		case a.count("not-ready", l.name) > 0:
			seen["yes, and loses it again and again"]++
		default:
			seen["yes"]++
		}
	}
	for what, times := range seen {
		if times == len(agents) {
			return what
		}
	}
	return fmt.Sprint(seen)
}

// check compares what the judges say.
func (v *verdicts) check(t *testing.T, r release, l *link, agents []*agent) {
	t.Helper()
	history := func() string {
		var lines []string
		for _, a := range agents {
			lines = append(lines, fmt.Sprint(a.history(l.name)))
		}
		return strings.Join(lines, "; ")
	}
	if code := l.codeFor(r); v.code != code {
		t.Errorf("%s: probe says %q (%s), not %q; agents: %s: %s", l.name, v.code, v.message, code, v.agent, history())
	}
	if l.chance == "" && l.unknown == "" && (v.code == "") != (v.agent == "yes") {
		t.Errorf("%s: probe says %q, and of agents get ready: %s: %s", l.name, v.code, v.agent, history())
	}
}

// probes is what `meshbundle probe` says of all links, the same each time. Those for which it waits are tried side by side.
func (s *scene) probes(t *testing.T, r release, machine view, dir string) map[string]*verdicts {
	t.Helper()
	var quick, patient []string
	for _, l := range s.links {
		if l.patient {
			patient = append(patient, "--remote", l.name)
		} else {
			quick = append(quick, "--remote", l.name)
		}
	}
	var rounds [2 * tries]map[string]*verdicts
	var problems [2 * tries]error
	var waiting sync.WaitGroup
	waiting.Go(func() {
		for n := range tries {
			rounds[n], problems[n] = probe(r, machine, dir, quick)
		}
	})
	for n := range tries {
		waiting.Go(func() { rounds[tries+n], problems[tries+n] = probe(r, machine, dir, patient) })
	}
	waiting.Wait()
	if err := errors.Join(problems[:]...); err != nil {
		t.Fatal(err)
	}
	s.askLateAgain(t, r, machine, dir, rounds[:tries])
	all := rounds[0]
	for name, v := range rounds[tries] {
		all[name] = v
	}
	for _, l := range s.links {
		if all[l.name] == nil {
			t.Fatalf("probe says nothing of %q", l.name)
		}
		for n, round := range rounds {
			v := round[l.name]
			if v == nil {
				continue
			}
			if l.luck && v.code == l.code {
				all[l.name].code = l.code
			} else if v.code != all[l.name].code && !(l.luck && v.code == "") {
				t.Errorf("%s: probe said %q, and in round %d %q", l.name, all[l.name].code, n%tries+1, v.code)
			}
			// On a busy machine a good link is slow now and then.
			all[l.name].warnings = slices.DeleteFunc(all[l.name].warnings, func(code string) bool {
				return !slices.Contains(v.warnings, code)
			})
		}
	}
	return all
}

// askLateAgain asks once more for links that an etcd has not answered in time, but should have. At least one round is not late, and the
// second answer counts.
func (s *scene) askLateAgain(t *testing.T, r release, machine view, dir string, rounds []map[string]*verdicts) {
	t.Helper()
	stalls := 0
	for n, round := range rounds {
		var late []string
		for _, l := range s.links {
			v := round[l.name]
			if v == nil || v.code != "CM0821" && v.code != "CM0803" || v.code == l.codeFor(r) || l.luck {
				continue
			}
			t.Logf("%s: late in round %d: %s", l.name, n+1, v.message)
			late = append(late, "--remote", l.name)
		}
		if len(late) == 0 {
			continue
		}
		if stalls++; stalls > mostLate {
			t.Errorf("more than %d of %d rounds were late", mostLate, len(rounds))
			return
		}
		again, err := probe(r, machine, dir, late)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(round, again)
	}
}

// probe is what one run says.
func probe(r release, machine view, dir string, remotes []string) (map[string]*verdicts, error) {
	words := append([]string{"probe", dir, "--cilium", r.minor, "--timeout", probeTimeout, "--format", "json"}, remotes...)
	command := machine.command(os.Getenv(binaryVariable), words...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("probe: %w\n%s", err, stderr.String())
	}
	var report struct {
		Links []struct {
			Cluster, Code, Message string
			Ready                  bool
			Findings               []struct{ Code, Severity string }
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		return nil, fmt.Errorf("probe: %w in %s", err, stdout.String())
	}
	all := map[string]*verdicts{}
	for _, l := range report.Links {
		v := &verdicts{code: l.Code, message: l.Message}
		if l.Ready != (l.Code == "") {
			return nil, fmt.Errorf("probe: %s is ready: %v, with the code %q", l.Cluster, l.Ready, l.Code)
		}
		for _, f := range l.Findings {
			if f.Severity == "warning" && l.Ready && !slices.Contains(v.warnings, f.Code) {
				v.warnings = append(v.warnings, f.Code)
			}
		}
		all[l.Cluster] = v
	}
	return all, nil
}

// firstFailure is what Cilium's check says first that it does not like, without the address and Go's details.
var firstFailure = regexp.MustCompile(`❌ (.*?)( to [^ ]+)?(: .*)?$`)

// troubleshootAll has Cilium's own check look at every link, some at a time.
func (s *scene) troubleshootAll(r release, machine view, dir string) map[string]string {
	const atOnce = 8
	var waiting sync.WaitGroup
	var mutex sync.Mutex
	work, all := make(chan *link), map[string]string{}
	for range atOnce {
		waiting.Go(func() {
			for l := range work {
				said := troubleshoot(r, machine, filepath.Join(dir, l.name))
				mutex.Lock()
				all[l.name] = said
				mutex.Unlock()
			}
		})
	}
	for _, l := range s.links {
		work <- l
	}
	close(work)
	waiting.Wait()
	return all
}

// versionFailure is what it says of a server that takes more than a second for its version. A busy machine does, too, so any other
// failure is more to the point.
const versionFailure = "Failed to retrieve GET /version answer"

// troubleshoot is what Cilium's own check says, in short.
func troubleshoot(r release, machine view, config string) string {
	var answer struct{ Report []string }
	for range 3 { // it gives some answers a second only, which a busy machine may need
		said, err := machine.command(r.agent(os.Getenv(workVariable)), "troubleshoot", config).Output()
		if err == nil {
			err = json.Unmarshal(said, &answer)
		}
		if err != nil {
			return err.Error()
		}
		if !strings.Contains(strings.Join(answer.Report, "\n"), "deadline exceeded") {
			break
		}
	}
	failed := ""
	for _, line := range answer.Report {
		if match := firstFailure.FindStringSubmatch(line); match != nil && (failed == "" || failed == versionFailure) {
			failed = match[1]
		}
	}
	if failed != "" {
		return "❌ " + failed
	}
	if !slices.ContainsFunc(answer.Report, func(line string) bool { return strings.Contains(line, standing) }) {
		return fmt.Sprintf("neither good nor bad: %v", answer.Report)
	}
	return "✅ all is well"
}
