package conformance

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// helmControllerDir has the program around helm-controller's own code.
const helmControllerDir = "helmcontroller"

func buildHelmController(work string) error {
	fmt.Fprintln(os.Stderr, "conformance: building helm-controller (minutes, the first time)")
	command := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", helmController(work), ".")
	command.Dir, command.Stderr = helmControllerDir, os.Stderr
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTOOLCHAIN=local")
	return command.Run()
}

func helmController(work string) string { return filepath.Join(work, "helm-controller") }

// rke2Chart is the HelmChart of RKE2, with some of what its package has as defaults.
const rke2Chart = `apiVersion: helm.cattle.io/v1
kind: HelmChart
metadata: {name: rke2-cilium, namespace: kube-system}
spec:
  bootstrap: true
  failurePolicy: retry
  set: {global.clusterCIDR: 10.163.0.0/16}
  valuesContent: |
    hubble: {enabled: false}
    cni: {chainingMode: portmap, exclusive: false}
    ipam: {mode: kubernetes}
    clustermesh: {useAPIServer: false, apiserver: {tls: {auto: {method: cronJob}}}}
`

// rke2Values are the owner's values, in two parts: the first one in the text or the structured values, the second one in the text.
const (
	rke2Datapath = `kubeProxyReplacement: true
k8sServiceHost: 127.0.0.1
k8sServicePort: "6443"
bgpControlPlane:
  enabled: true
`
	rke2Mesh = `clustermesh:
  config:
    enabled: true
    clusters:
    - name: oslo
      address: oslo.example.net
      port: 2379
  apiserver:
    replicas: 2
    tls:
      server:
        extraDnsNames:
        - rke2.example.net
`
)

// rke2Form is a way to write a HelmChartConfig.
type rke2Form struct {
	name   string
	config string
}

const rke2Head = `apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
`

var rke2Forms = []rke2Form{
	{"literal", rke2Head + "spec:\n  # Never uninstall the network.\n  failurePolicy: abort\n  valuesContent: |-\n" + indented("# Ours.\n"+rke2Datapath+rke2Mesh, 4)},
	{"quoted", rke2Head + fmt.Sprintf("spec:\n  failurePolicy: abort\n  valuesContent: %q\n", rke2Datapath+rke2Mesh)},
	{"structured", rke2Head + "spec:\n  values:\n" + indented(rke2Datapath+rke2Mesh, 4) + "  failurePolicy: abort\n"},
	{"both", rke2Head + "spec:\n  failurePolicy: abort\n  values:\n" + indented(rke2Datapath, 4) + "  valuesContent: |\n" + indented(rke2Mesh, 4)},
	{"both-with-lists", rke2Head + "spec:\n  failurePolicy: abort\n  valuesContent: |\n" + indented(rke2Mesh, 4) + `  values:
    clustermesh:
      config:
        clusters: [{name: rome, ips: [10.62.0.1], port: 2379}]
      apiserver: {tls: {server: {extraDnsNames: [structured.example.net]}}}
`},
	{"both-and-secrets", rke2Head + "spec:\n  failurePolicy: abort\n  valuesSecrets:\n  - name: more\n    keys: [one, two]\n  values:\n" +
		indented(rke2Mesh, 4) + "  valuesContent: |\n" + indented(rke2Datapath, 4)},
	{"empty", rke2Head + "spec:\n  failurePolicy: abort\n"},
	{"as-printed", printed(rke2Datapath + rke2Mesh)},
	{"as-printed-with-quotes", printed("# Blanks at the end of a line.  \n" + rke2Datapath + "# \n" + rke2Mesh)},
}

// moreValues is the Secret that the form both-and-secrets names. Its values win.
var moreValues = map[string]string{"one": "debug: {enabled: true}\npprof: {enabled: true}\n", "two": "debug: {enabled: false}\n"}

