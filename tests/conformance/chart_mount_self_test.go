package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// podOfMounts has a volume of each kind; its ConfigMap may be missing.
const podOfMounts = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: pod}
spec:
  selector: {}
  template:
    spec:
      initContainers:
      - {name: first, volumeMounts: [{name: plain, mountPath: /plain}]}
      containers:
      - name: main
        volumeMounts: [{name: plain, mountPath: /plain}, {name: joined, mountPath: /joined}, {name: scratch, mountPath: /scratch}]
      volumes:
      - {name: scratch, emptyDir: {}}
      - {name: unused, secret: {secretName: missing}}
      - {name: plain, secret: {secretName: pair, defaultMode: 256}}
      - name: joined
        projected:
          defaultMode: 288
          sources:
          - secret: {name: pair, items: [{key: tls.crt, path: below/leaf.crt, mode: 420}, {key: tls.key, path: leaf.key}]}
          - configMap: {name: options, optional: true}
          - secret: {name: pair, optional: true, items: [{key: ca.crt, path: ca.crt}]}
`

const optionsOfMounts = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: options}\ndata: {leaf.key: from the ConfigMap}\n"

// mountMain lays out the container `main` of podOfMounts.
func mountMain(t *testing.T, manifests ...string) (string, error) {
	t.Helper()
	d := newDeployed()
	for _, manifest := range append(manifests, podOfMounts) {
		if err := d.add(manifest); err != nil {
			t.Fatal(err)
		}
	}
	return d.mount(t, "Deployment/pod", "main")
}

// TestMount checks the harness of the charts: what a container sees, and what the kubelet waits for.
func TestMount(t *testing.T) {
	pair := secret("pair", "Opaque", map[string]string{"tls.crt": "the leaf", "tls.key": "the key"})
	t.Run("files", func(t *testing.T) {
		root, err := mountMain(t, pair)
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]struct {
			text string
			mode os.FileMode
		}{
			"/plain/tls.crt":         {"the leaf", 0o400},
			"/plain/tls.key":         {"the key", 0o400},
			"/joined/below/leaf.crt": {"the leaf", 0o644},
			"/joined/leaf.key":       {"the key", 0o440},
		} {
			info, err := os.Stat(filepath.Join(root, path))
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if seen(root, path) != want.text || info.Mode().Perm() != want.mode {
				t.Errorf("%s: %q with the mode %o", path, seen(root, path), info.Mode().Perm())
			}
		}
		if exists(filepath.Join(root, "joined/ca.crt")) {
			t.Error("a key that is not there became a file")
		}
	})
	t.Run("a later Secret", func(t *testing.T) {
		dir, payloads := t.TempDir(), []string{}
		for _, files := range []map[string]string{{"a": "1", "b": "1"}, {"a": "2", "c": "1"}, {"a": "2", "c": "1"}} {
			volume := map[string]mountedFile{}
			for name, text := range files {
				volume[name] = mountedFile{[]byte(text), 0o400}
			}
			if err := layOut(dir, volume); err != nil {
				t.Fatal(err)
			}
			payload, _ := os.Readlink(filepath.Join(dir, payloadLink))
			payloads = append(payloads, payload)
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != len(files)+2 {
				t.Errorf("%v is laid out as %v (%v)", files, entries, err)
			}
			for name, text := range files {
				if seen(dir, name) != text {
					t.Errorf("%s is %q, and not %q", name, seen(dir, name), text)
				}
			}
		}
		if payloads[0] == payloads[1] || payloads[1] != payloads[2] {
			t.Errorf("the files are in %v", payloads)
		}
	})
	t.Run("the last source wins", func(t *testing.T) {
		root, err := mountMain(t, pair, optionsOfMounts)
		if err != nil || seen(root, "/joined/leaf.key") != "from the ConfigMap" {
			t.Errorf("leaf.key is %q (%v)", seen(root, "/joined/leaf.key"), err)
		}
	})
	t.Run("a missing Secret", func(t *testing.T) {
		if _, err := mountMain(t, optionsOfMounts); err == nil || !strings.Contains(err.Error(), "secret pair not found") {
			t.Errorf("the pod is held back by %v", err)
		}
	})
	t.Run("a missing key", func(t *testing.T) {
		half := secret("pair", "Opaque", map[string]string{"tls.crt": "the leaf"})
		if _, err := mountMain(t, half); err == nil || !strings.Contains(err.Error(), "non-existent key: tls.key") {
			t.Errorf("the pod is held back by %v", err)
		}
	})
}

// TestAdmission checks that manifests are refused where the API server or Helm refuses them.
func TestAdmission(t *testing.T) {
	for what, manifests := range map[string][]string{
		"a Secret for TLS without a key": {secret("pair", "kubernetes.io/tls", map[string]string{"tls.crt": "the leaf"})},
		"a key that is no file name":     {secret("pair", "Opaque", map[string]string{"a/b": "text"})},
		"an unknown field":               {"apiVersion: v1\nkind: Secret\nmetadata: {name: pair}\nstrngData: {}\n"},
		"data that is not base64":        {"apiVersion: v1\nkind: Secret\nmetadata: {name: pair}\ndata: {one: '?'}\n"},
		"an object that is there":        {optionsOfMounts, optionsOfMounts},
	} {
		t.Run(what, func(t *testing.T) {
			d := newDeployed()
			var err error
			for _, manifest := range manifests {
				if err == nil {
					err = d.add(manifest)
				}
			}
			if err == nil {
				t.Error("it is accepted")
			}
		})
	}
}
