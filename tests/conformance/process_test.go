package conformance

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// patience is how long anything may take that happens within moments on an idle machine.
	patience = 240 * time.Second
	// stopPatience is how long a process may take to end when told to.
	stopPatience = 20 * time.Second
	// logTail is how many lines of a log a failure shows.
	logTail = 8
)

// endsGo is how Go begins to say why a program ends; the stacks of all that it was at come after it.
var endsGo = regexp.MustCompile(`^(panic|fatal error|runtime|SIG[A-Z]+|unexpected fault address)\b`)

// process is a program in the background. Its log is shown when the test fails.
type process struct {
	name    string
	command *exec.Cmd
	log     string
	ended   chan struct{} // closed when it has ended
}

// start runs a command until the test ends, with its standard error in a file.
func start(t *testing.T, name string, command *exec.Cmd) *process {
	t.Helper()
	p := &process{
		name: name, command: command, ended: make(chan struct{}),
		log: filepath.Join(t.TempDir(), strings.ReplaceAll(name, "/", "-")+".log"),
	}
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	command.Stderr = log
	if err := command.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	go func() {
		_ = command.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the log of %s:\n%s", name, p.tail())
		}
		p.stop(t)
	})
	return p
}

// stop asks the process to end, and waits until it has.
func (p *process) stop(t *testing.T) {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(stopPatience):
		_ = p.command.Process.Kill()
		t.Errorf("%s has not ended within %s of SIGTERM", p.name, stopPatience)
	}
}

// kill ends the process as a machine does that fails.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.command.Process.Kill(); err != nil {
		t.Fatalf("%s: %v", p.name, err)
	}
	<-p.ended
}

func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	from := max(0, len(lines)-logTail)
	var cause []string
	if at := slices.IndexFunc(lines, endsGo.MatchString); at >= 0 && at < from {
		cause = append(lines[at:min(at+logTail, from):from], "[...]")
	}
	return strings.Join(append(cause, lines[from:]...), "\n")
}

// event is a line that an agent prints; agent/printer.go has its meaning.
type event struct {
	Event, Cluster, Error, Key, Cilium string
	Config, Anchors                    string
	ID                                 uint32
	Ready                              int
	Seconds                            float64
	at                                 time.Time // when it came
}

func (e event) String() string {
	text := e.Event + " " + e.Cluster
	if e.Error != "" {
		text += " (" + e.Error + ")"
	}
	return text
}

// agent is a background process that prints events.
type agent struct {
	*process
	events []event      // those that have been waited for
	coming <-chan event // those that have not; closed when the agent has ended
}

// startAgent starts a verb of the agent that prints events.
func startAgent(t *testing.T, r release, v view, name string, args ...string) *agent {
	t.Helper()
	return startPrinter(t, name, v.command(r.agent(os.Getenv(workVariable)), args...))
}

// startPrinter starts a command that prints events.
func startPrinter(t *testing.T, name string, command *exec.Cmd) *agent {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout = writer
	a := &agent{process: start(t, name, command)}
	writer.Close()

	printed := make(chan event)
	a.coming = queue(printed)
	go func() {
		defer reader.Close()
		defer close(printed)
		for lines := bufio.NewScanner(reader); lines.Scan(); {
			var e event
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				e = event{Event: "garbled", Error: lines.Text()}
			}
			e.at = time.Now()
			printed <- e
		}
	}()
	return a
}

// queue keeps events until they are taken, for an agent must not wait until a test looks.
func queue(in <-chan event) <-chan event {
	out := make(chan event)
	go func() {
		defer close(out)
		var kept []event
		for open := true; open || len(kept) > 0; {
			var next event
			var to chan<- event
			if len(kept) > 0 {
				next, to = kept[0], out
			}
			select {
			case e, more := <-in:
				if open = more; more {
					kept = append(kept, e)
				} else {
					in = nil
				}
			case to <- next:
				kept = kept[1:]
			}
		}
	}()
	return out
}

// await takes events until all that have come so far satisfy done.
func (a *agent) await(t *testing.T, what string, done func() bool) {
	t.Helper()
	a.awaitFor(t, patience, what, done)
}

// awaitFor is await with a patience of its own.
func (a *agent) awaitFor(t *testing.T, patience time.Duration, what string, done func() bool) {
	t.Helper()
	if !a.reaches(t, patience, done) {
		t.Fatalf("%s: not within %s: %s; it saw %v", a.name, patience, what, a.events)
	}
}

// reaches takes events until all that have come so far satisfy done, or patience is over; it returns whether they do.
func (a *agent) reaches(t *testing.T, patience time.Duration, done func() bool) bool {
	t.Helper()
	deadline := time.After(patience)
	for !done() {
		select {
		case e, open := <-a.coming:
			if !open {
				t.Fatalf("%s has ended; it saw %v", a.name, a.events)
			}
			a.events = append(a.events, e)
		case <-deadline:
			return false
		}
	}
	return true
}

// passing are events that are no part of a cluster's history: the state of its connection, which is looked at now and then only, so
// that a short change may be missed, and what is read of it.
var passing = []string{"connected", "disconnected", "node"}

// history is what has happened to a cluster.
func (a *agent) history(cluster string) []string {
	var history []string
	for _, e := range a.events {
		if e.Cluster == cluster && !slices.Contains(passing, e.Event) {
			history = append(history, e.Event)
		}
	}
	return history
}

// last is when an event of a cluster came last.
func (a *agent) last(name, cluster string) time.Time {
	var at time.Time
	for _, e := range a.events {
		if e.Event == name && e.Cluster == cluster {
			at = e.at
		}
	}
	return at
}

// count is how often an event of a cluster has come.
func (a *agent) count(name, cluster string) int {
	count := 0
	for _, event := range a.history(cluster) {
		if event == name {
			count++
		}
	}
	return count
}

// reads is whether the agent has seen this node of a cluster come.
func (a *agent) reads(node, cluster string) bool {
	return slices.ContainsFunc(a.events, func(e event) bool {
		return e.Event == "node" && e.Cluster == cluster && strings.HasSuffix(e.Key, "/"+node)
	})
}