// printed is what `kubectl get --output yaml` prints of an object that `kubectl apply` has made.
func printed(content string) string {
	object := map[string]any{
		"apiVersion": "helm.cattle.io/v1", "kind": "HelmChartConfig",
		"metadata": map[string]any{
			"annotations": map[string]any{
				"corp.example.org/owner":                           "network",
				"kubectl.kubernetes.io/last-applied-configuration": fmt.Sprintf(`{"apiVersion":"helm.cattle.io/v1","kind":"HelmChartConfig","spec":{"valuesContent":%q}}`, content) + "\n",
			},
			"creationTimestamp": "2026-11-01T00:00:00Z", "generation": 3, "name": "rke2-cilium", "namespace": "kube-system",
			"resourceVersion": "4711", "uid": "0d1f5e4c-0000-4000-8000-000000000000",
			"managedFields": []any{map[string]any{"manager": "kubectl", "operation": "Apply", "fieldsV1": map[string]any{"f:spec": map[string]any{}}}},
		},
		"spec": map[string]any{"failurePolicy": "abort", "valuesContent": content},
	}
	text, err := yaml.Marshal(object)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestHelmChartConfig merges what links need into the HelmChartConfig of RKE2, in the forms that owners have. helm-controller's own code
// decodes the object, and says which values files Helm gets, in which order: with them the chart makes the same as with the owner's and the
// values that meshbundle writes behind them.
func TestHelmChartConfig(t *testing.T) {
	eachChart(t, func(t *testing.T, c chart) {
		t.Parallel()
		s := newMerging(t, c, map[string]any{"flavour": "rke2"})
		fragment := s.write(t, nil, valuesFile)
		for _, form := range rke2Forms {
			t.Run(form.name, func(t *testing.T) { s.checkConfig(t, form.config, fragment) })
		}
	})
}

func (s *merging) checkConfig(t *testing.T, config, fragment string) {
	writeFile(t, filepath.Join(s.dir, ownerFile), config)
	merged := s.write(t, map[string]any{"values": ownerFile}, "helmchartconfig.yaml")
	was, before := helmFiles(t, config)
	is, after := helmFiles(t, merged)
	if was != "abort" || is != was {
		t.Errorf("the failurePolicy is %q, and was %q", is, was)
	}
	s.judge(t, nil, before, helmValues(t, fragment), after)

	metadata, spec := parts(t, merged)
	_, spec0 := parts(t, config)
	for _, values := range []string{"values", "valuesContent"} {
		delete(spec, values)
		delete(spec0, values)
	}
	if fmt.Sprint(spec) != fmt.Sprint(spec0) {
		t.Errorf("the spec has %v, and had %v", spec, spec0)
	}
	annotations, _ := metadata["annotations"].(map[string]any)
	for _, name := range slices.Concat(slices.Collect(maps.Keys(metadata)), slices.Collect(maps.Keys(annotations))) {
		if !slices.Contains([]string{"name", "namespace", "annotations", "corp.example.org/owner"}, name) {
			t.Errorf("the metadata has %s", name)
		}
	}
}

// parts are the metadata and the spec of an object.
func parts(t *testing.T, text string) (metadata, spec map[string]any) {
	t.Helper()
	var object struct{ Metadata, Spec map[string]any }
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return object.Metadata, object.Spec
}

// helmFiles are the values files that helm-controller's job has for Helm, the last one of which wins, and the failurePolicy. The job takes
// them in the order of their names (the script `entry` of k3s-io/klipper-helm).
func helmFiles(t *testing.T, config string) (failurePolicy string, files []string) {
	t.Helper()
	paths := asFiles(t, []string{rke2Chart, config})
	d := newDeployed()
	made := output(t, exec.Command(helmController(os.Getenv(workVariable)), paths...))
	for _, manifest := range append(strings.Split(made, "---\n"), secret("more", "Opaque", moreValues)) {
		if err := d.add(manifest); err != nil {
			t.Fatal(err)
		}
	}
	const pod, container, dir = "Job/helm-install-rke2-cilium", "helm", "/config"
	root, err := d.mount(t, pod, container)
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(root, dir, "values-*.yaml")) // sorted
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		files = append(files, readFile(t, name))
	}
	at := slices.IndexFunc(d.pods[pod].Containers[0].Env, func(v corev1.EnvVar) bool { return v.Name == "FAILURE_POLICY" })
	return d.pods[pod].Containers[0].Env[at].Value, files
}
