#!/bin/sh
# Fills corpus/ with inputs to start from: the samples, and certificates and keys in every form that openssl writes.
#
#   seeds.sh && cargo +nightly fuzz run TARGET -- -max_total_time=60
#
# TARGET: spec, certificates, keys. What fuzzing has found of `spec` is kept in kept/, and played by every `cargo test`
# (tests/properties/hostile.rs); `keep.sh` brings it up to date. The rest can always be made again.
set -eu
cd "$(dirname -- "$0")"
mkdir -p corpus/spec corpus/certificates corpus/keys
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp ../../samples/*.yaml ../diagnostics/*.yaml corpus/spec/
[ ! -f kept/spec.tar.gz ] || tar -xzf kept/spec.tar.gz -C corpus/spec

# with BYTE FILE...: the byte that tells a target what follows, in octal, then the files.
with() {
    printf '%b' "\\0$1"
    shift
    cat "$@"
}

# counted FILE...: each after its length in two bytes, as the target `certificates` takes DER.
counted() {
    for file; do
        length=$(wc -c <"$file")
        printf '%b' "\\0$(printf %o $((length / 256)))\\0$(printf %o $((length % 256)))"
        cat "$file"
    done
}

make() {
    openssl req -x509 -newkey "$2" ${3:+-pkeyopt "$3"} -nodes -days 3650 -keyout "$work/$1.key" -out "$work/$1.crt" \
        -subj "/O=Example/CN=$1" -addext 'keyUsage=critical,keyCertSign,digitalSignature' \
        -addext 'nameConstraints=permitted;DNS:example.net' 2>/dev/null
    openssl req -new -newkey "$2" ${3:+-pkeyopt "$3"} -nodes -keyout "$work/$1-leaf.key" -out "$work/$1-leaf.csr" \
        -subj "/CN=$1 leaf" 2>/dev/null
    printf '%s\n' 'subjectAltName=DNS:etcd.example.net,IP:10.1.1.1,IP:::1' 'extendedKeyUsage=serverAuth,clientAuth' >"$work/ext"
    openssl x509 -req -in "$work/$1-leaf.csr" -CA "$work/$1.crt" -CAkey "$work/$1.key" -days 365 -extfile "$work/ext" \
        -out "$work/$1-leaf.crt" 2>/dev/null
    for certificate in "$1" "$1-leaf"; do
        openssl x509 -in "$work/$certificate.crt" -outform DER -out "$work/$certificate.der"
    done
    counted "$work/$1-leaf.der" "$work/$1.der" | with 0 - >"corpus/certificates/$1.der"
    with 1 "$work/$1-leaf.crt" "$work/$1.crt" >"corpus/certificates/$1.pem"
    with 0 "$work/$1.crt" "$work/$1.key" >"corpus/keys/$1.pem"
    openssl pkey -in "$work/$1.key" -outform DER -out "$work/$1.pkcs8"
    with 1 "$work/$1.pkcs8" >"corpus/keys/$1.pkcs8"
}

make rsa rsa:2048
make p256 ec ec_paramgen_curve:P-256
make p384 ec ec_paramgen_curve:P-384
make ed25519 ed25519
openssl rsa -in "$work/rsa.key" -traditional -outform DER -out "$work/rsa.pkcs1" 2>/dev/null
with 2 "$work/rsa.pkcs1" >corpus/keys/rsa.pkcs1
openssl ec -in "$work/p256.key" -outform DER -out "$work/p256.sec1" 2>/dev/null
with 3 "$work/p256.sec1" >corpus/keys/p256.sec1
