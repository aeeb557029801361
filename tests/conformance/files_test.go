package conformance

import (
	"slices"
	"testing"
)

// TestFiles asks each release of Cilium what it takes for configs of remote clusters in each node's directory: the remote
// clusters and nothing else, each under a name that Cilium accepts. The samples are taken as they are.
func TestFiles(t *testing.T) {
	eachSample(t, func(t *testing.T, sample string) {
		m := newMesh(t, sample)
		m.create(t)
		for _, b := range m.bundles(t) {
			for _, r := range releases {
				var report filesReport
				r.ask(t, b.view(t, b.configs), &report, "files", b.target)
				report.check(t, r, b.name(), m.remotes(b.cluster))
			}
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
