package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	"sigs.k8s.io/yaml"
)

const (
	// helmName is the cluster that a chart runs, and helmEtcd is where its etcd listens, beside the NodePort of its machines.
	helmName = "kub"
	helmEtcd = "127.2.4.1"
)

// chartCAs are the CAs that the owner of the release has: one of them signs its certificates.
var chartCAs = []string{"chart-1", "chart-2"}

// chartCluster is a cluster of the mesh that a chart runs: what its Kubernetes has, and its pods.
type chartCluster struct {
	chart    chart
	owner    []string // values of the release, for each CA
	ca       int      // that signs now
	values   string   // from meshbundle, as the release has them
	written  int      // the run of generate that wrote these
	rendered []string
	objects  map[string]kubernetesObject // from meshbundle, by KIND/NAME
	deployed *deployed
	version  int // of its objects

	pod    *helmRun
	pods   int    // so many have run
	loaded string // the CAs that its etcd has read

	agents, kvstoremesh *agentNode

	shown []string // what kubectl printed, and nobody has recorded
	done  []string // steps that are done, and nobody has recorded
	stick archive  // Secrets that somebody took along
}

// kubernetesObject is an object as it was applied.
type kubernetesObject struct {
	manifest string
	written  int
	version  int
}

// dir is where generate writes its files.
func (w *world) helmDir() string { return filepath.Join(w.mesh.out, "bundles", helmName, "helm") }

// startHelm installs what was written for the chart's cluster, in the order of NOTES.md, and starts it.
func (w *world) startHelm(t *testing.T) {
	t.Helper()
	h := &chartCluster{objects: map[string]kubernetesObject{}}
	h.chart = charts[slices.IndexFunc(charts, func(c chart) bool { return c.minor == w.release.minor })]
	for _, ca := range chartCAs {
		file := func(end string) string { return encoded(readFile(t, filepath.Join(w.mesh.dir, ca+end))) }
		h.owner = append(h.owner, fmt.Sprintf("hubble: {enabled: false}\ntls: {ca: {cert: %s, key: %s}}\n", file(".crt"), file(".key")))
	}
	pod := func(pod, container string) *agentNode {
		return &agentNode{
			target: target{cluster: helmName, kind: "pod", name: container},
			dir:    clustermeshDir, of: pod, again: map[string]int{}, links: map[string]*watchedLink{},
		}
	}
	h.agents, h.kvstoremesh = pod(agentPod, agentContainer), pod(apiserverPod, kvstoremeshContainer)
	w.helm = h
	w.applyAll(t, w.helmDir(), w.runs)
	w.upgrade(t)
	w.show(t)
}

// apply replaces the objects of a file, or creates them.
func (w *world) apply(t *testing.T, file string, written int) {
	t.Helper()
	for _, manifest := range releaseutil.SplitManifests(readFile(t, file)) {
		var head struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if err := yaml.Unmarshal([]byte(manifest), &head); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		w.helm.version++
		w.helm.objects[head.Kind+"/"+head.Metadata.Name] = kubernetesObject{manifest, written, w.helm.version}
	}
	w.logf("%s: kubectl replace -f %s of run %d", helmName, filepath.Base(file), written)
}

// applyAll applies the objects of a folder that generate has written.
func (w *world) applyAll(t *testing.T, dir string, written int) {
	t.Helper()
	var kustomization struct{ Resources []string }
	readYAML(t, filepath.Join(dir, "kustomization.yaml"), &kustomization)
	for _, resource := range kustomization.Resources {
		w.apply(t, filepath.Join(dir, resource), written)
	}
	w.settleKubernetes(t)
}

// upgrade is `helm upgrade` with the values that were written last.
func (w *world) upgrade(t *testing.T) {
	t.Helper()
	w.helm.values, w.helm.written, w.helm.rendered = readFile(t, filepath.Join(w.helmDir(), "values.yaml")), w.runs, nil
	w.logf("%s: helm upgrade with the values of run %d", helmName, w.runs)
	w.settleKubernetes(t)
}

// settleKubernetes does what controllers and the kubelet do with what has changed.
func (w *world) settleKubernetes(t *testing.T) {
	t.Helper()
	h := w.helm
	if h.values == "" {
		return
	}
	if h.rendered == nil {
		rendered, err := h.chart.template(t, h.owner[h.ca], h.values)
		if err != nil {
			t.Fatalf("helm upgrade: %v", err)
		}
		h.rendered = rendered
	}
	before, now := h.deployed, newDeployed()
	for _, object := range h.objects {
		if err := now.add(object.manifest); err != nil {
			t.Fatalf("kubectl: %v", err)
		}
	}
	for _, manifest := range h.rendered {
		if err := now.add(manifest); err != nil {
			t.Fatalf("helm upgrade: %v", err)
		}
	}
	h.deployed = now
	if before == nil || before.template(t, apiserverPod) != now.template(t, apiserverPod) {
		w.restartApiserver(t)
	}
	if before == nil || before.template(t, agentPod) != now.template(t, agentPod) {
		w.startPod(t, h.agents)
	}
	w.remount(t)
}

// template is what the pods of a DaemonSet or Deployment are made of: they restart when it changes.
func (d *deployed) template(t *testing.T, pod string) string {
	t.Helper()
	spec, _ := d.manifests[pod]["spec"].(map[string]any)
	text, err := json.Marshal(spec["template"])
	if err != nil || spec["template"] == nil {
		t.Fatalf("%s has no template (%v)", pod, err)
	}
	return string(text)
}

// show prints what `kubectl get secret,configmap -o yaml` does.
func (w *world) show(t *testing.T) {
	t.Helper()
	var items []any
	for _, name := range slices.Sorted(maps.Keys(w.helm.deployed.manifests)) {
		kind, _, _ := strings.Cut(name, "/")
		if kind != "Secret" && kind != "ConfigMap" {
			continue
		}
		item := maps.Clone(w.helm.deployed.manifests[name])
		metadata := maps.Clone(object(item, "metadata"))
		metadata["resourceVersion"] = fmt.Sprint(w.helm.objects[name].version + 1000)
		metadata["creationTimestamp"], metadata["uid"] = "2026-11-29T00:00:00Z", "00000000-0000-4000-8000-000000000000"
		item["metadata"] = metadata
		items = append(items, item)
	}
	text, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items, "metadata": map[string]any{"resourceVersion": ""}})
	if err != nil {
		t.Fatal(err)
	}
	w.helm.shown = append(w.helm.shown, string(text))
}
