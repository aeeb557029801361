package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	chartv2 "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
)

// chart is Cilium's Helm chart of one minor.
type chart struct {
	minor   string
	version string // of the Go module that has it
}

// charts are those of which docs/charts.md has a column. 1.18 and 1.20 are of the releases that the agents are built from. Of 1.17, the
// Go proxy does not have the newest patch.
var charts = []chart{
	{minor: "1.14", version: "v1.14.19"},
	{minor: "1.15", version: "v1.15.19"},
	{minor: "1.16", version: "v1.16.19"},
	{minor: "1.17", version: "v1.17.0"},
	{minor: "1.18", version: "v1.18.5"},
	{minor: "1.19", version: "v1.19.6"},
	{minor: "1.20", version: "v1.20.2"},
}

// ciliumModule is the Go module of Cilium's sources, and chartDir is where they have the chart.
const (
	ciliumModule = "github.com/cilium/cilium"
	chartDir     = "install/kubernetes/cilium"
	policyCRD    = "pkg/k8s/apis/cilium.io/client/crds/v2/ciliumnetworkpolicies.yaml"
)

// downloadCharts gets the charts into work: the sandbox has no network. What the module cache has is not downloaded again.
func downloadCharts(work string) error {
	words := []string{"mod", "download", "-json"}
	for _, c := range charts {
		words = append(words, ciliumModule+"@"+c.version)
	}
	command := exec.Command("go", words...)
	command.Dir, command.Stderr = work, os.Stderr // where no go.mod says which version it is
	command.Env = append(os.Environ(), "GOTOOLCHAIN=local")
	answers, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	decoder := json.NewDecoder(answers)
	for range charts {
		var module struct{ Version, Dir, Error string }
		if err := decoder.Decode(&module); err != nil {
			return errors.Join(fmt.Errorf("charts: %w", err), command.Wait())
		}
		if module.Error != "" {
			return errors.Join(fmt.Errorf("chart %s: %s", module.Version, module.Error), command.Wait())
		}
		for _, c := range charts {
			if c.version != module.Version {
				continue
			}
			if err := os.CopyFS(c.dir(work), os.DirFS(filepath.Join(module.Dir, chartDir))); err != nil {
				return err
			}
			if err := copyFile(filepath.Join(module.Dir, policyCRD), crdFile(work, c.policies())); err != nil {
				return err
			}
		}
	}
	return command.Wait()
}

// before tells whether a chart is older than that of a minor such as 1.20.
func (c chart) before(minor string) bool { return release{minor: c.minor}.before(minor) }

// policies is the name of the file with the definition of CiliumNetworkPolicy that its operator installs.
func (c chart) policies() string { return "CiliumNetworkPolicy-" + c.minor }

func (c chart) dir(work string) string { return filepath.Join(work, "chart-"+c.minor) }

// load reads the chart as `helm template` does. A loaded chart serves one rendering, which may change it.
func (c chart) load(t *testing.T) *chartv2.Chart {
	t.Helper()
	loaded, err := loader.LoadDir(c.dir(os.Getenv(workVariable)))
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// eachChart runs a test once for every chart.
func eachChart(t *testing.T, test func(t *testing.T, c chart)) {
	for _, c := range charts {
		t.Run(c.minor, func(t *testing.T) { test(t, c) })
	}
}
