#!/bin/sh
# etcd 3.6 and newer start with a revocation list in PEM, or of version 1, and then refuse every client. Up to 3.5 such lists work.
#
# Versions:  go.etcd.io/etcd/client/pkg/v3 v3.5.35, v3.6.16 and v3.7.3, whose listener is the one of etcd's --client-crl-file
# Behaviour: a list in DER works in all three. A list in PEM, the form that `openssl ca -gencrl` writes, works in 3.5; 3.6 and
#            3.7 open the port without a complaint and then close each connection, as they parse the list anew for each one. A list
#            in DER that is of version 1, as `openssl ca` makes it where its config has neither `crlnumber` nor extensions, is no
#            better.
# Matters:   an upgrade from 3.5 to 3.6 locks all readers out, one member after another. `openssl crl -outform DER` first, of a list
#            with a number.
# Output:    below, after `wanted`
set -eu
for tool in go openssl; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# A CA, a certificate for both ends, and a list that revokes neither.
printf '[ca]\ndefault_ca = own\n[own]\ndatabase = index\ncrlnumber = number\ndefault_md = sha256\ndefault_crl_days = 30\n' >ca.conf
: >index
echo 01 >number
echo 'subjectAltName = IP:127.0.0.1' >names
{
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -subj '/CN=Example CA' -days 30 -out ca.crt
    openssl req -new -newkey rsa:2048 -nodes -keyout end.key -subj '/CN=remote' -out end.csr
    openssl x509 -req -in end.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile names -out end.crt
    openssl ca -config ca.conf -gencrl -keyfile ca.key -cert ca.crt -out pem
    openssl crl -in pem -outform DER -out der
    grep -v crlnumber ca.conf >plain.conf
    openssl ca -config plain.conf -gencrl -keyfile ca.key -cert ca.crt | openssl crl -outform DER -out first
} 2>log || { cat log >&2; exit 2; }

cat >main.go <<'EOF'
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"

	"go.etcd.io/etcd/client/pkg/v3/transport"
)

func main() {
	for _, list := range []string{"der", "pem", "first"} {
		info := transport.TLSInfo{CertFile: "end.crt", KeyFile: "end.key", TrustedCAFile: "ca.crt", ClientCertAuth: true, CRLFile: list}
		info.HandshakeFailure = func(_ *tls.Conn, err error) { fmt.Fprintln(os.Stderr, err) }
		listener, err := transport.NewListener("127.0.0.1:0", "https", &info)
		if err != nil {
			fmt.Printf("%s: no listener: %v\n", list, err)
			continue
		}
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(connection, "welcome")
				_ = connection.Close()
			}
		}()
		fmt.Printf("%s: listens, client is %s\n", list, answer(listener.Addr()))
		_ = listener.Close()
	}
}

// answer is what a client gets that has the right certificate.
func answer(address net.Addr) string {
	client := transport.TLSInfo{CertFile: "end.crt", KeyFile: "end.key", TrustedCAFile: "ca.crt"}
	config, err := client.ClientConfig()
	if err != nil {
		panic(err)
	}
	connection, err := tls.Dial("tcp", address.String(), config)
	if err != nil {
		return "refused"
	}
	defer connection.Close()
	if text, _ := io.ReadAll(connection); string(text) != "welcome" {
		return "refused"
	}
	return "accepted"
}
EOF
for version in v3.5.35 v3.6.16 v3.7.3; do
    rm -f go.mod go.sum
    go mod init example.net/finding >log 2>&1
    go get "go.etcd.io/etcd/client/pkg/v3/transport@$version" >log 2>&1 || { cat log >&2; exit 2; }
    go run . 2>errors | sed "s/^/$version /"
    sed "s/^/$version listener: /" errors
done >seen
cat >wanted <<'EOF'
v3.5.35 der: listens, client is accepted
v3.5.35 pem: listens, client is accepted
v3.5.35 first: listens, client is accepted
v3.6.16 der: listens, client is accepted
v3.6.16 pem: listens, client is refused
v3.6.16 first: listens, client is refused
v3.6.16 listener: x509: malformed crl
v3.6.16 listener: x509: unsupported crl version
v3.7.3 der: listens, client is accepted
v3.7.3 pem: listens, client is refused
v3.7.3 first: listens, client is refused
v3.7.3 listener: x509: malformed crl
v3.7.3 listener: x509: unsupported crl version
EOF
openssl version
cat seen
diff wanted seen
