package conformance

import (
	"fmt"
	"strings"
	"testing"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	chartutil "helm.sh/helm/v4/pkg/chart/v2/util"
	helm "helm.sh/helm/v4/pkg/engine"
	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
)

// chartNamespace is where the charts are installed, as Cilium's documentation has it.
const chartNamespace = "kube-system"

// kubernetes is the version that charts render for: what `helm template` of this Helm takes by itself, except in Go's tests.
const kubernetes = "v1.37.0"

// template does what `helm template cilium --namespace kube-system --values ONE --values TWO` does, and returns the manifests. The
// steps are those of `helm template` (pkg/action/install.go and action.go). An error is that Helm refuses.
func (c chart) template(t *testing.T, values ...string) ([]string, error) {
	t.Helper()
	loaded := c.load(t)
	merged := map[string]any{}
	for _, text := range values {
		layer, err := loader.LoadValues(strings.NewReader(text))
		if err != nil {
			return nil, err
		}
		merged = loader.MergeMaps(merged, layer)
	}
	version, err := common.ParseKubeVersion(kubernetes)
	if err != nil {
		return nil, err
	}
	capabilities := common.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *version
	if required := loaded.Metadata.KubeVersion; required != "" && !chartutil.IsCompatibleRange(required, kubernetes) {
		return nil, fmt.Errorf("the chart is for Kubernetes %s", required)
	}
	if err := chartutil.ProcessDependencies(loaded, merged); err != nil {
		return nil, err
	}
	options := common.ReleaseOptions{Name: "cilium", Namespace: chartNamespace, Revision: 1, IsInstall: true}
	whole, err := util.ToRenderValues(loaded, merged, options, capabilities)
	if err != nil {
		return nil, err
	}
	files, err := helm.Render(loaded, whole)
	if err != nil {
		return nil, err
	}
	for name := range files {
		if strings.HasSuffix(name, ".txt") { // NOTES.txt, and another one that it includes
			delete(files, name)
		}
	}
	hooks, sorted, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		return nil, err
	}
	var manifests []string
	for _, hook := range hooks {
		manifests = append(manifests, hook.Manifest)
	}
	for _, manifest := range sorted {
		manifests = append(manifests, manifest.Content)
	}
	return manifests, nil
}
