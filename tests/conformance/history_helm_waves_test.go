package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// isOfHelm is whether a wave ships it to the chart's cluster.
func isOfHelm(path string) bool { return strings.HasPrefix(path, helmName+"/") }

// shipValues is what the wave `members` has for the chart's cluster: first its list of users, then values. NOTES.md says when its etcd has to
// restart, which may be late.
func (w *world) shipValues(t *testing.T, wave historyWave, p pace) {
	t.Helper()
	h := w.helm
	if h == nil {
		return
	}
	if slices.Contains(wave.Ship, helmName+"/helm/clustermesh-remote-users.yaml") {
		w.shipUsersList(t)
	}
	if slices.Contains(wave.Ship, helmName+"/helm/values.yaml") {
		w.upgrade(t)
		w.readEverywhere(t, "*", w.readers()...)
	}
	switch {
	case !h.isDue(t) || !w.desired.has(helmName):
	case w.late(p):
		w.counts["clustermesh-apiservers that were not restarted"]++
	default:
		w.counts["clustermesh-apiservers that were restarted"]++
		w.restartApiserver(t)
		w.remount(t)
		w.readEverywhere(t, "*", w.readers()...)
	}
	for _, step := range wave.Steps {
		if step.Step == "trust-authorities" && step.Cluster == helmName && !h.isDue(t) && h.values == w.newestValues(t) {
			w.counts["CAs for clients that its operator lets in"]++
			h.done = append(h.done, helmName+"/step/client-trust")
		}
	}
}

func (w *world) newestValues(t *testing.T) string {
	t.Helper()
	return readFile(t, filepath.Join(w.helmDir(), "values.yaml"))
}

// shipUsersList applies the list of users.
func (w *world) shipUsersList(t *testing.T) {
	t.Helper()
	w.apply(t, filepath.Join(w.helmDir(), usersConfigMap+".yaml"), w.runs)
	w.settleKubernetes(t)
	w.show(t)
}

// shipSecrets is what the wave `nodes` has for the chart's cluster. Who is late comes another time, perhaps with the Secrets of today.
func (w *world) shipSecrets(t *testing.T, p pace) {
	t.Helper()
	h := w.helm
	switch {
	case w.late(p):
		w.counts["late Secrets"]++
		if w.dice.IntN(2) == 0 && h.stick.path == "" {
			h.stick = archive{t.TempDir(), w.runs}
			if err := os.CopyFS(h.stick.path, os.DirFS(filepath.Join(w.helmDir(), "secrets"))); err != nil {
				t.Fatal(err)
			}
		}
		return
	case p == hasty && h.stick.path != "" && h.stick.written > w.mountedBy(h.agents) && w.dice.IntN(2) == 0:
		w.counts["Secrets of an older generation"]++
		w.applySecrets(t, h.stick)
	default:
		w.applySecrets(t, archive{filepath.Join(w.helmDir(), "secrets"), w.runs})
		if exists(filepath.Join(w.helmDir(), usersConfigMap+".yaml")) {
			w.shipUsersList(t)
		}
		w.upgrade(t)
	}
	h.stick = archive{}
	w.show(t)
	w.readEverywhere(t, "*", w.readers()...)
}

// applySecretsAlone applies the Secrets that were written last, and waits for nothing.
func (w *world) applySecretsAlone(t *testing.T) {
	t.Helper()
	for _, secret := range []string{kvstoremeshSecret, agentsSecret} {
		if file := filepath.Join(w.helmDir(), "secrets", secret+".yaml"); exists(file) {
			w.apply(t, file, w.runs)
		}
	}
	w.settleKubernetes(t)
}

// applySecrets applies the Secrets of a folder. Agents get theirs once KVStoreMesh has read all remote clusters.
func (w *world) applySecrets(t *testing.T, from archive) {
	t.Helper()
	if file := filepath.Join(from.path, kvstoremeshSecret+".yaml"); exists(file) {
		w.apply(t, file, from.written)
		w.settleKubernetes(t)
		if w.helm.kvstoremesh.isUp {
			w.fillCache(t)
		}
	}
	w.apply(t, filepath.Join(from.path, agentsSecret+".yaml"), from.written)
	w.settleKubernetes(t)
}

