// Command helmcontroller prints the job that k3s-io/helm-controller makes of a HelmChart and its HelmChartConfig, and the objects that the
// job mounts, as RKE2 and K3s have them.
//
//	helmcontroller CHART CONFIG
package main

import (
	"fmt"
	"os"
	_ "unsafe" // for go:linkname

	v1 "github.com/k3s-io/helm-controller/pkg/apis/helm.cattle.io/v1"
	_ "github.com/k3s-io/helm-controller/pkg/controllers/chart"
	batch "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// The functions by which the controller makes both (getJobAndRelatedResources in pkg/controllers/chart/chart.go). They are not exported, and
// the exported ones need an API server.

//go:linkname job github.com/k3s-io/helm-controller/pkg/controllers/chart.job
func job(chart *v1.HelmChart, apiServerPort string) (*batch.Job, *corev1.Secret, *corev1.ConfigMap)

//go:linkname valuesSecretAddConfig github.com/k3s-io/helm-controller/pkg/controllers/chart.valuesSecretAddConfig
func valuesSecretAddConfig(job *batch.Job, secret *corev1.Secret, config *v1.HelmChartConfig)

//go:linkname setFailurePolicy github.com/k3s-io/helm-controller/pkg/controllers/chart.setFailurePolicy
func setFailurePolicy(job *batch.Job, failurePolicy v1.FailurePolicy)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "helmcontroller:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: helmcontroller CHART CONFIG")
	}
	var (
		chart  v1.HelmChart
		config v1.HelmChartConfig
	)
	if err := read(args[0], &chart); err != nil {
		return err
	}
	if err := read(args[1], &config); err != nil {
		return err
	}
	if config.Name != chart.Name || config.Namespace != chart.Namespace {
		return fmt.Errorf("%s/%s is not for %s/%s", config.Namespace, config.Name, chart.Namespace, chart.Name)
	}
	made, secret, content := job(&chart, "6443")
	valuesSecretAddConfig(made, secret, &config)
	setFailurePolicy(made, config.Spec.FailurePolicy)
	for _, object := range []any{made, secret, content} {
		text, err := yaml.Marshal(object)
		if err != nil {
			return err
		}
		fmt.Printf("---\n%s", text)
	}
	return nil
}

// read decodes a file as the API server does for kubectl, which asks for strict validation.
func read(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
