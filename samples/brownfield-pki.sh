#!/bin/sh
# Creates the files that brownfield.yaml names: the CAs, server certificates and clients of four running etcds. It uses
# only openssl (3.0 or newer), so that meshbundle reads files that it did not write itself.
#
#   brownfield-pki.sh [DIR]     DIR: default brownfield/ beside this script
#
# In DIR:
#   *.crt, *.key      the files that the owner of the mesh has, as brownfield.yaml names them
#   authorities/      every CA with its key; the mesh's owner has only the copies in DIR
#   ETCD/             for each of paris, tokyo, quito, helm:
#     server.{crt,key}        its server certificate
#     server-ca.crt           what its own clients trust
#     server-client-ca.crt    what it trusts for clients today (--trusted-ca-file)
#     own-client.{crt,key}    a client from before the mesh, which must keep working
#   quito/mesh-client.{crt,key}      the credential that quito's owners issued
#   paris/sibling-client.{crt,key}   a client of another intermediate under paris' root: etcd must reject it
#
# A complete DIR is not changed. DIR appears at once or not at all. CAs expire in 10 years, leaves in 2.
set -eu
umask 077

die() {
    echo "brownfield-pki: $*" >&2
    exit 1
}

complete() {
    (cd "$1" && sha256sum -c SHA256SUMS) >/dev/null 2>&1
}

# --- pieces: paths are relative to the working directory, which is DIR in the making ---------------------------------

# new_key FORM FILE: the forms of keys that real sites have.
new_key() {
    case $1 in
    pkcs8) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$2" ;;
    pkcs1) openssl genrsa -traditional -out "$2" 2048 ;;
    sec1) openssl ecparam -genkey -noout -name prime256v1 -out "$2" ;;
    esac
}

# certify CERTIFICATE ISSUER DAYS SUBJECT EXTENSION...: CERTIFICATE.key must be there; ISSUER may be CERTIFICATE.
certify() {
    certificate=$1 issuer=$2 days=$3 subject=$4
    shift 4
    # Not the machine's openssl.cnf, which adds extensions.
    printf '[req]\nprompt = no\ndistinguished_name = name\nstring_mask = %s\n[name]\n' "$string_mask" >"$work/req.cnf"
    printf '%s\n' 'subjectKeyIdentifier = hash' "$@" >"$work/extensions.cnf"
    openssl req -new -config "$work/req.cnf" -key "$certificate.key" -subj "$subject" -out "$work/request.csr"
    if [ "$issuer" = "$certificate" ]; then
        set -- -signkey "$issuer.key"
    else
        echo 'authorityKeyIdentifier = keyid' >>"$work/extensions.cnf"
        set -- -CA "$issuer.crt" -CAkey "$issuer.key"
    fi
    openssl x509 -req -in "$work/request.csr" -out "$certificate.crt" -days "$days" -sha256 "$@" \
        -set_serial "0x4$(openssl rand -hex 15)" -extfile "$work/extensions.cnf" 2>"$work/openssl.log" ||
        die "$certificate: $(cat "$work/openssl.log")"
}

# authority NAME ISSUER FORM SUBJECT [PATHLEN]
authority() {
    new_key "$3" "authorities/$1.key"
    certify "authorities/$1" "authorities/$2" 3650 "$4" \
        "basicConstraints = critical, CA:TRUE${5:+, pathlen:$5}" 'keyUsage = critical, keyCertSign, cRLSign'
}

# server ETCD ISSUER FORM SUBJECT SAN: with both usages, as etcd's own gateway dials the etcd with it.
server() {
    new_key "$3" "$1/server.key"
    certify "$1/server" "authorities/$2" 730 "$4" 'basicConstraints = critical, CA:FALSE' "subjectAltName = $5" \
        'keyUsage = critical, digitalSignature, keyEncipherment' 'extendedKeyUsage = serverAuth, clientAuth'
}

# client PATH ISSUER SUBJECT
client() {
    new_key sec1 "$1.key"
    certify "$1" "authorities/$2" 730 "$3" 'basicConstraints = critical, CA:FALSE' \
        'keyUsage = critical, digitalSignature' 'extendedKeyUsage = clientAuth'
}

# chains CAS PURPOSE FILE [OPTION...]: whether the first certificate of FILE chains to CAS through the others.
chains() {
    anchors=$1 purpose=$2 file=$3
    shift 3
    openssl verify -x509_strict -partial_chain -no-CApath -no-CAstore -CAfile "$anchors" -untrusted "$file" \
        -purpose "$purpose" "$@" "$file" >/dev/null 2>"$work/openssl.log"
}

proven() {
    chains "$@" || die "$3 does not chain to $1: $(cat "$work/openssl.log")"
}

# --- the four etcds --------------------------------------------------------------------------------------------------

# A corporate root and two intermediates. The etcd trusts one of them, so it rejects the other's clients.
make_paris() {
    authority corp-root corp-root pkcs8 '/C=FR/O=Example Corp/CN=Example Corp Root CA' 1
    authority corp-issuing corp-root pkcs8 '/C=FR/O=Example Corp/OU=Infrastructure/CN=Example Corp Issuing CA 3' 0
    authority corp-sibling corp-root pkcs8 '/C=FR/O=Example Corp/OU=Workplace/CN=Example Corp Issuing CA 7' 0
    cat authorities/corp-issuing.crt authorities/corp-root.crt >corp-issuing-chain.crt
    cp authorities/corp-issuing.key .

    server paris corp-issuing pkcs8 '/O=Example Corp/CN=etcd.paris.example.net' \
        'DNS:etcd.paris.example.net, DNS:localhost, IP:10.11.0.1, IP:127.0.0.1'
    cat authorities/corp-issuing.crt >>paris/server.crt # as corporate PKIs deliver them: the leaf, then its issuer
    cp authorities/corp-issuing.crt paris/server-ca.crt
    cp authorities/corp-issuing.crt paris/server-client-ca.crt
    client paris/own-client corp-issuing '/O=Example Corp/CN=paris-agent'
    client paris/sibling-client corp-sibling '/O=Example Corp/CN=remote-tokyo.t1' # even with a name that has rights
    cat authorities/corp-sibling.crt >>paris/sibling-client.crt
}

