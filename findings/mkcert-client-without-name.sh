#!/bin/sh
# mkcert -client makes a certificate without a common name, so etcd knows no user for it.
#
# Versions:  filippo.io/mkcert v1.4.4 (Go module); OpenSSL 3 makes requests and prints
# Behaviour: the name that is asked for becomes a subjectAltName only; the subject has `O`, and an `OU` with the user and the
#            host on which mkcert ran. From a request (`-csr`) the common name is kept, but without an extendedKeyUsage in
#            the request the certificate is for servers only. With `extendedKeyUsage = clientAuth` in the request it is right.
# Matters:   etcd takes the common name of the client certificate for the user. Without one the handshake succeeds, and every
#            request is answered `permission denied`, as for a user that does not exist.
# Output:    below, after `wanted`
set -eu
for tool in go openssl; do
    command -v "$tool" >/dev/null || { echo "missing: $tool" >&2; exit 2; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
GOBIN=$work go install filippo.io/mkcert@v1.4.4 >log 2>&1 || { cat log >&2; exit 2; }
mkdir ca
export CAROOT="$work/ca" TRUST_STORES=none

request() { # file options
    file=$1
    shift
    openssl req -new -newkey rsa:2048 -nodes -keyout key -subj /CN=remote-tokyo -out request.csr "$@" 2>log
    ./mkcert -csr request.csr -cert-file "$file" >log 2>&1
}
./mkcert -client -cert-file asked-by-name -key-file key remote-tokyo >log 2>&1
request requested
request requested-for-clients -addext 'extendedKeyUsage = clientAuth'
for file in asked-by-name requested requested-for-clients; do
    openssl x509 -in "$file" -noout -subject -nameopt sep_multiline,sname >subject
    subject=$(sed -n 's/^ *\([A-Z]*\)=.*/\1/p' subject | sort | xargs)
    extensions=$(openssl x509 -in "$file" -noout -ext extendedKeyUsage,subjectAltName | grep -v '^X509v3' | xargs)
    echo "$file: subject with $subject; $extensions"
done >seen
cat >wanted <<'EOF'
asked-by-name: subject with O OU; TLS Web Client Authentication, TLS Web Server Authentication DNS:remote-tokyo
requested: subject with CN; TLS Web Server Authentication DNS:remote-tokyo
requested-for-clients: subject with CN; DNS:remote-tokyo TLS Web Client Authentication
EOF
./mkcert -version
cat seen
diff wanted seen
