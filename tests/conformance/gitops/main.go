// Command gitops reads objects as Flux's controllers do. The module file also names the programs that seal and encrypt Secrets, as tools.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	helmv2 "github.com/fluxcd/helm-controller/api/v2"
	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	sourcev1 "github.com/fluxcd/source-controller/api/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

const usage = `usage:
  gitops FILE     prints KIND/NAME of each object of Flux`

func main() {
	err := errors.New(usage)
	if len(os.Args) == 2 {
		err = read(os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// read decodes each document into Flux's own type, and accepts no other field.
func read(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		var head metav1.PartialObjectMetadata
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			return err
		}
		name := head.APIVersion + " " + head.Kind
		into, known := map[string]any{
			helmv2.GroupVersion.String() + " HelmRelease":        &helmv2.HelmRelease{},
			kustomizev1.GroupVersion.String() + " Kustomization": &kustomizev1.Kustomization{},
			sourcev1.GroupVersion.String() + " HelmRepository":   &sourcev1.HelmRepository{},
		}[name]
		if !known {
			return fmt.Errorf("%s is not Flux's", name)
		}
		if err := yaml.UnmarshalStrict([]byte(document), into); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Println(head.Kind + "/" + head.Name)
	}
	return nil
}