# Servers from one CA, clients from two others: the present one, and the one of the operators' clients.
make_tokyo() {
    authority tokyo-server-ca tokyo-server-ca pkcs8 '/CN=tokyo etcd servers'
    authority tokyo-client-ca tokyo-client-ca sec1 '/CN=tokyo etcd clients'
    authority tokyo-ops-ca tokyo-ops-ca sec1 '/CN=tokyo operations'
    cp authorities/tokyo-server-ca.crt authorities/tokyo-client-ca.crt authorities/tokyo-client-ca.key \
        authorities/tokyo-ops-ca.crt .

    server tokyo tokyo-server-ca pkcs8 '/CN=tokyo-etcd1' 'DNS:localhost, IP:10.12.0.1, IP:127.0.0.1'
    cp authorities/tokyo-server-ca.crt tokyo/server-ca.crt
    cat authorities/tokyo-client-ca.crt authorities/tokyo-ops-ca.crt >tokyo/server-client-ca.crt
    client tokyo/own-client tokyo-ops-ca '/CN=tokyo-operator'
}

# A CA whose key the mesh's owner does not have, only its certificate and one client credential.
make_quito() {
    authority quito-ca quito-ca sec1 '/O=Quito Hosting/CN=Quito Hosting CA'
    cp authorities/quito-ca.crt .

    server quito quito-ca sec1 '/O=Quito Hosting/CN=quito-etcd1' 'DNS:localhost, IP:10.13.0.1, IP:127.0.0.1'
    cp authorities/quito-ca.crt quito/server-ca.crt
    cp authorities/quito-ca.crt quito/server-client-ca.crt
    client quito/own-client quito-ca '/O=Quito Hosting/CN=quito-agent'
    client quito/mesh-client quito-ca '/O=Quito Hosting/CN=mesh-reader'
}

# As Helm's genCA and genSignedCert make them (Cilium chart, templates/clustermesh-apiserver/tls-helm): RSA 2048 in
# PKCS#1, names as PrintableString, and no address of any node in the server's certificate.
make_helm() {
    string_mask=nombstr
    authority cilium-ca cilium-ca pkcs1 '/CN=Cilium CA'
    cp authorities/cilium-ca.crt authorities/cilium-ca.key .

    server helm cilium-ca pkcs1 '/CN=clustermesh-apiserver.cilium.io' \
        "DNS:clustermesh-apiserver.cilium.io, DNS:*.mesh.cilium.io, DNS:clustermesh-apiserver.kube-system.svc, \
IP:127.0.0.1, IP:::1"
    cp authorities/cilium-ca.crt helm/server-ca.crt
    cp authorities/cilium-ca.crt helm/server-client-ca.crt
    client helm/own-client cilium-ca '/CN=admin-helm'
    string_mask=utf8only
}

prove() {
    proven paris/server-ca.crt sslserver paris/server.crt -verify_ip 10.11.0.1
    proven tokyo/server-ca.crt sslserver tokyo/server.crt -verify_ip 10.12.0.1
    proven quito/server-ca.crt sslserver quito/server.crt -verify_ip 10.13.0.1
    proven helm/server-ca.crt sslserver helm/server.crt -verify_hostname helm.mesh.cilium.io
    for etcd in paris tokyo quito helm; do
        proven "$etcd/server-client-ca.crt" sslclient "$etcd/own-client.crt"
    done
    proven quito/server-client-ca.crt sslclient quito/mesh-client.crt
    proven authorities/corp-root.crt any corp-issuing-chain.crt
    proven authorities/corp-issuing.crt any authorities/corp-issuing.crt # trusted itself, without the root
    # The sibling's client chains to the root. An etcd that trusts only the intermediate rejects it.
    proven authorities/corp-root.crt sslclient paris/sibling-client.crt
    if chains paris/server-client-ca.crt sslclient paris/sibling-client.crt; then
        die "paris accepts the sibling's client"
    fi
}

# --- the run ---------------------------------------------------------------------------------------------------------

[ $# -le 1 ] || die 'usage: brownfield-pki.sh [DIR]'
dir=${1:-$(dirname -- "$0")/brownfield}
dir=${dir%/}
case $dir in /*) ;; *) dir=./$dir ;; esac
if complete "$dir"; then
    exit 0
fi
if [ -n "$(ls -A "$dir" 2>/dev/null)" ]; then
    die "\`$dir\` is there and is not complete: remove it, or name another directory"
fi

mkdir -p "$(dirname "$dir")"
making=$(mktemp -d "$dir.XXXXXX")
work=$(mktemp -d)
trap 'rm -rf "$making" "$work"' EXIT
trap 'exit 1' HUP INT TERM
making=$(cd "$making" && pwd) work=$(cd "$work" && pwd) start=$(pwd)

cd "$making"
mkdir authorities paris tokyo quito helm
string_mask=utf8only
make_paris
make_tokyo
make_quito
make_helm
prove
find . -name '*.crt' -exec chmod 0644 {} +
find . -type f -exec sha256sum {} + >"$work/sums"
mv "$work/sums" SHA256SUMS
cd "$start"

# -T: one rename, never into a directory of that name. If two runs race, the second finds the result of the first.
mv -fT "$making" "$dir" 2>/dev/null || complete "$dir" || die "could not make \`$dir\`"
