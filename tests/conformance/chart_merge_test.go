package conformance

import (
	"encoding/pem"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"sigs.k8s.io/yaml"
)

const (
	// mergedHost is at what others dial the Helm cluster: no certificate of a chart has it by itself.
	mergedHost    = "links.cairo.example.net"
	mergedAddress = "10.63.0.1"
	// ownerFile is where the mesh finds the owner's values.
	ownerFile = "owner.yaml"
)

// TestHelmValues merges what links need into the values of many owners. Helm judges: the chart makes the same of the merged file as of the
// owner's with the values that meshbundle writes behind it, with lists that have the items of both, and the rest of the owner's stays.
func TestHelmValues(t *testing.T) {
	eachChart(t, func(t *testing.T, c chart) {
		t.Parallel()
		s := newMerging(t, c, nil)
		for _, o := range owners {
			t.Run(o.name, func(t *testing.T) { s.check(t, o) })
		}
		if !c.before("1.16") {
			s := newMerging(t, c, providedOwner.runtime)
			t.Run(providedOwner.name, func(t *testing.T) { s.check(t, providedOwner) })
		}
	})
}

// merging is the mixed mesh, whose Helm cluster has values already.
type merging struct {
	*mixed
	runtime map[string]any // what the mesh says of each owner's release
	ca      string         // of meshbundle
}

// newMerging is the mesh, dialled at a host that no certificate of a chart has by itself.
func newMerging(t *testing.T, c chart, runtime map[string]any) *merging {
	t.Helper()
	s := &merging{mixed: &mixed{mesh: newMesh(t, mixedSample), chart: c}, runtime: runtime}
	s.change(t, func(document map[string]any) {
		setVersion(document, c.minor)
		ours := []string{"https://" + mergedHost + ":" + nodePort, "https://" + mergedAddress + ":" + nodePort}
		dial(document, map[string][]string{"rome": {romeURL}, "cairo": ours})
		if runtime["method"] != "provided" {
			return
		}
		for _, cluster := range clusters(document) {
			if cluster["name"] == "cairo" {
				etcd := object(cluster, "etcd")
				delete(etcd, "authority")
				delete(etcd, "clientSigner")
			}
		}
	})
	s.setRuntime(t, nil)
	s.create(t)
	matches, err := filepath.Glob(filepath.Join(s.dir, "state", "authorities", "mesh.*.crt"))
	if err != nil || len(matches) != 1 {
		t.Fatalf("the CAs of the state are %v (%v)", matches, err)
	}
	s.ca = readFile(t, matches[0])
	return s
}

// setRuntime says in the mesh what the release of cairo has.
func (s *merging) setRuntime(t *testing.T, runtime map[string]any) {
	t.Helper()
	s.change(t, func(document map[string]any) {
		for _, cluster := range clusters(document) {
			if cluster["name"] == "cairo" {
				whole := map[string]any{"kind": "helm"}
				maps.Copy(whole, s.runtime)
				maps.Copy(whole, runtime)
				cluster["runtime"] = whole
			}
		}
	})
}

// write generates for a release, and returns a file of its folder.
func (s *merging) write(t *testing.T, runtime map[string]any, file string) string {
	t.Helper()
	s.setRuntime(t, runtime)
	s.forget(t)
	s.generate(t)
	return readFile(t, filepath.Join(s.helmDir(), file))
}

// check merges into the values of one owner.
func (s *merging) check(t *testing.T, o owner) {
	own := o.values(t, s)
	writeFile(t, filepath.Join(s.dir, ownerFile), own)
	fragment := s.write(t, o.runtime, valuesFile)
	merged := s.write(t, map[string]any{"values": ownerFile}, valuesFile)
	ours := helmValues(t, fragment)
	if o.objects != nil {
		// Helm refuses to make what is there, so the bundle stays as it is.
		drop(ours, []string{"tls", "caBundle", "content"})
		drop(ours, []string{"tls", "caBundle", "enabled"})
	}
	got := s.judge(t, o.objects, []string{own}, ours, []string{merged})
	for _, kept := range o.keeps {
		if made := got.texts(t); !slices.ContainsFunc(slices.Collect(maps.Keys(made)), func(name string) bool {
			return strings.HasPrefix(name, "Job/clustermesh-apiserver-") && strings.Contains(made[name], kept)
		}) {
			t.Errorf("%s is in no certificate any more", kept)
		}
	}
}

// judge compares what Helm reads before and after our values are merged, and what the chart makes of it beside objects that are there.
// Before and after are files that Helm takes one behind the other.
func (s *merging) judge(t *testing.T, objects, before []string, ours map[string]any, after []string) *deployed {
	t.Helper()
	owns, both := helmValues(t, before...), helmValues(t, after...)
	moveHosts(owns, ours)
	united := unite(owns, ours)
	for _, path := range leaves(ours) {
		want := valueAt(united, path)
		if want == nil {
			want = valueAt(ours, path)
		}
		if is := valueAt(both, path); !reflect.DeepEqual(is, want) {
			t.Errorf("%v is %v, not %v", path, is, want)
		}
	}
	expected := s.render(t, objects, append(slices.Clone(before), asYAML(t, ours), asYAML(t, united))...)
	got := s.render(t, objects, after...)
	if differs := expected.difference(t, got); len(differs) != 0 {
		t.Errorf("these are others than with two files: %v\n%s", differs, strings.Join(after, "---\n"))
	}

	// The rest of the owner's.
	for _, path := range leaves(ours) {
		drop(owns, path)
		drop(both, path)
	}
	if !reflect.DeepEqual(owns, both) {
		t.Errorf("the owner has\n%v\nand after the merge\n%v", owns, both)
	}
	was, is := s.render(t, objects, before...).configMaps[ciliumConfig].Data, got.configMaps[ciliumConfig].Data
	for key := range is {
		if was[key] == is[key] || slices.Contains(ourOptions, key) {
			continue
		}
		t.Errorf("agents get %s: %q in place of %q", key, is[key], was[key])
	}
	return got
}

