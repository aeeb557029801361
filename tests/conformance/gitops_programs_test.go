package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// gitopsDir is where the programs are that seal, encrypt and read objects. They are built once.
const gitopsDir = "../../target/gitops"

// crds are the definitions of kinds, by module. External Secrets cannot be imported from a newer release: its packages are modules that
// the Go proxy does not have. `external` is built from the last one that was a single module.
var crds = map[string]struct{ module, path string }{
	"Application":    {"github.com/argoproj/argo-cd/v3@v3.5.7", "manifests/crds/application-crd.yaml"},
	"ExternalSecret": {"github.com/external-secrets/external-secrets@v1.3.2", "config/crds/bases/external-secrets.io_externalsecrets.yaml"},
}

// gitopsProgram is the path of kubeseal, sops, age-keygen, gitops or external.
func gitopsProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(gitopsDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// buildGitOps makes the programs, and gets the definitions into work.
func buildGitOps(work string) error {
	target, err := filepath.Abs(gitopsDir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	// Another test program may be building, too.
	lock, err := os.OpenFile(filepath.Join(target, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "conformance: building kubeseal, sops and what reads their objects (minutes, the first time)")
	for _, part := range []struct{ dir, packages string }{{"gitops", "tool"}, {"gitops", "."}, {"external", "."}} {
		build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", target+"/", part.packages)
		build.Dir, build.Stderr = part.dir, os.Stderr
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTOOLCHAIN=local")
		if err := build.Run(); err != nil {
			return fmt.Errorf("programs of %s: %w", part.dir, err)
		}
	}
	for kind, crd := range crds {
		command := exec.Command("go", "mod", "download", "-json", crd.module)
		command.Dir, command.Stderr = work, os.Stderr // where no go.mod says which version it is
		command.Env = append(os.Environ(), "GOTOOLCHAIN=local")
		answer, err := command.Output()
		if err != nil {
			return fmt.Errorf("%s: %w: %s", crd.module, err, answer)
		}
		var module struct{ Dir string }
		if err := json.Unmarshal(answer, &module); err != nil {
			return err
		}
		if err := copyFile(filepath.Join(module.Dir, crd.path), crdFile(work, kind)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

func crdFile(work, kind string) string { return filepath.Join(work, "crd-"+kind+".yaml") }

// validate checks an object as the API server does with strict validation: by the schema of its version, and with no other field.
func validate(t *testing.T, object map[string]any) error {
	t.Helper()
	kind := fmt.Sprint(object["kind"])
	return validateBy(t, kind, object)
}

// validateBy does it with the definition in that file.
func validateBy(t *testing.T, kind string, object map[string]any) error {
	t.Helper()
	var crd struct {
		Spec struct {
			Group    string
			Versions []struct {
				Name   string
				Schema struct{ OpenAPIV3Schema map[string]any }
			}
		}
	}
	readYAML(t, crdFile(os.Getenv(workVariable), kind), &crd)
	for _, version := range crd.Spec.Versions {
		if object["apiVersion"] != crd.Spec.Group+"/"+version.Name {
			continue
		}
		schema := version.Schema.OpenAPIV3Schema
		closeSchema(schema)
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource(kind, schema); err != nil {
			t.Fatal(err)
		}
		compiled, err := compiler.Compile(kind)
		if err != nil {
			t.Fatal(err)
		}
		return compiled.Validate(object)
	}
	return fmt.Errorf("%s has no version %v", kind, object["apiVersion"])
}

// closeSchema makes a schema refuse fields that it does not list. Those of `metadata` are not listed.
func closeSchema(schema map[string]any) {
	if properties, listed := schema["properties"].(map[string]any); listed {
		for _, property := range properties {
			if property, isSchema := property.(map[string]any); isSchema {
				closeSchema(property)
			}
		}
		if schema["x-kubernetes-preserve-unknown-fields"] != true && schema["additionalProperties"] == nil {
			schema["additionalProperties"] = false
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if inner, isSchema := schema[key].(map[string]any); isSchema {
			closeSchema(inner)
		}
	}
}

// decoded is a document as JSON has it.
func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var object map[string]any
	if err := yaml.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// TestCRDs is the control: an Application with a field that its kind does not have, or without one that it needs, does not fit.
func TestCRDs(t *testing.T) {
	sound := readFile(t, filepath.Join(samplesDir, "gitops/argocd/cairo.yaml"))
	if err := validate(t, decoded(t, sound)); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(spec map[string]any){
		"misspelt": func(spec map[string]any) { spec["syncPolicies"] = map[string]any{} },
		"missing":  func(spec map[string]any) { delete(spec, "project") },
		"type":     func(spec map[string]any) { spec["sources"] = "one" },
	} {
		t.Run(name, func(t *testing.T) {
			application := decoded(t, sound)
			change(object(application, "spec"))
			if validate(t, application) == nil {
				t.Error("it is accepted")
			}
		})
	}
}
