package conformance

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// repository is a copy of samples/gitops, as a user has it.
type repository struct {
	dir string
	// bin has the programs of update.sh, and given what they were given to seal.
	bin, given  string
	environment []string
}

// newRepository copies the sample, with cairo's two certificates.
func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{dir: filepath.Join(t.TempDir(), "repository"), bin: t.TempDir(), given: t.TempDir()}
	if err := os.CopyFS(r.dir, os.DirFS(filepath.Join(samplesDir, "gitops"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cilium-ca.crt", "clustermesh-apiserver.crt"} {
		certificate := readFile(t, filepath.Join(os.Getenv(workVariable), mixedSample, name))
		writeFiles(t, r.dir, map[string]string{"certificates/" + name: certificate})
	}
	if err := os.Symlink(os.Getenv(binaryVariable), filepath.Join(r.bin, "meshbundle")); err != nil {
		t.Fatal(err)
	}
	r.environment = append(os.Environ(), "PATH="+r.bin+":"+os.Getenv("PATH"))
	return r
}

func (r *repository) path(name string) string { return filepath.Join(r.dir, name) }

// keepsInput lets a program find what it is given in a file of its own, which stays.
func (r *repository) keepsInput(t *testing.T, name string) {
	t.Helper()
	text := fmt.Sprintf("#!/bin/sh\ncat >%[1]s/$$ && exec %[2]s \"$@\" <%[1]s/$$\n", r.given, gitopsProgram(t, name))
	if err := os.WriteFile(filepath.Join(r.bin, name), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// plain are the Secrets that a program was given.
func (r *repository) plain(t *testing.T) map[string]*corev1.Secret {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(r.given, "*"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDeployed()
	for _, file := range files {
		if err := d.add(readFile(t, file)); err != nil {
			t.Fatal(err)
		}
	}
	if names := slices.Sorted(maps.Keys(d.secrets)); !slices.Equal(names, []string{agentsSecret, kvstoremeshSecret}) {
		t.Fatalf("the program was given %v", names)
	}
	return d.secrets
}

// update runs update.sh.
func (r *repository) update(t *testing.T, options ...string) {
	t.Helper()
	command := exec.Command(r.path("update.sh"), options...)
	command.Env = r.environment
	output(t, command)
}

// secrets sets `runtime.secrets` of cairo.
func (r *repository) secrets(t *testing.T, form map[string]any) {
	t.Helper()
	m := &mesh{dir: r.dir}
	m.change(t, func(document map[string]any) {
		for _, cluster := range clusters(document) {
			if cluster["name"] == "cairo" {
				object(cluster, "runtime")["secrets"] = form
			}
		}
	})
}

// built are the objects of a folder, as Argo CD and Flux build it with kustomize.
func (r *repository) built(t *testing.T, folder string) map[string]string {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), r.path(folder))
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]string{}
	for _, resource := range resources.Resources() {
		if resource.GetNamespace() != chartNamespace {
			t.Errorf("%s is in %q", resource.GetName(), resource.GetNamespace())
		}
		objects[resource.GetKind()+"/"+resource.GetName()] = resource.MustYaml()
	}
	return objects
}

// cannotJudge checks that `verify` says of both Secrets that it cannot read them.
func (r *repository) cannotJudge(t *testing.T) {
	t.Helper()
	report := output(t, exec.Command(os.Getenv(binaryVariable), "verify", r.path("out"), "--mesh", r.path("mesh.yaml")))
	if strings.Count(report, "warning[CM0762]: the Secret is sealed or encrypted") != 2 {
		t.Errorf("verify says\n%s", report)
	}
}

// secretOf decodes a Secret, and accepts no field that it does not have.
func secretOf(t *testing.T, text string) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{}
	if err := strictly(text, secret); err != nil {
		t.Fatal(err)
	}
	return secret
}