// ciliumConfig has the options of agents. Of these, ourOptions are those of ClusterMesh.
const ciliumConfig = "cilium-config"

var ourOptions = []string{"cluster-name", "cluster-id"}

// valuesFile is what meshbundle calls values for a release.
const valuesFile = "values.yaml"

// render installs the chart beside objects, with files that Helm takes one behind the other.
func (s *merging) render(t *testing.T, objects []string, files ...string) *deployed {
	t.Helper()
	d, err := s.chart.install(t, files, objects)
	if err != nil {
		t.Fatalf("chart %s: %v\n%s", s.chart.minor, err, strings.Join(files, "---\n"))
	}
	return d
}

// helmValues are what Helm reads in files, the last one first.
func helmValues(t *testing.T, files ...string) map[string]any {
	t.Helper()
	values := map[string]any{}
	for _, file := range files {
		layer, err := loader.LoadValues(strings.NewReader(file))
		if err != nil {
			t.Fatalf("%v in\n%s", err, file)
		}
		values = loader.MergeMaps(values, layer)
	}
	return values
}

func asYAML(t *testing.T, values map[string]any) string {
	t.Helper()
	text, err := yaml.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// leaves are the paths of values that are no mappings.
func leaves(values map[string]any) (paths [][]string) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		below, isMapping := values[key].(map[string]any)
		if !isMapping {
			paths = append(paths, []string{key})
		}
		for _, path := range leaves(below) {
			paths = append(paths, append([]string{key}, path...))
		}
	}
	return paths
}

// valueAt is the value at a path.
func valueAt(values map[string]any, path []string) any {
	for _, key := range path[:len(path)-1] {
		values, _ = values[key].(map[string]any)
	}
	return values[path[len(path)-1]]
}

// drop removes the value at a path, and mappings that are empty without it.
func drop(values map[string]any, path []string) {
	if below, isMapping := values[path[0]].(map[string]any); isMapping && len(path) > 1 {
		drop(below, path[1:])
		if len(below) != 0 {
			return
		}
	} else if len(path) > 1 && values[path[0]] != nil {
		return
	}
	delete(values, path[0])
}

// moveHosts moves our hosts to where the owner has some: from 1.20 on, those at the old place count only where the new one has none.
func moveHosts(owns, ours map[string]any) {
	for _, key := range []string{"extraDnsNames", "extraIpAddresses"} {
		older := []string{"clustermesh", "apiserver", "tls", "server", key}
		newer := []string{"clustermesh", "apiserver", "tls", "auto", "server", key}
		if hosts := valueAt(ours, newer); hosts != nil && valueAt(owns, older) != nil && valueAt(owns, newer) == nil {
			drop(ours, newer)
			place(ours, older, hosts)
		}
	}
}

// place puts a value at a path.
func place(values map[string]any, path []string, value any) {
	if len(path) == 1 {
		values[path[0]] = value
		return
	}
	place(object(values, path[0]), path[1:], value)
}

// unite are the lists, and the certificates in one text, that both have: Helm takes those of the last file, and meshbundle keeps the owner's.
func unite(owns, ours map[string]any) map[string]any {
	united := map[string]any{}
	for key, our := range ours {
		switch own := owns[key].(type) {
		case map[string]any:
			if our, isMapping := our.(map[string]any); isMapping {
				united[key] = unite(own, our)
			}
		case []any:
			items := slices.Clone(own)
			for _, item := range our.([]any) {
				if !slices.ContainsFunc(own, func(other any) bool { return identify(other) == identify(item) }) {
					items = append(items, item)
				}
			}
			united[key] = items
		case string:
			if our, isText := our.(string); isText && strings.HasPrefix(our, "-----BEGIN ") {
				united[key] = withCertificates(own, our)
			}
		}
	}
	return united
}

// identify is what an item of a list is known by.
func identify(item any) string {
	if mapping, isMapping := item.(map[string]any); isMapping {
		return fmt.Sprint(mapping["name"])
	}
	return fmt.Sprint(item)
}

// withCertificates is a text with those certificates of another one that it lacks.
func withCertificates(own, our string) string {
	has := map[string]bool{}
	for block, rest := pem.Decode([]byte(own)); block != nil; block, rest = pem.Decode(rest) {
		has[string(block.Bytes)] = true
	}
	whole := own
	if whole != "" && !strings.HasSuffix(whole, "\n") {
		whole += "\n"
	}
	for block, rest := pem.Decode([]byte(our)); block != nil; block, rest = pem.Decode(rest) {
		if !has[string(block.Bytes)] {
			whole += string(pem.EncodeToMemory(block))
		}
	}
	return whole
}
