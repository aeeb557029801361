package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// authority signs certificates for tests of links that meshbundle has not made. Nothing in it comes from meshbundle.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{key: newKey(t)}
	a.certificate = sign(t, authorityTemplate(name), nil, a.key.Public(), a.key)
	return a
}

// under is an intermediate authority of this one.
func (a *authority) under(t *testing.T, template *x509.Certificate) *authority {
	t.Helper()
	key := newKey(t)
	return &authority{certificate: sign(t, template, a.certificate, key.Public(), a.key), key: key}
}

func authorityTemplate(name string) *x509.Certificate {
	template := certificateTemplate(name)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	template.ExtKeyUsage, template.DNSNames, template.IPAddresses = nil, nil, nil
	return template
}

// certificateTemplate is a leaf for both ends that is valid now, for 127.0.0.1 and `localhost`.
func certificateTemplate(commonName string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial.Add(1)),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    time.Now().Add(-48 * time.Hour),
		NotAfter:     time.Now().Add(365 * 24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
}

var serial atomic.Int64

// anchor writes the authority's certificate.
func (a *authority) anchor(t *testing.T, file string) {
	t.Helper()
	writePEM(t, file, "CERTIFICATE", a.certificate.Raw)
}

// issue writes NAME.crt and NAME.key in dir, as the template says.
func (a *authority) issue(t *testing.T, dir, name string, template *x509.Certificate) {
	t.Helper()
	a.issueFor(t, dir, name, template, newKey(t))
}

// issueFor is issue for a given key; certificates of `chain` follow the leaf in the file.
func (a *authority) issueFor(
	t *testing.T, dir, name string, template *x509.Certificate, key crypto.Signer, chain ...*authority,
) tls.Certificate {
	t.Helper()
	leaf := sign(t, template, a.certificate, key.Public(), a.key)
	pair := tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key}
	for _, one := range chain {
		pair.Certificate = append(pair.Certificate, one.certificate.Raw)
	}
	writePEM(t, filepath.Join(dir, name+".crt"), "CERTIFICATE", pair.Certificate...)
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, filepath.Join(dir, name+".key"), "PRIVATE KEY", encoded)
	return pair
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign makes a certificate; one without a parent is signed by its own key.
func sign(t *testing.T, template, parent *x509.Certificate, key crypto.PublicKey, signer crypto.Signer) *x509.Certificate {
	t.Helper()
	if parent == nil {
		parent = template
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, parent, key, signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// writePEM writes blocks of one kind.
func writePEM(t *testing.T, file, kind string, contents ...[]byte) {
	t.Helper()
	var text []byte
	for _, content := range contents {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})...)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
