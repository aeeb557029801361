package conformance

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Values of a cluster helm1 that Helm runs, linked with east, which is run by hand. Hubble is off, as it would bring certificates of
// its own. Those of ClusterMesh are made by a Job, not by Helm, whose RSA keys take most of the time of a rendering; jobSecrets
// has what the Job makes.
const (
	helmCluster = `
cluster: {name: helm1, id: 102}
hubble: {enabled: false}
clustermesh: {useAPIServer: true, apiserver: {tls: {auto: {method: cronJob}}}}
`
	byHelm             = `clustermesh: {apiserver: {tls: {auto: {method: helm}}}}`
	withKVStoreMesh    = `clustermesh: {apiserver: {kvstoremesh: {enabled: true}}}`
	withoutKVStoreMesh = `clustermesh: {apiserver: {kvstoremesh: {enabled: false}}}`
	linkedWithEast     = `clustermesh: {config: {enabled: true, clusters: [{name: east, ips: [10.31.0.1], port: 2379}]}}`
	withOwnSecrets     = `clustermesh: {config: {enabled: false}}`
	noHelmCertificates = `clustermesh: {apiserver: {tls: {auto: {enabled: false}}}}`
	noHelmSecrets      = `clustermesh: {apiserver: {tls: {auto: {enabled: false}, enableSecrets: false}}}`
)

// usual is what most facts change.
var usual = []string{helmCluster, withKVStoreMesh, linkedWithEast}

// with adds values to others.
func with(values []string, more ...string) []string { return append(slices.Clone(values), more...) }

// jobSecrets are what certgen's Job makes, or an owner who brings certificates.
func jobSecrets(t *testing.T) string {
	t.Helper()
	return provide(t, newAuthority(t, "owner ca"), "remote").secrets(t, everyCredential...)
}

// authMode sets how the chart calls users and certificates.
func authMode(mode string) string {
	return fmt.Sprintf("clustermesh: {apiserver: {tls: {authMode: %s}}}", mode)
}

// remoteClusters sets the list of remote clusters, given as YAML.
func remoteClusters(list string) string {
	return "clustermesh: {config: {enabled: true, clusters: " + list + "}}"
}

// identity is a certificate and its key, as PEM.
type identity struct {
	certificate, key string
}

// identity issues a certificate for a client, or, with names, for a server.
func (a *authority) identity(t *testing.T, commonName string, names ...string) identity {
	t.Helper()
	template, dir := clientTemplate(commonName), t.TempDir()
	template.DNSNames = names
	if len(names) != 0 {
		template.IPAddresses = certificateTemplate("").IPAddresses
	}
	a.issue(t, dir, "leaf", template)
	return identity{readFile(t, filepath.Join(dir, "leaf.crt")), readFile(t, filepath.Join(dir, "leaf.key"))}
}

// pem is the authority's certificate.
func (a *authority) pem(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.crt")
	a.anchor(t, file)
	return readFile(t, file)
}

// keyPEM is the authority's key.
func (a *authority) keyPEM(t *testing.T) string {
	t.Helper()
	encoded, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}

// The credentials of a clustermesh-apiserver, as their Secrets call them: clustermesh-apiserver-NAME-cert.
const (
	serverCredential = "server"
	adminCredential  = "admin"
	remoteCredential = "remote"
	localCredential  = "local"
)

// everyCredential is all four.
var everyCredential = []string{serverCredential, adminCredential, remoteCredential, localCredential}

// provided are the credentials of helm1 that its owner has made, with the names that Cilium asks for (Documentation/network/clustermesh).
type provided struct {
	anchors    string // what ca.crt of every Secret holds
	identities map[string]identity
}

// provide makes credentials. The common name of the remote one depends on authMode. The etcd accepts clients of `others` as well.
func provide(t *testing.T, ca *authority, remoteName string, others ...*authority) *provided {
	t.Helper()
	p := &provided{anchors: ca.pem(t), identities: map[string]identity{
		serverCredential: ca.identity(t, "clustermesh-apiserver.kube-system.svc", "clustermesh-apiserver.kube-system.svc", "*.mesh.cilium.io"),
		adminCredential:  ca.identity(t, "admin-helm1"),
		remoteCredential: ca.identity(t, remoteName),
		localCredential:  ca.identity(t, "local-helm1"),
	}}
	for _, other := range others {
		p.anchors += other.pem(t)
	}
	return p
}

// secrets are manifests of some of the Secrets.
func (p *provided) secrets(t *testing.T, names ...string) string {
	t.Helper()
	var manifests strings.Builder
	for _, name := range names {
		manifests.WriteString(secret(certSecret(name), "kubernetes.io/tls", map[string]string{
			"ca.crt": p.anchors, "tls.crt": p.identities[name].certificate, "tls.key": p.identities[name].key,
		}))
	}
	return manifests.String()
}

// certSecret is the name of a credential's Secret.
func certSecret(credential string) string { return "clustermesh-apiserver-" + credential + "-cert" }

// asValues are the certificates in the places that charts up to 1.19 have for them.
func (p *provided) asValues() string {
	var text strings.Builder
	fmt.Fprintf(&text, "tls: {ca: {cert: %s}}\nclustermesh:\n  apiserver:\n    tls:\n      auto: {enabled: false}\n", encoded(p.anchors))
	for _, name := range []string{serverCredential, adminCredential, remoteCredential} {
		pair := p.identities[name]
		fmt.Fprintf(&text, "      %s: {cert: %s, key: %s}\n", name, encoded(pair.certificate), encoded(pair.key))
	}
	return text.String()
}

// secret is a manifest.
func secret(name, kind string, data map[string]string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s, namespace: %s}\ntype: %s\ndata:\n", name, chartNamespace, kind)
	for key, value := range data {
		fmt.Fprintf(&text, "  %q: %s\n", key, encoded(value))
	}
	return text.String()
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// seen reads a file as a container sees it, or returns nothing.
func seen(root, path string) string {
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return ""
	}
	return string(text)
}
