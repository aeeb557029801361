// Command external prints the Secret that External Secrets makes, with the packages of its controller.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	esv1 "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	templates "github.com/external-secrets/external-secrets/pkg/template/v2"
	"github.com/external-secrets/external-secrets/pkg/utils"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

const usage = `usage:
  external FILE JSON     FILE: an ExternalSecret; JSON: the fields that its store has`

func main() {
	err := errors.New(usage)
	if len(os.Args) == 3 {
		err = external(os.Args[1], os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// external is what a reconciliation does with `dataFrom.extract` and the template (GetSecretMap of a provider, then handleExtractSecrets
// and applyTemplate in pkg/controllers/externalsecret of External Secrets). A store that keeps fields gives them as they are.
func external(objectPath, fieldsPath string) error {
	var object esv1.ExternalSecret
	var fields map[string]string
	for path, into := range map[string]any{objectPath: &object, fieldsPath: &fields} {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := yaml.UnmarshalStrict(text, into); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if len(object.Spec.Data) != 0 || len(object.Spec.DataFrom) != 1 || object.Spec.DataFrom[0].Extract == nil {
		return errors.New("it asks for something else than one set of fields")
	}
	data := map[string][]byte{}
	for key, value := range fields {
		data[key] = []byte(value)
	}
	// What the API server fills in.
	data, err := utils.ConvertKeys(esv1.ExternalSecretConversionDefault, data)
	if err != nil {
		return err
	}
	if err := utils.ValidateKeys(logr.Discard(), data); err != nil {
		return err
	}
	data, err = utils.DecodeMap(esv1.ExternalSecretDecodeNone, data)
	if err != nil {
		return err
	}
	template := object.Spec.Target.Template
	if template == nil || len(template.Data) != 0 || len(template.TemplateFrom) != 0 || template.EngineVersion != "" {
		return errors.New("its template is another than this program knows")
	}
	secret := &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: metav1.ObjectMeta{Name: object.Spec.Target.Name, Namespace: object.Namespace},
		Type:       template.Type,
		Data:       data, // a template without data takes all of it
	}
	for target, texts := range map[esv1.TemplateTarget]map[string]string{
		esv1.TemplateTargetLabels:      template.Metadata.Labels,
		esv1.TemplateTargetAnnotations: template.Metadata.Annotations,
	} {
		rendered := map[string][]byte{}
		for key, text := range texts {
			rendered[key] = []byte(text)
		}
		if err := templates.Execute(rendered, data, esv1.TemplateScopeValues, target, secret); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(secret)
}
