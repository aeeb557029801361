#!/bin/sh
# Made the certificates in this folder, once; they are public. All are valid from 2020 to 2120 unless their name says otherwise,
# so that the reports that name them never change.
#
# No key is kept here, and none need be: the key of NAME.crt is the Ed25519 key whose seed is the SHA-256 of `meshbundle test key
# NAME`, and tests/support/files.rs makes it again. Only the RSA keys are gone.
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
default_md = default
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = optional
[ca_extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[nothing_below]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[no_ca]
basicConstraints = critical, CA:FALSE
subjectKeyIdentifier = hash
[no_cert_sign]
basicConstraints = critical, CA:TRUE
keyUsage = critical, cRLSign
subjectKeyIdentifier = hash
[servers_only]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
[not_on_the_machine]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
nameConstraints = critical, permitted;DNS:example.net, permitted;IP:10.0.0.0/255.0.0.0
subjectKeyIdentifier = hash
[pinned]
subjectAltName = DNS:etcd.example.net, IP:10.12.0.1
extendedKeyUsage = serverAuth, clientAuth
[other_host]
subjectAltName = DNS:etcd9.example.net
extendedKeyUsage = serverAuth
[unknown_extension]
extendedKeyUsage = clientAuth
1.3.6.1.4.1.99999.1 = critical, ASN1:NULL
[server]
subjectAltName = DNS:etcd.example.net, IP:10.12.0.1
extendedKeyUsage = serverAuth
[server_no_san]
extendedKeyUsage = serverAuth
[client]
extendedKeyUsage = clientAuth
CNF
: >"$work/index"

# make FILE NAME ISSUER EXTENSIONS START END [OPTION...]: ISSUER is FILE for what signs itself.
make() {
    if [ ! -f "$work/$1.key" ]; then
        {
            printf '\060\056\002\001\000\060\005\006\003\053\145\160\004\042\004\040' # PKCS#8, up to the seed (RFC 8410)
            printf 'meshbundle test key %s' "$1" | openssl dgst -sha256 -binary
        } | openssl pkey -inform DER -out "$work/$1.key"
    fi
    openssl req -new -key "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$2"
    signer="-cert $3.crt -keyfile $work/$3.key"
    if [ "$1" = "$3" ]; then signer="-selfsign -keyfile $work/$1.key"; fi
    file=$1 extensions=$4 start=$5 end=$6
    shift 6
    # shellcheck disable=SC2086
    openssl ca -batch -notext -config "$work/ca.cnf" $signer -in "$work/$file.csr" -out "$file.crt" -extensions "$extensions" \
        -startdate "$start" -enddate "$end" "$@"
}

# behind FILE ISSUER: puts the certificate of ISSUER behind it, as authorities hand out their chains.
behind() {
    cat "$2.crt" >>"$1.crt"
}

whole='20200101000000Z 21200101000000Z'
# shellcheck disable=SC2086
{
    # Authorities that sign themselves.
    make ca 'Example CA' ca ca_extensions $whole
    make other 'Other CA' other ca_extensions $whole
    make corp 'Corp CA' corp ca_extensions $whole
    make corp-new 'Corp CA' corp-new ca_extensions $whole
    make corp-root 'Corp Root CA' corp-root ca_extensions $whole
    make ca-no-cert-sign 'CA that may not sign' ca-no-cert-sign no_cert_sign $whole
    make ca-no-ca 'no CA at all' ca-no-ca no_ca $whole
    make ca-nothing-below 'Root of short paths' ca-nothing-below nothing_below $whole
    make ca-expired 'CA of the past' ca-expired ca_extensions 20200101000000Z 20250101000000Z
    make ca-future 'CA of the future' ca-future ca_extensions 20300101000000Z 21200101000000Z
    make corp-servers-only 'Corp CA for servers' corp-servers-only servers_only $whole
    make corp-limited 'Corp CA of example.net' corp-limited not_on_the_machine $whole
    make pinned 'etcd of tokyo' pinned pinned $whole
    make corp-until-2027-09 'Corp CA of 2018' corp-until-2027-09 ca_extensions 20170901000000Z 20270901000000Z
    make corp-until-2027-03 'Corp CA of 2017' corp-until-2027-03 ca_extensions 20170301000000Z 20270301000000Z
    make corp-until-2026-12 'Corp CA of 2016' corp-until-2026-12 ca_extensions 20161215000000Z 20261215000000Z
    openssl genrsa -out "$work/rsa-1024.key" 1024
    make rsa-1024 'Old CA' rsa-1024 ca_extensions $whole -md sha256
    openssl genrsa -out "$work/sha1.key" 2048
    make sha1 'Older CA' sha1 ca_extensions $whole -md sha1

    # Chains: the certificate that signs, then what stands behind it.
    make corp-issuing 'Corp Issuing CA' corp-root ca_extensions $whole
    behind corp-issuing corp-root
    make corp-workplace 'Corp Workplace CA' corp-root ca_extensions $whole
    make below-nothing-below 'CA too deep' ca-nothing-below ca_extensions $whole
    behind below-nothing-below ca-nothing-below
    make below-no-ca 'CA below none' ca-no-ca ca_extensions $whole
    behind below-no-ca ca-no-ca
    make below-no-cert-sign 'CA of one that may not sign' ca-no-cert-sign ca_extensions $whole
    behind below-no-cert-sign ca-no-cert-sign
    make below-expired 'CA below the past' ca-expired ca_extensions $whole
    behind below-expired ca-expired
    make below-until-2027-03 'CA of a root of 2017' corp-until-2027-03 ca_extensions $whole
    behind below-until-2027-03 corp-until-2027-03
    make below-sha1 'CA signed with SHA-1' sha1 ca_extensions $whole -md sha1
    make below-corp-new 'CA of the new Corp CA' corp-new ca_extensions $whole
    behind below-corp-new corp
    cat ca.crt other.crt >bundle.crt
    cat corp-root.crt corp-issuing.crt >corp-upside-down.crt

    # Leaves.
    make server 'etcd of tokyo' ca server $whole
    make server-expired 'etcd of tokyo' ca server 20200101000000Z 20250101000000Z
    make client-of-other 'remote-paris' other client $whole
    make etcd 'etcd of tokyo' corp server $whole
    make etcd-expired 'etcd of tokyo' corp server 20200101000000Z 20250101000000Z
    make etcd-future 'etcd of tokyo' corp server 20300101000000Z 21200101000000Z
    make etcd-until-2026-12 'etcd of tokyo' corp server 20251215000000Z 20261215000000Z
    make client 'remote' corp client $whole
    make client-future 'remote' corp client 20300101000000Z 21200101000000Z
    make client-until-2026-12 'remote' corp client 20251215000000Z 20261215000000Z
    make client-admin 'admin-tokyo' corp client $whole
    make client-reader 'mesh-reader' corp client $whole
    make client-root 'root' corp client $whole
    make other-host 'etcd9 of tokyo' corp other_host $whole
    make nameless '' corp client $whole
    make client-serves 'remote' corp server $whole
    make client-extended 'remote' corp unknown_extension $whole
    make etcd-no-san 'etcd.example.net' corp server_no_san $whole
    make etcd-of-issuing 'etcd of tokyo' corp-issuing server $whole
} 2>"$work/log" || { cat "$work/log"; exit 1; }
sed '3s/./!/' ca.crt >damaged.crt
