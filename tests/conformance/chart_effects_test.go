package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
)

// effectCase is what a mesh says of a release, with other values of its owner's.
type effectCase struct {
	name    string
	runtime map[string]any
	owner   string
	since   string // the first chart that takes it
}

// effectCases make meshbundle write each value that it knows.
var effectCases = []effectCase{
	{name: "nothing", owner: quick},
	{name: "cronjob", owner: "hubble: {enabled: false}\n", runtime: map[string]any{
		"authMode": "cluster", "kvstoremesh": false, "method": "cronJob", "service": map[string]any{"type": "NodePort", "nodePort": 32380}}},
	{name: "certmanager", owner: `hubble: {enabled: false}
clustermesh: {apiserver: {tls: {auto: {certManagerIssuerRef: {group: cert-manager.io, kind: ClusterIssuer, name: corp}}}}}
`, runtime: map[string]any{"authMode": "legacy", "kvstoremesh": true, "method": "certmanager", "service": map[string]any{"type": "LoadBalancer"}}},
	{name: "provided", owner: "hubble: {enabled: false}\n", since: "1.16", runtime: map[string]any{"authMode": "migration", "method": "provided"}},
}

// TestHelmEffects takes each value that meshbundle writes away again. The chart makes something else of the rest, unless the value is its
// default: no value is ignored in silence.
func TestHelmEffects(t *testing.T) {
	eachChart(t, func(t *testing.T, c chart) {
		t.Parallel()
		for _, e := range effectCases {
			if e.since == "" || !c.before(e.since) {
				t.Run(e.name, func(t *testing.T) { e.check(t, c) })
			}
		}
		// The control: a place that came with 1.20.
		found := c.ignores(t, helmCluster, "clustermesh: {apiserver: {tls: {auto: {server: {extraDnsNames: [a.example.org]}}}}}\n")
		if (len(found) == 1) != c.before("1.20") {
			t.Errorf("in the control, the chart ignores %v", found)
		}
	})
}

func (e effectCase) check(t *testing.T, c chart) {
	s := newMerging(t, c, e.runtime)
	if !c.before("1.15") {
		s.change(t, func(document map[string]any) { object(document, "cilium")["maxConnectedClusters"] = 511 })
	}
	fragment := s.write(t, nil, valuesFile)
	for _, path := range c.ignores(t, e.owner, fragment) {
		t.Errorf("the chart ignores %s", path)
	}
}

// ignores are the paths of values without which a chart makes the same, and which are not its defaults.
func (c chart) ignores(t *testing.T, owner, values string) (paths []string) {
	t.Helper()
	whole, err := c.install(t, []string{owner, values}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defaults := loader.MergeMaps(c.load(t).Values, helmValues(t, owner))
	for _, path := range leaves(helmValues(t, values)) {
		rest := helmValues(t, values)
		value := valueAt(rest, path)
		drop(rest, path)
		if sameJSON(t, value, valueAt(defaults, path)) {
			continue
		}
		// Some charts refuse the rest, such as an id without a name.
		without, err := c.install(t, []string{owner, asYAML(t, rest)}, nil)
		if err == nil && len(whole.difference(t, without)) == 0 {
			paths = append(paths, strings.Join(path, "."))
		}
	}
	return paths
}

func sameJSON(t *testing.T, one, other any) bool {
	t.Helper()
	texts := make([]string, 0, 2)
	for _, value := range []any{one, other} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts[0] == texts[1]
}
