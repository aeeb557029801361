package conformance

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// difference is which objects differ between two renderings. Of certificates it compares what they say, as each rendering makes them anew.
func (d *deployed) difference(t *testing.T, other *deployed) []string {
	t.Helper()
	one, two := d.texts(t), other.texts(t)
	names := slices.Collect(maps.Keys(one))
	for name := range two {
		if _, there := one[name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, func(name string) bool { return one[name] == two[name] })
}

// texts are the objects as JSON, with a description in place of each certificate and key.
func (d *deployed) texts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for name, manifest := range d.manifests {
		shown := maps.Clone(manifest)
		if data, isObject := manifest["data"].(map[string]any); isObject && manifest["kind"] == "Secret" {
			described := map[string]any{}
			for key, value := range data {
				described[key] = describe(fmt.Sprint(value))
			}
			shown["data"] = described
		}
		text, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}

// describe says what a value of a Secret is, without what differs each time.
func describe(value string) string {
	content, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		return value
	}
	var parts []string
	for rest := content; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			parts = append(parts, block.Type)
			continue
		}
		parts = append(parts, fmt.Sprint(certificate.Subject, certificate.Issuer, certificate.DNSNames, certificate.IPAddresses,
			certificate.ExtKeyUsage, days(certificate)))
	}
	if parts == nil {
		return string(content)
	}
	return strings.Join(parts, "\n")
}

// days is how long a certificate is valid.
func days(certificate *x509.Certificate) int {
	return int(certificate.NotAfter.Sub(certificate.NotBefore).Hours() / 24)
}

// certificate parses the first one of a PEM file.
func certificate(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		t.Fatalf("no PEM in %q", text)
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
