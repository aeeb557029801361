package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// heartbeatPatience is longer than agents wait for a heartbeat: two minutes (pkg/kvstore/etcd.go, statusChecker), and what it
// takes to connect.
const heartbeatPatience = 4 * time.Minute

// TestProbe has three judges look at links in every state: Cilium's own check (`cilium-dbg troubleshoot clustermesh`), an agent
// of Cilium's packages, and `meshbundle probe`. Wherever probe says ready, the agent gets ready and stays so; wherever it does
// not, probe says why. What the three say is a table of the documentation.
func TestProbe(t *testing.T) {
	t.Parallel()
	s := startScene(t)
	s.beat(t, releases[0])
	eachRelease(t, func(t *testing.T, r release) {
		t.Parallel()
		s.judge(t, r)
	})
}

// verdicts is what three judges say of one link.
type verdicts struct {
	troubleshoot, agent string
	code                string
	warnings            []string
}

func (s *scene) judge(t *testing.T, r release) {
	etc := t.TempDir()
	writeFiles(t, etc, map[string]string{"clustermesh.env": fmt.Sprintf("CILIUM_CLUSTER_NAME=%s\nCILIUM_CLUSTER_ID=%d\n", readerName, readerID)})
	machine := view{}.with(t, etc, "/etc/cilium")
	live := &liveDir{path: t.TempDir(), staging: t.TempDir()}
	install := func(later bool) {
		for _, l := range links {
			if l.later == later {
				live.put(t, l.name, s.config(l), 0o644)
			}
		}
	}
	install(false)
	a := startAgent(t, r, machine, "agent of "+readerName, "watch", "--dir", live.path, "--cluster-name", readerName,
		fmt.Sprintf("--cluster-id=%d", readerID))
	a.await(t, "the id is taken", func() bool { return a.count("ready", "id-holder") > 0 })
	install(true)

	all := map[string]*verdicts{}
	probed := make(chan string, 1)
	go func() { probed <- s.probe(r, machine, live.path, all) }()
	said := map[string]string{}
	for _, l := range links {
		said[l.name] = s.troubleshoot(t, r, filepath.Join(live.path, l.name))
	}
	if problem := <-probed; problem != "" {
		t.Fatal(problem)
	}
	a.awaitFor(t, heartbeatPatience, "the agent misses the heartbeat", func() bool { return a.count("not-ready", "stale") > 0 })
	for _, l := range links {
		v := all[l.name]
		if v == nil {
			t.Fatalf("probe says nothing of %q", l.name)
		}
		v.troubleshoot = said[l.name]
		switch {
		case l.chance:
			v.agent = "by chance, and of one of them"
		case a.count("ready", l.name) == 0:
			v.agent = "no"
		case a.count("not-ready", l.name) > 0:
			v.agent = "for two minutes, again and again"
		default:
			v.agent = "yes"
		}
		v.check(t, r, l, a)
	}
	checkTable(t, r, all)
}

// check holds what the judges say against each other.
func (v *verdicts) check(t *testing.T, r release, l link, a *agent) {
	t.Helper()
	code := ""
	if l.refusedBy(r) {
		code = l.code
	}
	if v.code != code {
		t.Errorf("%s: probe says %q, not %q", l.name, v.code, code)
	}
	if v.code == "" && (v.agent != "yes" || a.count("run", l.name) != 1) {
		t.Errorf("%s: probe says ready, and the agent saw %v", l.name, a.history(l.name))
	}
}

// probe is what `meshbundle probe` says of all links; a text comes back where it cannot be had.
func (s *scene) probe(r release, machine view, dir string, all map[string]*verdicts) (problem string) {
	command := machine.command(os.Getenv(binaryVariable), "probe", dir, "--cilium", r.minor, "--timeout", "20", "--format", "json")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return fmt.Sprintf("probe: %v\n%s", err, stderr.String())
	}
	var report struct {
		Links []struct {
			Cluster, Code string
			Ready         bool
			Findings      []struct{ Code, Severity string }
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		return fmt.Sprintf("probe: %v in %s", err, stdout.String())
	}
	for _, l := range report.Links {
		v := &verdicts{code: l.Code}
		if l.Ready != (l.Code == "") {
			return fmt.Sprintf("probe: %s is ready: %v, with the code %q", l.Cluster, l.Ready, l.Code)
		}
		for _, f := range l.Findings {
			if f.Severity == "warning" && l.Ready && !slices.Contains(v.warnings, f.Code) {
				v.warnings = append(v.warnings, f.Code)
			}
		}
		all[l.Cluster] = v
	}
	return ""
}

// firstFailure is what Cilium's check says first that it does not like, without the address and Go's details.
var firstFailure = regexp.MustCompile(`❌ (.*?)( to [0-9a-z.:]+)?(: .*)?$`)

// troubleshoot is what Cilium's own check says, in short.
func (s *scene) troubleshoot(t *testing.T, r release, config string) string {
	t.Helper()
	var answer struct{ Report []string }
	for range 3 { // it gives some answers a second only, which a busy machine may need
		r.ask(t, view{}, &answer, "troubleshoot", config)
		if !strings.Contains(strings.Join(answer.Report, "\n"), "deadline exceeded") {
			break
		}
	}
	for _, line := range answer.Report {
		if match := firstFailure.FindStringSubmatch(line); match != nil {
			return "❌ " + match[1]
		}
	}
	if !slices.ContainsFunc(answer.Report, func(line string) bool { return strings.Contains(line, standing) }) {
		t.Fatalf("neither good nor bad: %v", answer.Report)
	}
	return "✅ all is well"
}
