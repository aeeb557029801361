#!/bin/sh
# openssl storeutl -certs lists the certificate of a file that also has its key, and then fails.
#
# Versions:  OpenSSL 3.0.19 (Debian 12)
# Behaviour: with a certificate and a key in one PEM file, `-certs` prints the certificate, `Total found: 1`, an error `unsupported`,
#            and exits with 1, whichever of the two comes first. `-keys` prints the key alone and exits with 0, and so does a run
#            without either option, which lists both.
# Matters:   files for HAProxy, and those in which a tool keeps chain and key together, look damaged to a script that checks them so.
#            `openssl storeutl -noout FILE`, without a filter, does not fail.
# Output:    below, after `wanted`
set -eu
command -v openssl >/dev/null || { echo "missing: openssl" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=etcd -days 30 -keyout key -out certificate 2>log || { cat log >&2; exit 2; }
cat certificate key >certificate-and-key
cat key certificate >key-and-certificate

list() { # file options
    file=$1
    shift
    code=0
    openssl storeutl -noout "$@" "$file" >found 2>log || code=$?
    found=$(sed -n 's/^[0-9]*: //p' found | xargs)
    error=$(grep -o 'unsupported' log || :)
    echo "$file${*:+ $*}: $found; exit $code${error:+, $error}"
}
{
    list certificate -certs
    for file in certificate-and-key key-and-certificate; do
        list "$file" -certs
        list "$file" -keys
        list "$file"
    done
} >seen
cat >wanted <<'END'
certificate -certs: Certificate; exit 0
certificate-and-key -certs: Certificate; exit 1, unsupported
certificate-and-key -keys: Pkey; exit 0
certificate-and-key: Certificate Pkey; exit 0
key-and-certificate -certs: Certificate; exit 1, unsupported
key-and-certificate -keys: Pkey; exit 0
key-and-certificate: Pkey Certificate; exit 0
END
openssl version
cat seen
diff wanted seen
