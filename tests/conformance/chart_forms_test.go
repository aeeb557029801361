package conformance

import (
	"fmt"
	"slices"
	"testing"
)

// helmForm is a way to give a chart what it needs for the link with east.
type helmForm struct {
	name string
	// installation is what Helm gets, and what kubectl has applied before.
	installation func(t *testing.T, s helmScene) (values, manifests []string)
	// signer signs for clients of the etcd of helm1.
	signer func(s helmScene) *authority
}

var helmForms = []helmForm{
	{"own-secrets", providedForm, func(s helmScene) *authority { return s.east }},
	{"certificates-by-helm", byHelmForm, func(s helmScene) *authority { return s.owner }},
	{"clusters-in-values", valuesForm, func(s helmScene) *authority { return s.east }},
}

// providedForm takes everything from Secrets. The etcd accepts clients of two CAs.
func providedForm(t *testing.T, s helmScene) (values, manifests []string) {
	t.Helper()
	certificates, secrets := s.certificates(t)
	more, manifests := s.ownSecrets(t)
	return slices.Concat(s.common(), certificates, more), append(manifests, secrets...)
}

// byHelmForm takes configs from Secrets, and leaves certificates to Helm, with the owner's CA.
func byHelmForm(t *testing.T, s helmScene) (values, manifests []string) {
	t.Helper()
	values = append(s.common(), byHelm, fmt.Sprintf("tls: {ca: {cert: %s, key: %s}}", encoded(s.owner.pem(t)), encoded(s.owner.keyPEM(t))))
	more, manifests := s.ownSecrets(t)
	return append(values, more...), manifests
}

// valuesForm has east in values, and takes the cluster's own certificates from Secrets.
func valuesForm(t *testing.T, s helmScene) (values, manifests []string) {
	t.Helper()
	client := s.east.identity(t, "remote-helm1")
	list := fmt.Sprintf("[{name: east, address: %s, port: %s, tls: {cert: %s, key: %s, caCert: %s}}]",
		eastHost, etcdPort, encoded(client.certificate), encoded(client.key), encoded(s.east.pem(t)))
	certificates, secrets := s.certificates(t)
	return slices.Concat(s.common(), certificates, []string{remoteClusters(list)}), secrets
}

// common are the values of all forms.
func (s helmScene) common() []string {
	if s.kvstoremesh {
		return []string{helmCluster, authMode(s.mode), withKVStoreMesh}
	}
	return []string{helmCluster, authMode(s.mode), withoutKVStoreMesh}
}

// certificates are those of helm1, in Secrets, or in values for the charts that take them nowhere else.
func (s helmScene) certificates(t *testing.T) (values, manifests []string) {
	t.Helper()
	remote := "remote"
	if s.mode == "cluster" {
		remote = "remote-helm1"
	}
	p := provide(t, s.owner, remote, s.east)
	if s.chart.before("1.16") {
		return []string{p.asValues()}, nil
	}
	return []string{noHelmSecrets}, []string{p.secrets(t, everyCredential...)}
}

// ownSecrets are configs of east, and the user of its agents. Up to 1.18 the chart makes users of clusters that are in the values, and
// from 1.19 on it makes none where it makes no configs.
func (s helmScene) ownSecrets(t *testing.T) (values, manifests []string) {
	t.Helper()
	client := s.east.identity(t, "remote-helm1")
	direct := map[string]string{
		"east": etcdConfigOf("https://"+eastHost+":"+etcdPort, "east."), "east.etcd-client-ca.crt": s.east.pem(t),
		"east.etcd-client.crt": client.certificate, "east.etcd-client.key": client.key,
	}
	if s.kvstoremesh {
		local := "local-"
		if s.chart.before("1.17") {
			local = "common-" // the user of agents is the one that remote clusters know
		}
		cached := map[string]string{"east": etcdConfigOf("https://"+serviceName+":"+etcdPort, local)}
		manifests = append(manifests, secret(kvstoremeshSecret, "Opaque", direct), secret(agentsSecret, "Opaque", cached))
	} else {
		manifests = append(manifests, secret(agentsSecret, "Opaque", direct))
	}
	values = []string{withOwnSecrets}
	switch {
	case s.mode == "legacy":
	case s.chart.before("1.19"):
		values = append(values, "clustermesh: {config: {clusters: [{name: east}]}}")
	default:
		manifests = append(manifests, usersManifest("remote-east"))
	}
	return values, manifests
}

// etcdConfigOf is a config for a container, whose credentials begin with a prefix.
func etcdConfigOf(endpoint, prefix string) string {
	return fmt.Sprintf("endpoints: [%[1]s]\ntrusted-ca-file: %[2]s-ca.crt\ncert-file: %[2]s.crt\nkey-file: %[2]s.key\n",
		endpoint, clustermeshDir+"/"+prefix+"etcd-client")
}
