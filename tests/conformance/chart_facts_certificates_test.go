package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const (
	serverTemplate = "`clustermesh-apiserver/tls-helm/server-secret.yaml`"
	etcdSecrets    = "/var/lib/etcd-secrets"
	adminSecrets   = "/var/lib/cilium/etcd-secrets"
)

// certificateFacts are about certificates of the Helm-run cluster.
var certificateFacts = factTable{"certificates", []fact{
	{"`auto.enabled: false`, certificates in values", "`clustermesh-apiserver/tls-provided/`, cilium/cilium#42576", givenAsValues()},
	{"the same, and the Secret `clustermesh-apiserver-local-cert` made by hand", "`clustermesh-apiserver/tls-provided/`, cilium/cilium#42576",
		givenAsValues(localCredential)},
	{"`auto.enabled: false`, `enableSecrets: false`, Secrets made by hand", "`clustermesh-apiserver/tls-provided/`",
		givenAsSecrets(noHelmSecrets)},
	{"`auto.enabled: false`, Secrets made by hand", "`clustermesh-apiserver/tls-provided/`", givenAsSecrets(noHelmCertificates)},
	{"a CA made by Helm beside those Secrets", "`cilium-ca-secret.yaml`", caBeside("")},
	{"the same, `hubble.enabled: false`", "`cilium-ca-secret.yaml`", caBeside("hubble: {enabled: false}")},
	{"the same, `hubble.tls.auto.method: cronJob`", "`cilium-ca-secret.yaml`", caBeside("hubble: {tls: {auto: {method: cronJob}}}")},
	{"`tls.ca` with an ECDSA or RSA key, in PKCS#8, SEC 1 or PKCS#1", "`_helpers.tpl`", givenCA},
	{"`tls.caBundle`: what its etcd trusts", "`clustermesh-apiserver/deployment.yaml`",
		bundleIn(apiserverPod, etcdContainer, etcdSecrets+"/ca.crt")},
	{"`tls.caBundle`: what agents trust", "`cilium-agent/daemonset.yaml`",
		bundleIn(agentPod, agentContainer, clustermeshDir+"/common-etcd-client-ca.crt", clustermeshDir+"/local-etcd-client-ca.crt")},
	{"`tls.caBundle`: what KVStoreMesh trusts", "`clustermesh-apiserver/deployment.yaml`",
		bundleIn(apiserverPod, kvstoremeshContainer, clustermeshDir+"/common-etcd-client-ca.crt")},
	{"`apiserver.tls.server.extraDnsNames`, `extraIpAddresses`", serverTemplate, moreSANs("server: {")},
	{"`apiserver.tls.auto.server.extraDnsNames`, `extraIpAddresses`", serverTemplate, moreSANs("auto: {server: {")},
	{"`apiserver.tls.server.extraDnsNames` beside one at the other place", "`clustermesh-apiserver/_helpers.tpl`", olderSANs},
	{"`tls.caBundle` without `content`, and its ConfigMap made by hand", "`cilium-ca-bundle-configmap.yaml`", bundleBeside("{}")},
	{"the same with `content`", "`cilium-ca-bundle-configmap.yaml`", bundleBeside("{content: x}")},
	{"the same with `content` and `useSecret`, and a Secret made by hand", "`cilium-ca-bundle-configmap.yaml`",
		bundleBeside("{content: x, useSecret: true}")},
	{"common name of Helm's server certificate", serverTemplate, look(with(usual, byHelm), func(t *testing.T, d *deployed) string {
		return "`" + d.server(t).Subject.CommonName + "`"
	})},
	{"`clustermesh-apiserver.NAMESPACE.svc`, `*.mesh.cilium.io`, `127.0.0.1` and `::1` are its SANs", serverTemplate,
		look(with(usual, byHelm), hasSANs("clustermesh-apiserver.kube-system.svc", "*.mesh.cilium.io", "127.0.0.1", "::1"))},
	{"`clustermesh-apiserver.cilium.io` is one", serverTemplate, look(with(usual, byHelm), hasSANs("clustermesh-apiserver.cilium.io"))},
	{"validity of Helm's certificates, in days", "`values.yaml`", look(with(usual, byHelm), func(t *testing.T, d *deployed) string {
		return fmt.Sprint(days(d.server(t)))
	})},
	{"validity of Helm's CA, in days", "`values.yaml`", look(with(usual, byHelm), func(t *testing.T, d *deployed) string {
		return fmt.Sprint(days(certificate(t, string(d.secrets["cilium-ca"].Data["ca.crt"]))))
	})},
}}

