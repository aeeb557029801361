package conformance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"path/filepath"
	"testing"
	"time"
)

// serverKind is a kind that differs in the server's certificate, or in what its TLS takes.
func serverKind(name, what, code string, change func(t *testing.T, s *scene, f *front)) link {
	return link{name: name, what: what, code: code, on: []string{onOpen}, serve: fronted(change)}
}

// clientKind is a kind that differs in the client's credential; it is tried before the main etcd.
func clientKind(name, what, code, pair string) link {
	return link{name: name, what: what, code: code, client: pair, endpoints: at(mainServer)}
}

// The kinds that differ in a certificate, or in TLS.
var certificateLinks = []link{
	{name: "wrong-ca", what: "another CA in `trusted-ca-file`", endpoints: at(mainServer), anchors: "stranger-ca.crt", code: "CM0805"},
	{name: "no-ca", what: "no `trusted-ca-file`", endpoints: at(mainServer), anchors: none, code: "CM0715", unknown: "it does not read the system's roots"},
	{name: "no-check", what: "another CA in `trusted-ca-file`, and `insecure-skip-tls-verify`", endpoints: at(mainServer),
		anchors: "stranger-ca.crt", more: "insecure-skip-tls-verify: true\n"},
	{name: "san", what: "the server certificate lacks the endpoint's address", endpoints: at(mainElse), code: "CM0806"},
	serverKind("server-expired", "the server certificate has expired", "CM0807", func(_ *testing.T, _ *scene, f *front) {
		f.template.NotAfter = time.Now().Add(-24 * time.Hour)
	}),
	serverKind("server-early", "the server certificate is not valid yet", "CM0807", func(_ *testing.T, _ *scene, f *front) {
		f.template.NotBefore = time.Now().Add(24 * time.Hour)
	}),
	serverKind("server-usage", "the server certificate is for clients only", "CM0808", func(_ *testing.T, _ *scene, f *front) {
		f.template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}),
	serverKind("server-any-usage", "the server certificate is for any usage", "", func(_ *testing.T, _ *scene, f *front) {
		f.template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	}),
	serverKind("server-middle", "an intermediate CA that the server presents", "", func(t *testing.T, s *scene, f *front) {
		f.signer = s.ca.under(t, authorityTemplate("middle"))
		f.chain = []*authority{f.signer}
	}),
	serverKind("server-no-middle", "an intermediate CA that the server does not present", "CM0805", func(t *testing.T, s *scene, f *front) {
		f.signer = s.ca.under(t, authorityTemplate("middle"))
	}),
	serverKind("server-middle-expired", "an intermediate CA that has expired", "CM0807", func(t *testing.T, s *scene, f *front) {
		template := authorityTemplate("middle")
		template.NotAfter = time.Now().Add(-24 * time.Hour)
		f.signer = s.ca.under(t, template)
		f.chain = []*authority{f.signer}
	}),
	serverKind("server-middle-leaf", "an intermediate that is not a CA", "CM0808", func(t *testing.T, s *scene, f *front) {
		f.signer = s.ca.under(t, certificateTemplate("middle"))
		f.chain = []*authority{f.signer}
	}),
	serverKind("server-strange-chain", "an unrelated certificate is presented as well", "", func(_ *testing.T, s *scene, f *front) {
		f.chain = []*authority{s.foreign}
	}),
	{name: "self-signed", what: "the server's own certificate in `trusted-ca-file`", anchors: "self.crt", on: []string{onOpen},
		serve: fronted(func(_ *testing.T, s *scene, f *front) {
			f.signer = nil
			f.anchor = filepath.Join(s.dir, "self.crt")
		})},
	serverKind("server-rsa", "an RSA key of the server", "", func(t *testing.T, _ *scene, f *front) { f.key = newRSAKey(t) }),
	serverKind("server-ed25519", "an Ed25519 key of the server", "", func(t *testing.T, _ *scene, f *front) { f.key = newEdKey(t) }),
	serverKind("server-p384", "a P-384 key of the server", "", func(t *testing.T, _ *scene, f *front) {
		key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		f.key = key
	}),
	serverKind("tls-11", "the server has TLS 1.1 at most", "CM0831", func(_ *testing.T, _ *scene, f *front) {
		f.config.MinVersion, f.config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	}),
	serverKind("tls-12", "the server has TLS 1.2 at most", "", func(_ *testing.T, _ *scene, f *front) { f.config.MaxVersion = tls.VersionTLS12 }),
	serverKind("tls-13", "the server has TLS 1.3 only", "", func(_ *testing.T, _ *scene, f *front) { f.config.MinVersion = tls.VersionTLS13 }),
	serverKind("mlkem-only", "the server exchanges keys by X25519MLKEM768 only", "", func(_ *testing.T, _ *scene, f *front) {
		f.config.CurvePreferences = []tls.CurveID{tls.X25519MLKEM768}
	}),
	serverKind("p521-only", "the server exchanges keys on P-521 only", "", func(_ *testing.T, _ *scene, f *front) {
		f.config.CurvePreferences = []tls.CurveID{tls.CurveP521}
	}),
	suite("gcm-only", "one suite of TLS 1.2 with GCM", tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, link{}),
	suite("cbc-only", "suites of TLS 1.2 with CBC only", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
		link{code: "CM0831", since: "1.19", older: "CM0826"}),
	suite("rsa-only", "RSA key exchange only", tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
		link{code: "CM0831", since: "1.19", older: "CM0826"}),
	serverKind("no-alpn", "the server has no ALPN", "CM0820", func(_ *testing.T, _ *scene, f *front) { f.config.NextProtos = nil }),
	{name: "no-alpn-half", what: "a server without ALPN beside a good endpoint, 600 nodes", nodes: someNodes,
		serve: func(t *testing.T, s *scene, at string) []string {
			return append([]string{"https://" + mainServer}, withoutALPN(t, s, at)...)
		}},
	clientKind("client-expired", "the client certificate has expired", "CM0809", "expired"),
	clientKind("client-early", "the client certificate is not valid yet", "CM0809", "early"),
	clientKind("client-foreign", "the client certificate is of a CA that the etcd does not trust", "CM0810", "stranger"),
	clientKind("client-usage", "the client certificate is for servers only", "CM0733", "server-only"),
	clientKind("client-elsewhere", "the client certificate has the SAN of another machine", "", "elsewhere"),
	clientKind("client-none", "the config has no client certificate", "CM0811", none),
	clientKind("client-nameless", "the client certificate has no common name", "CM0403", "nameless"),
	clientKind("client-middle", "the client certificate is of an intermediate CA that is in the file", "", "with-middle"),
	clientKind("client-no-middle", "the client certificate is of an intermediate CA that is not in the file", "CM0810", "without-middle"),
	clientKind("client-rsa", "an RSA key of the client", "", "rsa"),
	clientKind("client-ed25519", "an Ed25519 key of the client", "", "ed25519"),
	clientKind("client-missing", "the file of the client certificate is missing", "CM0706", "missing"),
	{name: "client-mixed", what: "the client's key is of another certificate", endpoints: at(mainServer), key: "least", code: "CM0415"},
}

var withoutALPN = fronted(func(_ *testing.T, _ *scene, f *front) { f.config.NextProtos = nil })

// suite is a server with an RSA key that has TLS 1.2 with one suite only.
func suite(name, what string, id uint16, expected link) link {
	expected.name, expected.what, expected.on = name, "the server has "+what, []string{onOpen}
	expected.serve = fronted(func(t *testing.T, _ *scene, f *front) {
		f.key = newRSAKey(t)
		f.template.KeyUsage |= x509.KeyUsageKeyEncipherment
		f.config.MaxVersion, f.config.CipherSuites = tls.VersionTLS12, []uint16{id}
	})
	return expected
}