// readRemotes is the operator's word that KVStoreMesh has read every remote cluster: agents will read it.
func (w *world) readRemotes(t *testing.T) {
	t.Helper()
	h := w.helm
	if !h.kvstoremesh.isUp {
		return
	}
	for remote := range h.agents.links {
		if h.kvstoremesh.agent.count("run", remote) == 0 {
			w.counts["KVStoreMeshes that had not read everything"]++
			return
		}
	}
	w.fillCache(t)
	w.counts["KVStoreMeshes that had read everything"]++
	h.done = append(h.done, helmName+"/step/kvstoremesh")
}

// doLastSteps is what the wave `withdrawal` has for the chart's cluster.
func (w *world) doLastSteps(t *testing.T, wave historyWave, p pace) {
	t.Helper()
	h := w.helm
	for _, step := range wave.Steps {
		if step.Cluster != helmName || w.late(p) {
			continue
		}
		switch step.Step {
		case "uninstall":
			w.counts["objects that were deleted"]++
			w.logf("%s: kubectl delete", helmName)
			h.objects, h.stick, h.shown = map[string]kubernetesObject{}, archive{}, nil
			w.settleKubernetes(t)
			h.done = append(h.done, helmName+"/helm")
		case "replace-certificates":
			w.replaceCA(t)
		}
	}
}

// replaceCA lets the other CA sign the certificates of the release, if all who read its etcd trust that.
func (w *world) replaceCA(t *testing.T) {
	t.Helper()
	h, wanted := w.helm, 0
	for _, c := range w.desired.present() {
		if c.isHelm() {
			wanted = c.servers
		}
	}
	ca := readFile(t, filepath.Join(w.mesh.dir, chartCAs[wanted]+".crt"))
	for _, n := range w.nodes {
		if dials, reads := n.dials(t)[helmName]; n.isUp && reads && !strings.Contains(dials.anchors, ca) {
			w.counts["CAs of the chart that had to wait"]++
			return
		}
	}
	if h.isDue(t) {
		return
	}
	w.logf("%s: the CA of the release is %s", helmName, chartCAs[wanted])
	h.ca, h.rendered = wanted, nil
	w.settleKubernetes(t)
	w.restartApiserver(t)
	w.remount(t)
	w.readEverywhere(t, "*", w.readers()...)
	w.counts["CAs of the chart that were replaced"]++
	h.done = append(h.done, helmName+"/step/server-certificates")
}

// recordHelm records what kubectl has printed, and what was done by hand. Some of it is recorded another time, or never.
func (w *world) recordHelm(t *testing.T, l loss) {
	t.Helper()
	h := w.helm
	if h == nil {
		return
	}
	if l == nothingLost && len(h.objects) > 0 {
		w.show(t)
	}
	shown, done := h.shown, h.done
	h.shown, h.done = nil, nil
	for i, text := range shown {
		if l == someLost && w.dice.IntN(3) == 0 {
			w.counts["lost receipts"]++
			continue
		}
		if l == someLost && w.dice.IntN(3) == 0 {
			w.counts["receipts that are recorded later"]++
			h.shown = shown[i:]
			break
		}
		command := exec.Command(os.Getenv(binaryVariable), "rollout", "record", w.mesh.file(), "-")
		command.Stdin = strings.NewReader(text)
		w.logf("record of Kubernetes: %s", strings.TrimSpace(output(t, command)))
	}
	for _, unit := range done {
		// A step is asked for again until it is recorded.
		if l == nothingLost || w.dice.IntN(3) != 0 {
			w.meshbundle(t, "rollout", "record", "mesh.yaml", "--by-hand", unit)
		}
	}
}
