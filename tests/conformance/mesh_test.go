package conformance

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"
)

const (
	samplesDir = "../../samples"
	// guideSample is the mesh of the 2020 guide, brownfieldSample the one of etcds that run already.
	guideSample      = "guide-two-clusters"
	brownfieldSample = "brownfield"
	// fixturesDir is what brownfield-pki.sh makes, beside the spec that names it.
	fixturesDir = "brownfield"
)

// eachSample runs a test once for every sample there is, except those that have a test of their own.
func eachSample(t *testing.T, test func(t *testing.T, sample string), except ...string) {
	paths, err := filepath.Glob(filepath.Join(samplesDir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var samples []string
	for _, path := range paths {
		samples = append(samples, strings.TrimSuffix(filepath.Base(path), ".yaml"))
	}
	for _, known := range []string{guideSample, "own-authorities", "loopback", brownfieldSample, mixedSample} {
		if !slices.Contains(samples, known) {
			t.Fatalf("no sample %q, only %v", known, samples)
		}
	}
	for _, sample := range slices.DeleteFunc(samples, func(sample string) bool { return slices.Contains(except, sample) }) {
		t.Run(sample, func(t *testing.T) { test(t, sample) })
	}
}

// mesh is a spec and what meshbundle has made of it.
type mesh struct {
	sample string
	dir    string // of the spec and the files that it names
	out    string
	now    time.Time // that of its runs, if it is not the machine's
	spec
}

// newMesh takes a sample as it is.
func newMesh(t *testing.T, sample string) *mesh {
	t.Helper()
	dir := t.TempDir()
	m := &mesh{sample: sample, dir: dir, out: filepath.Join(dir, "out")}
	writeFile(t, m.file(), readFile(t, filepath.Join(samplesDir, sample+".yaml")))
	for _, files := range []string{fixturesDir, mixedSample} {
		if err := os.CopyFS(filepath.Join(dir, files), os.DirFS(filepath.Join(os.Getenv(workVariable), files))); err != nil {
			t.Fatal(err)
		}
	}
	readYAML(t, m.file(), &m.spec)
	m.check(t)
	return m
}

// makeFixtures makes what samples find in place.
func makeFixtures(work string) error {
	for _, sample := range []string{brownfieldSample, mixedSample} {
		command := exec.Command("sh", filepath.Join(samplesDir, sample+"-pki.sh"), filepath.Join(work, sample))
		command.Stderr = os.Stderr
		if err := command.Run(); err != nil {
			return err
		}
	}
	return nil
}

func (m *mesh) file() string { return filepath.Join(m.dir, "mesh.yaml") }

// change writes the spec anew, as edit has changed it. JSON is YAML.
func (m *mesh) change(t *testing.T, edit func(document map[string]any)) {
	t.Helper()
	var document map[string]any
	readYAML(t, m.file(), &document)
	edit(document)
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, m.file(), string(text))
}

// setVersion sets the version of all agents of a mesh.
func setVersion(document map[string]any, minor string) {
	object(document, "cilium")["version"] = minor
	for _, cluster := range clusters(document) {
		if _, own := cluster["cilium"]; own {
			object(cluster, "cilium")["version"] = minor
		}
	}
}

// object is the object below a key, made where there is none.
func object(parent map[string]any, key string) map[string]any {
	child, found := parent[key].(map[string]any)
	if !found {
		child = map[string]any{}
		parent[key] = child
	}
	return child
}

func clusters(document map[string]any) []map[string]any {
	var clusters []map[string]any
	list, _ := document["clusters"].([]any)
	for _, entry := range list {
		if cluster, isObject := entry.(map[string]any); isObject {
			clusters = append(clusters, cluster)
		}
	}
	return clusters
}

// create runs `meshbundle generate` for the first time.
func (m *mesh) create(t *testing.T) {
	t.Helper()
	if m.sample == brownfieldSample {
		m.generate(t) // must find everything in place
	} else {
		m.generate(t, "--create-authorities")
	}
}

// generate runs `meshbundle generate`. It must find nothing wrong.
func (m *mesh) generate(t *testing.T, options ...string) {
	t.Helper()
	command := exec.Command(os.Getenv(binaryVariable), append([]string{"generate", m.file(), "--out", m.out}, options...)...)
	if !m.now.IsZero() {
		command.Env = append(os.Environ(), "MESHBUNDLE_NOW="+m.now.UTC().Format(time.RFC3339))
	}
	output(t, command)
}

// etcdFiles are what may lie beside the archives of an etcd's members: users and roles, and who may make them.
var etcdFiles = []string{"etcd-auth.sh", "root.crt", "root.key", "server-ca.crt"}

// archives are the archives of one kind, `nodes` or `etcd`, by cluster and by the name of the node or member. There must be
// those that the spec asks for, and no others.
func (m *mesh) archives(t *testing.T, kind string, names map[string][]string) map[string]map[string]string {
	t.Helper()
	var want []string
	archives := map[string]map[string]string{}
	for cluster, names := range names {
		archives[cluster] = map[string]string{}
		for _, name := range names {
			path := filepath.Join(m.out, "bundles", cluster, kind, name+".tar.gz")
			archives[cluster][name] = path
			want = append(want, path)
		}
	}
	got, err := filepath.Glob(filepath.Join(m.out, "bundles", "*", kind, "*"))
	if err != nil {
		t.Fatal(err)
	}
	got = slices.DeleteFunc(got, func(path string) bool { return kind == "etcd" && slices.Contains(etcdFiles, filepath.Base(path)) })
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%s: the archives of %s are %v, not %v", m.sample, kind, got, want)
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

// users are the etcd users that `generate` asks the owner of each etcd to make, by cluster (index.json, wave `users`).
func (m *mesh) users(t *testing.T) map[string][]string {
	t.Helper()
	var index struct {
		Waves []struct {
			Wave  string
			Users map[string][]string
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(m.out, "index.json"))), &index); err != nil {
		t.Fatal(err)
	}
	for _, wave := range index.Waves {
		if wave.Wave == "users" {
			return wave.Users
		}
	}
	t.Fatalf("%s/index.json lists no users to be made", m.out)
	return nil
}

// contents are all files below a directory, by path.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	contents := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			contents[path] = readFile(t, path)
		}
		return err
	})
	if err != nil || len(contents) == 0 {
		t.Fatalf("nothing in %s (%v)", dir, err)
	}
	return contents
}

// readYAML reads a file with the library that etcd's client, and so Cilium, reads its configs with.
func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readFile(t, path)), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// writeFile writes a text file.
func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
