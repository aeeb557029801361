#!/bin/sh
# One more extension turns a root that Go accepts into one that Go refuses.
#
# Versions:  OpenSSL 3.0 (Debian 12: 3.0.19), crypto/x509 of Go 1.26
# Behaviour: `openssl x509 -req` without extensions writes an X.509 version 1 certificate. Go accepts it as a root. With any
#            extension, such as the key identifiers that OpenSSL 3.5 adds by itself, the certificate has version 3; then Go
#            wants basicConstraints, and refuses the root. OpenSSL itself says OK to the first and refuses the second as well.
# Matters:   a recipe for a CA that served etcd for years makes one that no agent accepts, after an upgrade of OpenSSL.
# Output:    below, after `wanted`
set -eu
for tool in go openssl; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 2; }
done
case $(openssl version) in "OpenSSL 3.0."*) ;; *) echo "this is about OpenSSL 3.0, here is $(openssl version)" >&2; exit 2 ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

echo 'subjectKeyIdentifier = hash' >identifier
{
    openssl req -new -newkey rsa:2048 -nodes -keyout ca.key -subj '/CN=Example CA' -out ca.csr
    openssl x509 -req -in ca.csr -signkey ca.key -days 30 -out plain
    openssl x509 -req -in ca.csr -signkey ca.key -days 30 -extfile identifier -out with-identifier
    openssl req -new -newkey rsa:2048 -nodes -keyout leaf.key -subj '/CN=remote' -out leaf.csr
    openssl x509 -req -in leaf.csr -CA plain -CAkey ca.key -CAcreateserial -days 30 -out leaf
} 2>log

cat >main.go <<'EOF'
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func main() {
	read := func(file string) *x509.Certificate {
		text, _ := os.ReadFile(file)
		block, _ := pem.Decode(text)
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			panic(err)
		}
		return certificate
	}
	for _, file := range os.Args[1:] {
		root, roots := read(file), x509.NewCertPool()
		roots.AddCert(root)
		_, err := read("leaf").Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		fmt.Printf("%s: version %d, Go accepts it: %v\n", file, root.Version, err == nil)
	}
}
EOF
go mod init example.net/finding >log 2>&1
for file in plain with-identifier; do
    go run . "$file"
    accepts=true
    openssl verify -CAfile "$file" leaf >log 2>&1 || accepts=false
    echo "$file: OpenSSL accepts it: $accepts"
done >seen
cat >wanted <<'EOF'
plain: version 1, Go accepts it: true
plain: OpenSSL accepts it: true
with-identifier: version 3, Go accepts it: false
with-identifier: OpenSSL accepts it: false
EOF
openssl version
go version
cat seen
diff wanted seen
