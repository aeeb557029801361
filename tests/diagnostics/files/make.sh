#!/bin/sh
# Made the certificates in this folder, once; they are public, and no key is kept. All are valid from 2020 to 2120 unless
# their name says otherwise, so that the reports that name them never change.
set -eu
cd "$(dirname -- "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/ca.cnf" <<CNF
[ca]
default_ca = here
[here]
database = $work/index
new_certs_dir = $work
default_md = sha256
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
[ca_extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[no_cert_sign]
basicConstraints = critical, CA:TRUE
keyUsage = critical, cRLSign
subjectKeyIdentifier = hash
[server]
subjectAltName = DNS:etcd.example.net, IP:10.12.0.1
extendedKeyUsage = serverAuth
[client]
extendedKeyUsage = clientAuth
CNF
: >"$work/index"

# make FILE NAME ISSUER EXTENSIONS START END: ISSUER is FILE for what signs itself.
make() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$2"
    signer="-cert $3.crt -keyfile $work/$3.key"
    if [ "$1" = "$3" ]; then signer="-selfsign -keyfile $work/$1.key"; fi
    # shellcheck disable=SC2086
    openssl ca -batch -notext -config "$work/ca.cnf" $signer -in "$work/$1.csr" -out "$1.crt" -extensions "$4" \
        -startdate "$5" -enddate "$6"
}

whole='20200101000000Z 21200101000000Z'
# shellcheck disable=SC2086
{
    make ca 'Example CA' ca ca_extensions $whole
    make other 'Other CA' other ca_extensions $whole
    make ca-no-cert-sign 'CA that may not sign' ca-no-cert-sign no_cert_sign $whole
    make ca-expired 'CA of the past' ca-expired ca_extensions 20200101000000Z 20250101000000Z
    make ca-future 'CA of the future' ca-future ca_extensions 20300101000000Z 21200101000000Z
    make server 'etcd of tokyo' ca server $whole
    make server-expired 'etcd of tokyo' ca server 20200101000000Z 20250101000000Z
    make client-of-other 'remote-paris' other client $whole
} 2>"$work/log" || { cat "$work/log"; exit 1; }
sed '3s/./!/' ca.crt >damaged.crt
echo 'stands in for a key: lint only looks whether it is there' >any.key