// givenAsValues gives certificates in values, and some as Secrets.
func givenAsValues(secrets ...string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		t.Helper()
		p := provide(t, newAuthority(t, "owner ca"), "remote")
		d, err := c.install(t, with(usual, p.asValues()), []string{p.secrets(t, secrets...)})
		if err != nil {
			return refused
		}
		return p.mounted(t, d)
	}
}

func givenAsSecrets(values string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		t.Helper()
		p := provide(t, newAuthority(t, "owner ca"), "remote")
		d, err := c.install(t, with(usual, values), []string{p.secrets(t, everyCredential...)})
		if err != nil {
			return refused
		}
		return p.mounted(t, d)
	}
}

// mounted is whether containers see the provided credentials, and agents the ones that they present to KVStoreMesh.
func (p *provided) mounted(t *testing.T, d *deployed) string {
	t.Helper()
	config, _ := d.config(t, agentsSecret, "east")
	for _, place := range []struct{ credential, pod, container, certificate, key, anchors string }{
		{serverCredential, apiserverPod, etcdContainer, etcdSecrets + "/tls.crt", etcdSecrets + "/tls.key", etcdSecrets + "/ca.crt"},
		{adminCredential, apiserverPod, apiserverContainer, adminSecrets + "/tls.crt", adminSecrets + "/tls.key", adminSecrets + "/ca.crt"},
		{remoteCredential, apiserverPod, kvstoremeshContainer, clustermeshDir + "/common-etcd-client.crt",
			clustermeshDir + "/common-etcd-client.key", clustermeshDir + "/common-etcd-client-ca.crt"},
		{"", agentPod, agentContainer, config.Certificate, config.Key, config.TrustedCA},
	} {
		root, err := d.mount(t, place.pod, place.container)
		if err != nil {
			return err.Error()
		}
		certificate, key, anchors := seen(root, place.certificate), seen(root, place.key), seen(root, place.anchors)
		if place.credential == "" {
			if certificate == "" || key == "" || anchors == "" {
				return "agents lack " + "`" + strings.TrimPrefix(place.certificate, clustermeshDir+"/") + "`"
			}
			continue
		}
		if want := p.identities[place.credential]; certificate != want.certificate || key != want.key || anchors != p.anchors {
			return place.credential + " is another one"
		}
	}
	return works
}

// caBeside is whether the chart makes a CA where all certificates of the clustermesh-apiserver are there already.
func caBeside(change string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		t.Helper()
		p := provide(t, newAuthority(t, "owner ca"), "remote")
		values := with(usual, noHelmSecrets, "hubble: {enabled: true}", change)
		d, err := c.install(t, values, []string{p.secrets(t, everyCredential...)})
		if err != nil {
			return refused
		}
		if d.secrets["cilium-ca"] != nil {
			return "made"
		}
		return "none"
	}
}

