package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func (p *project) install(t *testing.T, archive string) {
	t.Helper()
	from := filepath.Join(unpack(t, archive), "payload")
	var files []string
	_ = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if d.Type().IsRegular() {
			files = append(files, strings.TrimPrefix(path, from+"/"))
		}
		return nil
	})
	slices.SortFunc(files, func(a, b string) int {
		return strings.Count(filepath.Base(b), ".") - strings.Count(filepath.Base(a), ".")
	})
	for _, f := range files {
		to := filepath.Join(p.dir, f)
		_ = os.MkdirAll(filepath.Dir(to), 0o755)
		text := readFile(t, filepath.Join(from, f))
		if old, err := os.ReadFile(to); err == nil && string(old) == text {
			continue
		}
		writeFile(t, filepath.Join(p.dir, "staged"), text)
		if err := os.Rename(filepath.Join(p.dir, "staged"), to); err != nil {
			t.Fatal(err)
		}
	}
	if exists(filepath.Join(p.dir, "docker-compose.clustermesh.yaml")) && !exists(filepath.Join(p.dir, "docker-compose.override.yaml")) {
		if err := os.Symlink("docker-compose.clustermesh.yaml", filepath.Join(p.dir, "docker-compose.override.yaml")); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *project) rollBack(t *testing.T) {
	for _, f := range []string{"south", "south.etcd-client.crt", "south.etcd-client.key", "south.etcd-client-ca.crt"} {
		os.Remove(filepath.Join(p.peers(), f))
	}
}
