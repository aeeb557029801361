package conformance

import (
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// TestKustomize builds the folder of the mixed sample's Helm cluster, as `kubectl apply -k`, Argo CD and Flux do. Pods mount Secrets by
// name, so no name may get a suffix, and no value may change.
func TestKustomize(t *testing.T) {
	m := newMesh(t, mixedSample)
	m.create(t)
	s := &mixed{mesh: m}
	want := newDeployed()
	for _, file := range s.objects(t) {
		if err := want.add(readFile(t, file)); err != nil {
			t.Fatal(err)
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), s.helmDir())
	if err != nil {
		t.Fatal(err)
	}
	got := newDeployed()
	for _, resource := range built.Resources() {
		if err := got.add(resource.MustYaml()); err != nil {
			t.Fatal(err)
		}
	}
	text := func(d *deployed) string {
		text, err := yaml.Marshal(d.manifests)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if text(got) != text(want) || len(want.secrets) != 2 || len(want.configMaps) != 1 {
		t.Errorf("kustomize builds\n%v\nof\n%v", got.manifests, want.manifests)
	}
}