// sameSecret checks that a Secret is, in the cluster, what meshbundle wrote.
func sameSecret(t *testing.T, got, want *corev1.Secret) {
	t.Helper()
	if got.Name != want.Name || got.Namespace != want.Namespace || got.Type != want.Type || !reflect.DeepEqual(got.Data, want.Data) ||
		len(got.StringData) != 0 || !reflect.DeepEqual(got.Labels, want.Labels) || !reflect.DeepEqual(got.Annotations, want.Annotations) {
		t.Errorf("%s is %s of %v, with %v and %v", got.Name, got.Type, slices.Sorted(maps.Keys(got.Data)), got.Labels, got.Annotations)
	}
}

// piped runs a program on a text.
func piped(t *testing.T, input, program string, words ...string) string {
	t.Helper()
	command := exec.Command(program, words...)
	command.Stdin = strings.NewReader(input)
	return output(t, command)
}

// sealing makes the key of a controller of Sealed Secrets, and puts its certificate where the sample has it.
func (r *repository) sealing(t *testing.T) (keyFile string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sealed-secrets"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, r.path("certificates/sealing.crt"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})))
	keyFile = filepath.Join(t.TempDir(), "sealing.key")
	writeFile(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	return keyFile
}

// TestGitOps plays samples/gitops: what Argo CD and Flux read of the repository is sound, and what they put into the cluster is what
// meshbundle made, whichever program has sealed it.
func TestGitOps(t *testing.T) {
	r := newRepository(t)
	key := r.sealing(t)
	r.keepsInput(t, "kubeseal")
	r.update(t, "--create-authorities")
	plain := r.plain(t)
	t.Run("unchanged", func(t *testing.T) {
		before := treeOf(t, r.path("clusters"))
		r.update(t)
		if after := treeOf(t, r.path("clusters")); !maps.Equal(before, after) {
			t.Error("a second run changes the repository")
		}
	})
	t.Run("kubeseal", func(t *testing.T) {
		objects := r.built(t, "clusters/cairo/clustermesh")
		names := slices.Sorted(maps.Keys(objects))
		if !slices.Equal(names, []string{"ConfigMap/clustermesh-remote-users", "SealedSecret/" + agentsSecret, "SealedSecret/" + kvstoremeshSecret}) {
			t.Fatalf("%v", names)
		}
		for name, want := range plain {
			opened := piped(t, objects["SealedSecret/"+name], gitopsProgram(t, "kubeseal"), "--recovery-unseal", "--recovery-private-key", key)
			sameSecret(t, secretOf(t, opened), want)
		}
		r.cannotJudge(t)
	})
	t.Run("argocd", func(t *testing.T) { r.argocd(t, plain) })
	t.Run("flux", r.flux)
	t.Run("sops", func(t *testing.T) { newRepository(t).sops(t) })
	t.Run("external", func(t *testing.T) { newRepository(t).external(t) })
}

// treeOf is what each file below a folder holds.
func treeOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files[path] = readFile(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// argocd checks the Application, and that the chart makes the same of its values each time. With the Secrets, pods find the remote clusters.
func (r *repository) argocd(t *testing.T, plain map[string]*corev1.Secret) {
	t.Helper()
	if err := validate(t, decoded(t, readFile(t, r.path("argocd/cairo.yaml")))); err != nil {
		t.Error(err)
	}
	var application struct {
		Spec struct {
			Destination struct{ Namespace string }
			Sources     []struct {
				Chart, TargetRevision, Ref, Path string
				Helm                             struct {
					ReleaseName string
					ValueFiles  []string
				}
			}
		}
	}
	readYAML(t, r.path("argocd/cairo.yaml"), &application)
	release, folder := application.Spec.Sources[0], application.Spec.Sources[1]
	c := charts[slices.IndexFunc(charts, func(c chart) bool { return c.version == "v"+release.TargetRevision })]
	var values []string
	for _, file := range release.Helm.ValueFiles {
		inside, found := strings.CutPrefix(file, "$"+folder.Ref+"/")
		if !found {
			t.Errorf("%s is in no source", file)
		}
		values = append(values, r.path(inside))
	}
	if application.Spec.Destination.Namespace != chartNamespace || release.Helm.ReleaseName != "cilium" || len(values) != 1 {
		t.Errorf("%+v", application)
	}
	// The controller of Sealed Secrets makes the Secrets, and certgen's Job those of the etcd.
	files := append(asFiles(t, []string{jobSecrets(t)}), r.path(folder.Path+"/clustermesh-remote-users.yaml"))
	for _, secret := range plain {
		text, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, asFiles(t, []string{string(text)})...)
	}
	d := c.installFiles(t, values, files)
	again := c.installFiles(t, values, files)
	if !reflect.DeepEqual(d.manifests, again.manifests) {
		t.Error("two renderings differ")
	}
	s := &mixed{chart: c}
	s.checkFiles(t, d, agentPod, agentContainer)
	s.checkFiles(t, d, apiserverPod, kvstoremeshContainer)
}

// flux checks that Flux's own types take the objects, and that the HelmRelease has the values of the repository.
func (r *repository) flux(t *testing.T) {
	program := gitopsProgram(t, "gitops")
	if names := output(t, exec.Command(program, r.path("flux/cairo.yaml"))); names != "Kustomization/cairo-clustermesh\nKustomization/cairo-cilium\n" {
		t.Errorf("%s", names)
	}
	objects := r.built(t, "clusters/cairo/cilium")
	var configMap corev1.ConfigMap
	var release struct {
		Spec struct {
			Chart      struct{ Spec struct{ Version string } }
			ValuesFrom []struct{ Kind, Name string }
		}
	}
	for name, text := range objects {
		switch kind, _, _ := strings.Cut(name, "/"); kind {
		case "ConfigMap":
			if err := strictly(text, &configMap); err != nil {
				t.Error(err)
			}
		default:
			file := asFiles(t, []string{text})[0]
			if got := output(t, exec.Command(program, file)); got != name+"\n" {
				t.Errorf("%s", got)
			}
			if kind == "HelmRelease" {
				readYAML(t, file, &release)
			}
		}
	}
	from := release.Spec.ValuesFrom
	if len(objects) != 3 || len(from) != 1 || from[0].Kind != "ConfigMap" || from[0].Name != configMap.Name || configMap.Name == "cilium-values" {
		t.Errorf("values from %v, with the ConfigMap %s", from, configMap.Name)
	}
	if configMap.Data["values.yaml"] != readFile(t, r.path("clusters/cairo/cilium/values.yaml")) {
		t.Error("other values")
	}
	for document := range strings.SplitSeq(readFile(t, r.path("flux/cairo.yaml")), "\n---\n") {
		path := fmt.Sprint(object(decoded(t, document), "spec")["path"])
		if _, err := os.Stat(r.path(path + "/kustomization.yaml")); err != nil {
			t.Error(err)
		}
	}
	if version := release.Spec.Chart.Spec.Version; !strings.Contains(readFile(t, r.path("argocd/cairo.yaml")), "targetRevision: "+version+"\n") {
		t.Errorf("Flux and Argo CD have other charts: %s", version)
	}
}

// sops encrypts for an identity of age, as the page of the sample says.
func (r *repository) sops(t *testing.T) {
	identity := filepath.Join(t.TempDir(), "age.key")
	output(t, exec.Command(gitopsProgram(t, "age-keygen"), "-o", identity))
	recipient := output(t, exec.Command(gitopsProgram(t, "age-keygen"), "-y", identity))
	page := readFile(t, r.path("README.md"))
	_, rules, found := strings.Cut(page, "```text\n")
	rules, _, closed := strings.Cut(rules, "```")
	if !found || !closed || !strings.Contains(rules, "age1…") {
		t.Fatal("the page shows no .sops.yaml")
	}
	writeFile(t, r.path(".sops.yaml"), strings.Replace(rules, "age1…", strings.TrimSpace(recipient), 1))
	const filter = "sops, encrypt, --encrypted-regex, '^(data|stringData)$', --filename-override, secret.yaml"
	if !strings.Contains(page, "secrets: { filter: ["+filter+"] }") {
		t.Fatal("the page shows another filter")
	}
	r.secrets(t, map[string]any{"filter": strings.Split(strings.ReplaceAll(filter, "'", ""), ", ")})
	r.keepsInput(t, "sops")
	r.update(t, "--create-authorities")
	objects := r.built(t, "clusters/cairo/clustermesh")
	decrypt := func(input string, words ...string) string {
		command := exec.Command(gitopsProgram(t, "sops"), append([]string{"decrypt", "--input-type", "yaml", "--output-type", "yaml"}, words...)...)
		command.Env, command.Stdin = append(os.Environ(), "SOPS_AGE_KEY_FILE="+identity), strings.NewReader(input)
		return output(t, command)
	}
	for name, want := range r.plain(t) {
		file := readFile(t, r.path("clusters/cairo/clustermesh/secrets/"+name+".yaml"))
		sameSecret(t, secretOf(t, decrypt(file)), want)
		// Flux decrypts what kustomize has built, and does not check the MAC (checkSopsMac in internal/decryptor of kustomize-controller).
		sameSecret(t, secretOf(t, decrypt(objects["Secret/"+name], "--ignore-mac")), want)
		for key, value := range want.Data {
			if strings.HasSuffix(key, ".key") && (bytes.Contains([]byte(file), value) || strings.Contains(file, encoded(string(value)))) {
				t.Errorf("%s is in clear", key)
			}
		}
	}
	r.cannotJudge(t)
}

// external compares what External Secrets makes with the plain form. Only the generation differs, and the digest.
func (r *repository) external(t *testing.T) {
	r.secrets(t, map[string]any{"form": "plain"})
	command := exec.Command(r.path("update.sh"), "--create-authorities")
	command.Env = r.environment
	if text, err := command.CombinedOutput(); err == nil || !strings.Contains(string(text), "has keys in clear") {
		t.Errorf("update.sh copies plain Secrets: %v %s", err, text)
	}
	secrets := filepath.Join(r.dir, "out/bundles/cairo/helm/secrets")
	plain := map[string]*corev1.Secret{}
	for _, name := range []string{agentsSecret, kvstoremeshSecret} {
		plain[name] = secretOf(t, readFile(t, filepath.Join(secrets, name+".yaml")))
	}
	r.secrets(t, map[string]any{"form": "external", "store": "vault"})
	r.update(t)
	objects := r.built(t, "clusters/cairo/clustermesh")
	for name, want := range plain {
		text := objects["ExternalSecret/"+name]
		if err := validate(t, decoded(t, text)); err != nil {
			t.Error(err)
		}
		made := output(t, exec.Command(gitopsProgram(t, "external"), asFiles(t, []string{text})[0], filepath.Join(secrets, name+".json")))
		got := secretOf(t, made)
		want.Annotations = withoutGeneration(t, want.Annotations)
		got.Annotations = withoutGeneration(t, got.Annotations)
		sameSecret(t, got, want)
	}
	if tree := treeOf(t, r.path("clusters")); len(objects) != 3 || slices.ContainsFunc(slices.Collect(maps.Keys(tree)), func(path string) bool {
		return strings.HasSuffix(path, ".json")
	}) {
		t.Errorf("update.sh copies what is for the store: %v", slices.Sorted(maps.Keys(tree)))
	}
}

// withoutGeneration are annotations without what each form has anew.
func withoutGeneration(t *testing.T, annotations map[string]string) map[string]string {
	t.Helper()
	var bundle map[string]any
	if err := json.Unmarshal([]byte(annotations["meshbundle/bundle"]), &bundle); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"generation", "digest"} {
		if bundle[key] == nil {
			t.Errorf("no %s", key)
		}
		delete(bundle, key)
	}
	text, err := json.Marshal(bundle)
	if err != nil {
		t.Fatal(err)
	}
	rest := maps.Clone(annotations)
	rest["meshbundle/bundle"] = string(text)
	return rest
}