// givenCA is whether leaves are of a CA in the values, for each form that its key may have.
func givenCA(t *testing.T, c chart) string {
	t.Helper()
	curve, number := newKey(t).(*ecdsa.PrivateKey), newRSAKey(t)
	sec1, err := x509.MarshalECPrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []struct {
		key     crypto.Signer
		kind    string
		encoded []byte
	}{
		{curve, "PRIVATE KEY", pkcs8(t, curve)},
		{curve, "EC PRIVATE KEY", sec1},
		{number, "PRIVATE KEY", pkcs8(t, number)},
		{number, "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(number)},
	} {
		ca := &authority{key: form.key}
		ca.certificate = sign(t, authorityTemplate("owner ca"), nil, form.key.Public(), form.key)
		key := string(pem.EncodeToMemory(&pem.Block{Type: form.kind, Bytes: form.encoded}))
		d, err := c.install(t, with(usual, byHelm, fmt.Sprintf("tls: {ca: {cert: %s, key: %s}}", encoded(ca.pem(t)), encoded(key))), nil)
		if err != nil {
			return refused
		}
		for _, credential := range []string{serverCredential, adminCredential, remoteCredential} {
			data := d.secrets[certSecret(credential)].Data
			if err := certificate(t, string(data["tls.crt"])).CheckSignatureFrom(ca.certificate); err != nil {
				return form.kind + ": " + err.Error()
			}
			if !certificate(t, string(data["ca.crt"])).Equal(ca.certificate) {
				return form.kind + ": another CA in ca.crt"
			}
		}
	}
	return works
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// bundleIn is whether a container finds the CAs of tls.caBundle in those of some files that it has.
func bundleIn(pod, container string, files ...string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		t.Helper()
		anchors := newAuthority(t, "one").pem(t) + newAuthority(t, "two").pem(t)
		change := "tls:\n  caBundle:\n    enabled: true\n    content: |\n" +
			"      " + strings.ReplaceAll(strings.TrimSpace(anchors), "\n", "\n      ") + "\n"
		return effect(change, func(t *testing.T, d *deployed) string {
			root, err := d.mount(t, pod, container)
			if err != nil {
				return err.Error()
			}
			found := "no file"
			for _, file := range files {
				switch text := seen(root, file); {
				case text == "":
				case strings.TrimSpace(text) != strings.TrimSpace(anchors):
					return ignored
				default:
					found = works
				}
			}
			return found
		})(t, c)
	}
}

// moreSANs adds SANs to Helm's server certificate, at one of the two places that charts have for them.
func moreSANs(place string) func(t *testing.T, c chart) string {
	change := "clustermesh: {apiserver: {tls: {" + place + "extraDnsNames: [mesh.example.org], extraIpAddresses: [192.0.2.1]" +
		strings.Repeat("}", strings.Count(place, "{")) + "}}}"
	return effectOn(with(usual, byHelm), change, func(t *testing.T, d *deployed) string {
		hosts := hostsOf(d.server(t))
		if slices.Contains(hosts, "mesh.example.org") && slices.Contains(hosts, "192.0.2.1") {
			return works
		}
		return strings.Join(hosts, ", ")
	})
}

// olderSANs adds a SAN at the old place where the new one has some.
func olderSANs(t *testing.T, c chart) string {
	const newer = "clustermesh: {apiserver: {tls: {auto: {server: {extraDnsNames: [new.example.org]}}}}}"
	const older = "clustermesh: {apiserver: {tls: {server: {extraDnsNames: [old.example.org]}}}}"
	return effectOn(with(usual, byHelm, newer), older, func(t *testing.T, d *deployed) string {
		if slices.Contains(hostsOf(d.server(t)), "old.example.org") {
			return works
		}
		return "not in the certificate"
	})(t, c)
}

// bundleBeside is what a chart does with a bundle where an object of that name is there already.
func bundleBeside(change string) func(t *testing.T, c chart) string {
	return func(t *testing.T, c chart) string {
		t.Helper()
		const bundle = "tls: {caBundle: {enabled: true, name: corp-bundle}}"
		objects := []string{jobSecrets(t), secret("corp-bundle", "Opaque", map[string]string{"ca.crt": "corp"}),
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: corp-bundle, namespace: kube-system}\ndata: {ca.crt: corp}\n"}
		if _, err := c.install(t, with(usual, bundle, "tls: {caBundle: "+change+"}"), objects); err != nil {
			return refused
		}
		return works
	}
}

func hasSANs(hosts ...string) func(t *testing.T, d *deployed) string {
	return func(t *testing.T, d *deployed) string {
		there := hostsOf(d.server(t))
		missing := slices.DeleteFunc(slices.Clone(hosts), func(host string) bool { return slices.Contains(there, host) })
		switch {
		case len(missing) == 0:
			return "yes"
		case len(missing) == len(hosts):
			return "no"
		}
		return "not " + strings.Join(missing, ", ")
	}
}

// server is the certificate of the etcd.
func (d *deployed) server(t *testing.T) *x509.Certificate {
	t.Helper()
	return certificate(t, string(d.secrets[certSecret(serverCredential)].Data["tls.crt"]))
}

func hostsOf(certificate *x509.Certificate) []string {
	hosts := slices.Clone(certificate.DNSNames)
	for _, ip := range certificate.IPAddresses {
		hosts = append(hosts, ip.String())
	}
	return hosts
}
