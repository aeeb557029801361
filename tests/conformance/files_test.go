package conformance

import (
	"slices"
	"testing"
	"time"
)

// TestFiles asks each release of Cilium what it takes for configs of remote clusters in each node's directory: the remote
// clusters and nothing else, each under a name that Cilium accepts.
func TestFiles(t *testing.T) {
	m := newMesh(t, "")
	m.generate(t, time.Now(), "--create-authorities", "--unpack")
	bundles := m.bundles(t)
	if clusters := firstOfEach(bundles); len(clusters) < 3 || len(bundles) == len(clusters) {
		t.Fatalf("%d bundles of %d clusters try too little", len(bundles), len(clusters))
	}

	eachRelease(t, func(t *testing.T, r release) {
		for _, b := range bundles {
			target := b.options["clustermesh-config"]
			var report filesReport
			r.ask(t, view{}.with(t, b.configs, target), &report, "files", target)
			report.check(t, r, b.name(), b.remotes(bundles))
		}
	})
}

// filesReport is what `agent files` prints.
type filesReport struct {
	Cilium string
	Files  map[string]struct{ Path, NameError string }
}

func (report filesReport) check(t *testing.T, r release, name string, want []string) {
	t.Helper()
	if report.Cilium != r.version {
		t.Fatalf("the agent for %s is of %q", r.version, report.Cilium)
	}
	var got []string
	for file, info := range report.Files {
		got = append(got, file)
		if info.NameError != "" {
			t.Errorf("%s: Cilium %s refuses the name %q: %s", name, r.version, file, info.NameError)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s: Cilium %s takes %v for configs, not %v", name, r.version, got, want)
	}
}
