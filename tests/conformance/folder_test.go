package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// controlName is a good config that stands in every folder, so that both readers have something to agree on, and `verify` sees
// where agents have the folder.
const controlName = "control"

// goodConfig is a config that nothing is wrong with. DIR is the folder, as agents see it.
const goodConfig = `endpoints:
- https://127.0.0.1:2379
- https://etcd.example.net:2379
trusted-ca-file: DIR/ca.crt
cert-file: DIR/client.crt
key-file: DIR/client.key
`

// folder is one folder that agents watch, made to see what they make of it.
type folder struct {
	what  string
	files map[string]string      // texts by name
	also  func(dir string) error // what is no plain file
}

// config is a folder with one config, called `remote`.
func config(what, text string) folder {
	return folder{what: what, files: map[string]string{"remote": text}}
}

// makeKit makes the credential that stands in every folder.
func makeKit(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	a := newAuthority(t, "reading")
	a.anchor(t, filepath.Join(dir, "ca.crt"))
	a.issue(t, dir, "client", certificateTemplate("remote-self"))
}

// lay makes the folder at dir, with the kit's credential and the control in it.
func (f folder) lay(t *testing.T, kit, dir string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS(kit)); err != nil {
		t.Fatal(err)
	}
	writeFiles(t, dir, map[string]string{controlName: goodConfig})
	writeFiles(t, dir, f.files)
	if f.also != nil {
		if err := f.also(dir); err != nil {
			t.Fatalf("%s: %v", f.what, err)
		}
	}
}

// writeFiles writes texts by their paths below dir, with DIR put in.
func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, strings.ReplaceAll(text, "DIR", dir))
	}
}

// show is the folder for a message.
func (f folder) show() string {
	var lines []string
	for name, text := range f.files {
		lines = append(lines, fmt.Sprintf("%s:\n%q", name, text))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}
