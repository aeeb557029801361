package conformance

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ownConfig is where a bundle puts the config of the own etcd, and says so to the agent.
const ownConfig = "/var/lib/etcd-config/etcd.config"

// optionsReport is what `agent options` prints.
type optionsReport struct {
	Cilium, Name string
	ID           uint32
	Kvstore      string
	KvstoreOpt   map[string]string
}

// checkReading has Cilium itself read the options of a bundle's agent, in each form: from the command line, the environment and a
// folder. `kvstore-opt` is a map, which each of these brings as a text of its own.
func (m *mesh) checkReading(t *testing.T, r release, b bundle) {
	t.Helper()
	c, dir := m.cluster(t, b.cluster), filepath.Join(b.dir, "options")
	if c.Options == "none" {
		return
	}
	want, options := "", map[string]string{}
	if m.hasLocalClients(c) {
		want, options = "etcd", map[string]string{"etcd.config": ownConfig}
	}
	for form, read := range map[string]struct{ args, environment []string }{
		"agent.args": {args: b.agentArgs(t)},
		"agent.env":  {environment: variables(t, filepath.Join(dir, "agent.env"))},
		"config-map": {args: []string{"--config-dir=" + filepath.Join(dir, "config-map")}},
	} {
		command := view{}.command(r.agent(os.Getenv(workVariable)), append([]string{"options"}, read.args...)...)
		command.Env = append(os.Environ(), read.environment...)
		var got optionsReport
		if err := json.Unmarshal([]byte(output(t, command)), &got); err != nil {
			t.Fatal(err)
		}
		if got.Cilium != r.version || got.Name != c.Name || got.ID != c.ID || got.Kvstore != want || !maps.Equal(got.KvstoreOpt, options) {
			t.Errorf("%s: Cilium %s reads %+v from %s, not kvstore %q with %v", b.name(), r.version, got, form, want, options)
		}
	}
}

// agentArgs is the command line of a bundle's agent.
func (b bundle) agentArgs(t *testing.T) []string {
	t.Helper()
	return strings.Fields(readFile(t, filepath.Join(b.dir, "options/agent.args")))
}

// variables are the lines of an environment file.
func variables(t *testing.T, path string) []string {
	t.Helper()
	var lines []string
	for _, line := range strings.Split(readFile(t, path), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}
