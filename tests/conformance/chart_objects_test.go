package conformance

import (
	"fmt"
	"strings"
	"testing"

	releaseutil "helm.sh/helm/v4/pkg/release/v1/util"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"
)

// deployed are the objects of a namespace, by KIND/NAME, as the API server holds them.
type deployed struct {
	secrets    map[string]*corev1.Secret
	configMaps map[string]*corev1.ConfigMap
	pods       map[string]*corev1.PodSpec // of DaemonSets, Deployments and Jobs
	services   map[string]*corev1.Service
	manifests  map[string]map[string]any // all of them
}

func newDeployed() *deployed {
	return &deployed{
		secrets: map[string]*corev1.Secret{}, configMaps: map[string]*corev1.ConfigMap{}, pods: map[string]*corev1.PodSpec{},
		services: map[string]*corev1.Service{}, manifests: map[string]map[string]any{},
	}
}

// install applies manifests with kubectl, then installs the chart. Both are texts of YAML files. An error is that Helm, kubectl or
// the API server refuses.
func (c chart) install(t *testing.T, values, manifests []string) (*deployed, error) {
	t.Helper()
	d := newDeployed()
	for _, text := range manifests {
		for _, manifest := range releaseutil.SplitManifests(text) {
			if err := d.add(manifest); err != nil {
				return nil, fmt.Errorf("kubectl apply: %w", err)
			}
		}
	}
	rendered, err := c.template(t, values...)
	if err != nil {
		return nil, fmt.Errorf("helm: %w", err)
	}
	for _, manifest := range rendered {
		if err := d.add(manifest); err != nil {
			return nil, fmt.Errorf("helm install: %w", err)
		}
	}
	return d, nil
}

// installFiles is install of files that meshbundle has written. Nothing may be refused.
func (c chart) installFiles(t *testing.T, valuesFiles, manifestFiles []string) *deployed {
	t.Helper()
	read := func(paths []string) (texts []string) {
		for _, path := range paths {
			texts = append(texts, readFile(t, path))
		}
		return texts
	}
	d, err := c.install(t, read(valuesFiles), read(manifestFiles))
	if err != nil {
		t.Fatalf("chart %s with %v and %v: %v", c.minor, valuesFiles, manifestFiles, err)
	}
	return d
}

// add decodes a manifest as the API server does for kubectl and Helm, which ask for strict validation, and creates the object. One that
// is there already is not Helm's to create (`invalid ownership metadata` in pkg/action/validate.go of Helm).
func (d *deployed) add(manifest string) error {
	var head struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
	}
	if err := yaml.Unmarshal([]byte(manifest), &head); err != nil {
		return err
	}
	if head.Kind == "" {
		return nil // nothing but comments
	}
	if head.Namespace != "" && head.Namespace != chartNamespace {
		return nil // not what the pods of this namespace see
	}
	name := head.Kind + "/" + head.Name
	if _, there := d.manifests[name]; there {
		return fmt.Errorf("%s is there already, and not managed by Helm", name)
	}
	var object map[string]any
	if err := yaml.Unmarshal([]byte(manifest), &object); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	d.manifests[name] = object
	var err error
	switch head.Kind {
	case "Secret":
		secret := &corev1.Secret{}
		err = strictly(manifest, secret)
		d.secrets[head.Name] = secret
		if err == nil {
			err = admitSecret(secret)
		}
	case "ConfigMap":
		configMap := &corev1.ConfigMap{}
		err = strictly(manifest, configMap)
		d.configMaps[head.Name] = configMap
	case "Service":
		service := &corev1.Service{}
		err = strictly(manifest, service)
		d.services[head.Name] = service
	case "DaemonSet":
		set := &appsv1.DaemonSet{}
		err = strictly(manifest, set)
		d.pods[name] = &set.Spec.Template.Spec
	case "Job":
		job := &batchv1.Job{}
		err = strictly(manifest, job)
		d.pods[name] = &job.Spec.Template.Spec
	case "Deployment":
		deployment := &appsv1.Deployment{}
		err = strictly(manifest, deployment)
		d.pods[name] = &deployment.Spec.Template.Spec
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// strictly refuses unknown fields, as kubectl and Helm ask for. Of duplicate keys the last one counts.
func strictly(manifest string, into any) error {
	return yaml.Unmarshal([]byte(manifest), into, yaml.DisallowUnknownFields)
}

// admitSecret does what the API server does with a new Secret: stringData becomes data, keys must be file names, and what claims to be for
// TLS must have both files (ValidateSecret in pkg/apis/core/validation of Kubernetes).
func admitSecret(secret *corev1.Secret) error {
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	for key, value := range secret.StringData {
		secret.Data[key] = []byte(value)
	}
	for key := range secret.Data {
		if faults := validation.IsConfigMapKey(key); len(faults) != 0 {
			return fmt.Errorf("data[%s]: %s", key, strings.Join(faults, ", "))
		}
	}
	if secret.Type == corev1.SecretTypeTLS {
		for _, key := range []string{corev1.TLSCertKey, corev1.TLSPrivateKeyKey} {
			if _, there := secret.Data[key]; !there {
				return fmt.Errorf("data[%s]: required value", key)
			}
		}
	}
	return nil
}
