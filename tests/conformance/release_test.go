package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// release is one release of Cilium that the bundles are tried on.
type release struct {
	minor   string // as `cilium.version` of a mesh has it
	version string // of the Go module
	dir     string // of the sources
	modfile string // in dir
	tags    string // of the sources that are of this release only
}

var releases = []release{
	{minor: "1.20", version: "v1.20.2", dir: "agent", modfile: "go.mod"},
	{minor: "1.18", version: "v1.18.5", dir: "agent", modfile: "cilium-1.18.mod", tags: "cilium_1_18"},
}

// earlierReleases are for the charts up to 1.16, which make other roles. Agents up to 1.15 also read one key more. Those of 1.14 are in an
// internal package of Cilium, and read what those of 1.15 read (pkg/clustermesh/internal/remote_cluster.go).
var earlierReleases = []release{
	{minor: "1.16", version: "v1.16.19", dir: "earlier", modfile: "go.mod"},
	{minor: "1.15", version: "v1.15.19", dir: "earlier", modfile: "cilium-1.15.mod", tags: "cilium_1_15"},
}

// before tells whether a release is older than a minor such as 1.20; none is older than no minor.
func (r release) before(minor string) bool {
	number := func(minor string) (n int) {
		_, _ = fmt.Sscanf(minor, "1.%d", &n)
		return n
	}
	return number(r.minor) < number(minor)
}

// eachRelease runs a test once for every release.
func eachRelease(t *testing.T, test func(t *testing.T, r release)) {
	for _, r := range releases {
		t.Run(r.minor, func(t *testing.T) { test(t, r) })
	}
}

// The pages on which Cilium documents its flags. Of operators there is one for each cloud, one for all others, and one program
// that is all of them: what is emitted is for any, so it must be known to both of the latter.
const agentPage = "cilium-agent.md"

var operatorPages = []string{"cilium-operator.md", "cilium-operator-generic.md"}

// build makes the agent of this release, into work.
func (r release) build(work string) error {
	fmt.Fprintf(os.Stderr, "conformance: building the agent of Cilium %s (minutes, the first time)\n", r.version)
	_, err := r.goCommand("build", "-buildvcs=false", "-ldflags=-s -w", "-o", r.agent(work), ".")
	return err
}

// copyPages gets the pages on which Cilium documents its flags, into work.
func (r release) copyPages(work string) error {
	source, err := r.goCommand("list", "-m", "-f", "{{.Dir}}", ciliumModule)
	if err != nil {
		return err
	}
	for _, name := range append([]string{agentPage}, operatorPages...) {
		page, err := os.ReadFile(filepath.Join(strings.TrimSpace(source), "Documentation/cmdref", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(r.page(work, name), page, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (r release) goCommand(verb string, args ...string) (string, error) {
	command := exec.Command("go", append([]string{verb, "-modfile=" + r.modfile, "-tags=" + r.tags}, args...)...)
	command.Dir = r.dir
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTOOLCHAIN=local") // as Cilium is built, and with no C compiler
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("go %s, for Cilium %s: %w", verb, r.version, err)
	}
	return string(output), nil
}

func (r release) agent(work string) string { return filepath.Join(work, "agent-"+r.minor) }
func (r release) page(work, name string) string {
	return filepath.Join(work, r.minor+"-"+name)
}

// documentedFlag is how a flag stands on the page, e.g. `      --cluster-id uint32      Unique identifier of the cluster`.
var documentedFlag = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z0-9][-a-z0-9]*)`)

// flags are the names of all flags that each of the pages of this release documents.
func (r release) flags(t *testing.T, pages ...string) map[string]bool {
	t.Helper()
	count := map[string]int{}
	for _, name := range pages {
		flags := map[string]bool{}
		for _, match := range documentedFlag.FindAllStringSubmatch(readFile(t, r.page(os.Getenv(workVariable), name)), -1) {
			flags[match[1]] = true
		}
		for _, known := range []string{"cluster-name", "cluster-id", "config-dir", "debug"} {
			if !flags[known] {
				t.Fatalf("%s of %s lacks `%s`: is it still written the same way?", name, r.version, known)
			}
		}
		for flag := range flags {
			count[flag]++
		}
	}
	documented := map[string]bool{}
	for flag, times := range count {
		documented[flag] = times == len(pages)
	}
	return documented
}

// ask runs a verb of the agent that prints one object, in a view, and reads the object into answer.
func (r release) ask(t *testing.T, v view, answer any, args ...string) {
	t.Helper()
	output := v.run(t, r.agent(os.Getenv(workVariable)), args...)
	if err := json.Unmarshal([]byte(output), answer); err != nil {
		t.Fatalf("agent %s: %v in %q", strings.Join(args, " "), err, output)
	}
}

// readFile reads a text file that must be there.
func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
