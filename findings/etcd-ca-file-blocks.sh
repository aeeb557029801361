#!/bin/sh
# etcd's client refuses a file of CAs that holds any PEM block besides certificates.
#
# Versions:  go.etcd.io/etcd/client/pkg/v3 v3.6.16, for the `trusted-ca-file` of clients and servers; OpenSSL 3 makes the input
# Behaviour: tlsutil.NewCertPool parses every PEM block as a certificate, whatever its type. One `EC PARAMETERS` block, which
#            `openssl ecparam -genkey` writes before a key, or a key makes the whole file unusable. Go's AppendCertsFromPEM
#            and OpenSSL pass over such blocks, so the same file works in other programs.
# Matters:   Cilium's agents read `trusted-ca-file` by this function, and do not connect.
# Output:    below, after `wanted`
set -eu
for tool in go openssl; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

openssl ecparam -name prime256v1 -genkey -out ca.key
openssl req -x509 -key ca.key -subj '/CN=Example CA' -days 30 -out certificate-only
{ openssl ecparam -name prime256v1; cat certificate-only; } >parameters-first
{ cat certificate-only; openssl pkey -in ca.key; } >key-after

cat >main.go <<'EOF'
package main

import (
	"crypto/x509"
	"fmt"
	"os"

	"go.etcd.io/etcd/client/pkg/v3/tlsutil"
)

func main() {
	for _, file := range os.Args[1:] {
		_, err := tlsutil.NewCertPool([]string{file})
		text, _ := os.ReadFile(file)
		fmt.Printf("%s: Go loads it: %v, etcd loads it: %v\n", file, x509.NewCertPool().AppendCertsFromPEM(text), err == nil)
		if err != nil {
			fmt.Println("  etcd says:", err)
		}
	}
}
EOF
go mod init example.net/finding >log 2>&1
go get go.etcd.io/etcd/client/pkg/v3@v3.6.16 >>log 2>&1 || { cat log >&2; exit 2; }

for file in certificate-only parameters-first key-after; do
    openssl verify -CAfile "$file" certificate-only | sed "s/^certificate-only:/$file: OpenSSL says/"
    go run . "$file"
done >seen
cat >wanted <<'EOF'
certificate-only: OpenSSL says OK
certificate-only: Go loads it: true, etcd loads it: true
parameters-first: OpenSSL says OK
parameters-first: Go loads it: true, etcd loads it: false
  etcd says: x509: malformed certificate
key-after: OpenSSL says OK
key-after: Go loads it: true, etcd loads it: false
  etcd says: x509: malformed tbs certificate
EOF
openssl version
go list -m go.etcd.io/etcd/client/pkg/v3
cat seen
diff wanted seen
