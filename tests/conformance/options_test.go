package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestOptions looks up every option of every bundle in the flags that the release documents: an agent that is given a flag it
// does not know ends at once. The three forms of the options must say the same.
func TestOptions(t *testing.T) {
	eachRelease(t, func(t *testing.T, r release) {
		flags := r.flags(t)
		m := newMesh(t, r.minor)
		m.generate(t, time.Now(), "--create-authorities", "--unpack")

		for _, b := range m.bundles(t) {
			for _, always := range []string{"cluster-name", "cluster-id", "clustermesh-config"} {
				if b.options[always] == "" {
					t.Errorf("%s: agent.env does not set %s", b.name(), always)
				}
			}
			if b.options["cluster-name"] != b.cluster {
				t.Errorf("%s: the agent would be of %q", b.name(), b.options["cluster-name"])
			}
			for option := range b.options {
				if !flags[option] {
					t.Errorf("%s: Cilium %s documents no flag --%s", b.name(), r.version, option)
				}
			}
			if args := b.args(t); !maps.Equal(args, b.options) {
				t.Errorf("%s: agent.args says %v, agent.env %v", b.name(), args, b.options)
			}
			if files := b.configMap(t); !maps.Equal(files, b.options) {
				t.Errorf("%s: config-map says %v, agent.env %v", b.name(), files, b.options)
			}
		}
	})
}

// flags are the options that the tests' own agent takes, as on its command line.
func (b bundle) flags() []string {
	var flags []string
	for _, option := range []string{"cluster-name", "cluster-id", "max-connected-clusters"} {
		if value, set := b.options[option]; set {
			flags = append(flags, "--"+option+"="+value)
		}
	}
	return flags
}

// args are the options in the form for a command line.
func (b bundle) args(t *testing.T) map[string]string {
	t.Helper()
	options := map[string]string{}
	for _, word := range strings.Fields(readFile(t, filepath.Join(b.dir, "options/agent.args"))) {
		flag, dashed := strings.CutPrefix(word, "--")
		option, value, found := strings.Cut(flag, "=")
		if !dashed || !found {
			t.Fatalf("%s: agent.args: %q is not --flag=value", b.name(), word)
		}
		options[option] = value
	}
	return options
}

// configMap are the options in the form for --config-dir: one file an option.
func (b bundle) configMap(t *testing.T) map[string]string {
	t.Helper()
	dir := filepath.Join(b.dir, "options/config-map")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	options := map[string]string{}
	for _, entry := range entries {
		options[entry.Name()] = strings.TrimSpace(readFile(t, filepath.Join(dir, entry.Name())))
	}
	return options
}
