// secretjudge reads Secrets as kubectl sends them and the API server takes them: stdin is a JSON list of texts, stdout a JSON list of
// answers, each the files of every Secret by its name, or why something is refused.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
)

type answer struct {
	Refused string                       `json:"refused"`
	Secrets map[string]map[string][]byte `json:"secrets"`
}

// flat is FlattenListVisitor of cli-runtime.
func flat(object runtime.Object) ([]runtime.Object, error) {
	if !meta.IsListType(object) {
		return []runtime.Object{object}, nil
	}
	items, err := meta.ExtractList(object)
	var all []runtime.Object
	for _, item := range items {
		inner, err := flat(item)
		if err != nil {
			return nil, err
		}
		all = append(all, inner...)
	}
	return all, err
}

// taken decodes as the API server does with kubectl's fieldValidation=Strict, converts, and validates: the last two are not in a
// package for others (pkg/apis/core/v1/conversion.go and pkg/apis/core/validation/validation.go of kubernetes/kubernetes).
func taken(object runtime.Object) (*core.Secret, error) {
	raw, err := object.(*unstructured.Unstructured).MarshalJSON()
	if err != nil {
		return nil, err
	}
	var secret core.Secret
	strict, err := kjson.UnmarshalStrict(raw, &secret)
	if err != nil {
		return nil, err
	}
	if len(strict) > 0 {
		return nil, strict[0]
	}
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	for key, value := range secret.StringData {
		secret.Data[key] = []byte(value)
	}
	size := 0
	for key, value := range secret.Data {
		if faults := validation.IsConfigMapKey(key); len(faults) > 0 {
			return nil, fmt.Errorf("%q: %s", key, faults[0])
		}
		size += len(value)
	}
	if size > core.MaxSecretSize {
		return nil, fmt.Errorf("%d bytes", size)
	}
	_, certificate := secret.Data[core.TLSCertKey]
	_, key := secret.Data[core.TLSPrivateKeyKey]
	if secret.Type == core.SecretTypeTLS && !(certificate && key) {
		return nil, fmt.Errorf("a key of %s is missing", secret.Type)
	}
	return &secret, nil
}

func read(text string) (map[string]map[string][]byte, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	secrets := map[string]map[string][]byte{}
	for {
		var document runtime.RawExtension
		if err := decoder.Decode(&document); err == io.EOF {
			return secrets, nil
		} else if err != nil {
			return nil, err
		}
		if raw := strings.TrimSpace(string(document.Raw)); raw == "" || raw == "null" {
			continue
		}
		object, err := runtime.Decode(unstructured.UnstructuredJSONScheme, document.Raw)
		if err != nil {
			return nil, err
		}
		objects, err := flat(object)
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			if kind := object.GetObjectKind().GroupVersionKind(); kind.Kind != "Secret" || kind.Group != "" {
				continue
			}
			secret, err := taken(object)
			if err != nil {
				return nil, err
			}
			secrets[secret.Name] = secret.Data
		}
	}
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	answers := []answer{}
	for _, text := range texts {
		secrets, err := read(text)
		one := answer{Secrets: secrets}
		if err != nil {
			one.Refused = err.Error()
		}
		answers = append(answers, one)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
