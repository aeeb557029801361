package conformance

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// optionForms are options by name, by the file that emits them.
type optionForms map[string]map[string]string

// optionForms reads the options that a bundle emits for its agent: in three forms to choose from, and in one that is wired.
func (b bundle) optionForms(t *testing.T) optionForms {
	t.Helper()
	forms := readForms(t, filepath.Join(b.dir, "options"), "agent", "config-map")
	if dir := filepath.Join(b.dir, "options/config-map"); exists(dir) {
		forms[dir] = readConfigMap(t, dir)
	}
	content, isCompose := b.compose(t)
	for service, definition := range content.Services {
		if len(definition.Environment) != 0 {
			forms["the compose file"] = fromVariables(t, service, definition.Environment, "CILIUM_")
		}
	}
	wired := b.payload("etc/cilium/clustermesh.env")
	if exists(wired) {
		forms[wired] = readEnv(t, wired, "CILIUM_")
		units, err := filepath.Glob(b.payload("etc/systemd/system/*.service.d/*.conf"))
		setting := "\nEnvironmentFile=/etc/cilium/clustermesh.env\n"
		if err != nil || len(units) != 1 || !strings.Contains(readFile(t, units[0]), setting) {
			t.Errorf("%s: no drop-in that reads the environment file: %v (%v)", b.name(), units, err)
		}
	}
	if len(forms) != 0 && isCompose == exists(wired) {
		t.Errorf("%s: the options are not wired in one place: %v", b.name(), slices.Collect(maps.Keys(forms)))
	}
	return forms
}

// operatorForms reads the options that are emitted for the operator of a cluster.
func (m *mesh) operatorForms(t *testing.T, c clusterSpec) optionForms {
	t.Helper()
	dir := filepath.Join(m.out, "bundles", c.Name, "operator")
	forms := readForms(t, dir, "operator", "cilium-config.patch.yaml", "etcd.config", "etcd-client-ca.crt", "etcd-client.crt", "etcd-client.key")
	if patch := filepath.Join(dir, "cilium-config.patch.yaml"); exists(patch) {
		var content struct{ Data map[string]string }
		readYAML(t, patch, &content)
		forms[patch] = content.Data
	}
	return forms
}

// readForms reads the options of a program as an environment file and as arguments, where those are. Nothing may be beside them
// that the tests do not know how to read.
func readForms(t *testing.T, dir, program string, others ...string) optionForms {
	t.Helper()
	forms := optionForms{}
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(append(others, program+".env", program+".args"), entry.Name()) {
			t.Errorf("%s: what is %s?", dir, entry.Name())
		}
	}
	if file := filepath.Join(dir, program+".env"); exists(file) {
		forms[file] = readEnv(t, file, "CILIUM_")
	}
	if file := filepath.Join(dir, program+".args"); exists(file) {
		forms[file] = readArgs(t, file)
	}
	return forms
}

// readArgs reads options in the form for a command line.
func readArgs(t *testing.T, path string) map[string]string {
	t.Helper()
	options := map[string]string{}
	for _, word := range strings.Fields(readFile(t, path)) {
		flag, dashed := strings.CutPrefix(word, "--")
		option, value, found := strings.Cut(flag, "=")
		if _, twice := options[option]; !dashed || !found || twice {
			t.Fatalf("%s: %q is not --flag=value, or is there twice", path, word)
		}
		options[option] = value
	}
	return options
}

// readConfigMap reads options in the form for --config-dir: one file an option.
func readConfigMap(t *testing.T, dir string) map[string]string {
	t.Helper()
	options := map[string]string{}
	for path, content := range contents(t, dir) {
		options[filepath.Base(path)] = strings.TrimSpace(content)
	}
	return options
}

// readEnv reads an environment file.
func readEnv(t *testing.T, path, prefix string) map[string]string {
	t.Helper()
	variables := map[string]string{}
	for _, line := range strings.Split(readFile(t, path), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if _, twice := variables[name]; !found || twice {
			t.Fatalf("%s: %q is not NAME=value, or is there twice", path, line)
		}
		variables[name] = strings.Trim(value, `"`)
	}
	return fromVariables(t, path, variables, prefix)
}

// fromVariables turns environment variables into options. All names begin with prefix, and come back as flags are written:
// CILIUM_CLUSTER_ID is cluster-id (Cilium's pkg/option and hive read their environment by that rule).
func fromVariables(t *testing.T, where string, variables map[string]string, prefix string) map[string]string {
	t.Helper()
	options := map[string]string{}
	for name, value := range variables {
		flag, prefixed := strings.CutPrefix(name, prefix)
		if !prefixed || flag != strings.ToUpper(flag) {
			t.Fatalf("%s: %q is not %sNAME", where, name, prefix)
		}
		options[strings.ReplaceAll(strings.ToLower(flag), "_", "-")] = value
	}
	return options
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
