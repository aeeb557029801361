package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// sample is the mesh that is made: loopback addresses only, so that its etcds can run here.
const sample = "../../samples/loopback.yaml"

// mesh is a spec and what meshbundle has made of it.
type mesh struct {
	spec, out, state string
}

var versionField = regexp.MustCompile(`version: "1\.\d+"`)

// newMesh copies the sample, with every cluster on one minor of Cilium if minor is not empty.
func newMesh(t *testing.T, minor string) mesh {
	t.Helper()
	dir := t.TempDir()
	text := readFile(t, sample)
	if !versionField.MatchString(text) {
		t.Fatalf("%s states no `version: \"1.x\"` of Cilium", sample)
	}
	if minor != "" {
		text = versionField.ReplaceAllString(text, `version: "`+minor+`"`)
	}
	m := mesh{spec: filepath.Join(dir, "mesh.yaml"), out: filepath.Join(dir, "out"), state: filepath.Join(dir, "state")}
	writeFile(t, m.spec, text)
	return m
}

// generate runs `meshbundle generate` as if it were now. It must find nothing wrong.
func (m mesh) generate(t *testing.T, now time.Time, options ...string) {
	t.Helper()
	args := append([]string{"generate", m.spec, "--out", m.out, "--state", m.state}, options...)
	command := exec.Command(os.Getenv(binaryVariable), args...)
	command.Env = append(os.Environ(), "MESHBUNDLE_NOW="+now.UTC().Format(time.RFC3339))
	output(t, command)
}

// archives are the archives of one kind, `nodes` or `etcd`, by cluster and by the name of the node or member.
func (m mesh) archives(t *testing.T, kind string) map[string]map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(m.out, "bundles", "*", kind, "*.tar.gz"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in %s/bundles/*/%s (%v)", m.out, kind, err)
	}
	archives := map[string]map[string]string{}
	for _, path := range paths {
		cluster := filepath.Base(filepath.Dir(filepath.Dir(path)))
		if archives[cluster] == nil {
			archives[cluster] = map[string]string{}
		}
		archives[cluster][strings.TrimSuffix(filepath.Base(path), ".tar.gz")] = path
	}
	return archives
}

// unpack unpacks an archive with tar, and returns the one folder that it must consist of.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	output(t, exec.Command("tar", "-xzf", archive, "-C", dir))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || !entries[0].IsDir() {
		t.Fatalf("%s does not unpack into one folder, but %v", archive, entries)
	}
	return filepath.Join(dir, entries[0].Name())
}

// writeFile writes a text file.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
