package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// file is a file or link below the root: its mode, and what it has.
type file struct {
	mode fs.FileMode
	text string
}

// othersMode is that of files that others have put there.
const othersMode = 0o600

// tree are all files and links below the root, by path.
func (m *machine) tree(t *testing.T) map[string]file {
	t.Helper()
	tree := map[string]file{}
	err := filepath.WalkDir(m.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(m.root, path)
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		f := file{mode: info.Mode()}
		if info.Mode().IsRegular() {
			f.text = readFile(t, path)
		} else if f.text, err = os.Readlink(path); err != nil {
			return err
		}
		tree[relative] = f
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// state is the folder of install.sh's own records.
func (r reader) state() string {
	if r.cluster == composeReader.cluster {
		return ".meshbundle/node"
	}
	return "var/lib/meshbundle/node"
}

// checkInstalled checks that what stands below the root is a generation, byte for byte, with the right modes; and nothing else,
// save install.sh's records, in which nothing is under way, and what others have.
func (m *machine) checkInstalled(t *testing.T, g generation) {
	t.Helper()
	want := map[string]file{}
	for path, text := range g.payload(t, m.reader) {
		mode := fs.FileMode(0o644)
		if strings.HasSuffix(path, ".key") {
			mode = 0o600
		}
		want[path] = file{mode: mode, text: text}
	}
	for path, text := range m.others() {
		if _, replaced := want[path]; replaced {
			path = filepath.Join(m.state(), "before", path)
		}
		want[path] = file{mode: othersMode, text: text}
	}
	if m.cluster == composeReader.cluster {
		want["docker-compose.override.yaml"] = file{mode: fs.ModeSymlink | 0o777, text: "docker-compose.clustermesh.yaml"}
	}
	for path, text := range contents(t, g.bundles[m.cluster]) {
		relative, err := filepath.Rel(g.bundles[m.cluster], path)
		if err != nil {
			t.Fatal(err)
		}
		want[filepath.Join(m.state(), "current", relative)] = file{text: text}
	}
	m.checkTree(t, g.name, want)
}

// checkUninstalled checks that everything is as it was before: nothing of a bundle, and all that others had, where they had it.
func (m *machine) checkUninstalled(t *testing.T) {
	t.Helper()
	want := map[string]file{}
	for path, text := range m.others() {
		want[path] = file{mode: othersMode, text: text}
	}
	m.checkTree(t, "none", want)
	if folders := m.folders(t); !slices.Equal(folders, m.before) {
		t.Errorf("the folders are %v, not %v", folders, m.before)
	}
}

// checkTree compares all files below the root with what they should be. Modes of install.sh's records are its own affair, and so
// are some of them.
func (m *machine) checkTree(t *testing.T, name string, want map[string]file) {
	t.Helper()
	tree := m.tree(t)
	for path, f := range want {
		got, found := tree[path]
		if f.mode == 0 {
			got.mode = 0
		}
		if got != f {
			t.Errorf("%s of generation %q: found %v, mode %v, the same text: %v", path, name, found, got.mode, got.text == f.text)
		}
	}
	for path := range tree {
		if _, wanted := want[path]; wanted || strings.HasPrefix(path, m.state()+"/previous/") {
			continue
		}
		if record, ok := strings.CutPrefix(path, m.state()+"/"); ok && slices.Contains([]string{"made", "due", "counter"}, record) {
			continue
		}
		t.Errorf("%s is not of generation %q", path, name)
	}
}

// folders are all folders below the root.
func (m *machine) folders(t *testing.T) []string {
	t.Helper()
	var folders []string
	err := filepath.WalkDir(m.root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, strings.TrimPrefix(path, m.root))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return folders
}

// checkWhole checks what an agent could see at any moment: every file in the folder is one of these generations', as a whole, and
// every config has its credentials.
func (m *machine) checkWhole(t *testing.T, generations ...generation) {
	t.Helper()
	tree := m.tree(t)
	for path, f := range tree {
		if !m.isPeerFile(path) {
			continue
		}
		if !slices.ContainsFunc(generations, func(g generation) bool { return g.payload(t, m.reader)[path] == f.text }) {
			t.Errorf("%s is of no generation: %q", path, f.text)
		}
		if isCredential(path) {
			continue
		}
		for _, kind := range []string{".etcd-client-ca.crt", ".etcd-client.crt", ".etcd-client.key"} {
			if _, found := tree[path+kind]; !found {
				t.Errorf("%s stands there without %s", path, filepath.Base(path+kind))
			}
		}
	}
}
