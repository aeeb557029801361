#!/bin/sh
# Fills corpus/ with inputs to start from: the samples, certificates and keys in every form that openssl writes, archives as several
# programs pack them, and what meshbundle itself writes for a sample.
#
#   seeds.sh && cargo +nightly fuzz run TARGET -- -max_total_time=60
#
# TARGET: a name in targets/. What fuzzing has found of `mesh` is kept in kept/, and played by every `cargo test`
# (tests/properties/hostile.rs); `keep.sh` brings it up to date. The rest can always be made again.
set -eu
cd "$(dirname -- "$0")"
for target in targets/*.rs; do
    target=${target##*/}
    mkdir -p "corpus/${target%.rs}"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp ../../samples/*.yaml ../diagnostics/*.yaml corpus/mesh/
[ ! -f kept/mesh.tar.gz ] || tar -xzf kept/mesh.tar.gz -C corpus/mesh

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

# archive NAME: the tar on stdin as the target takes it in three ways: as a file, and as what is in one.
archive() {
    cat >"$work/$1.tar"
    gzip -9n <"$work/$1.tar" | with 0 - >"corpus/archive/$1.file"
    with 1 "$work/$1.tar" >"corpus/archive/$1.tar"
    with 2 "$work/$1.tar" >"corpus/archive/$1.mended"
}

# A bundle in small, a long name, and what has no place in a bundle.
bundle=$work/cluster1.node1
mkdir -p "$bundle/payload/live"
for file in manifest.json SHA256SUMS payload/live/tokyo.etcd-client.crt payload/live/tokyo.etcd-client.key payload/live/tokyo; do
    echo "$file" >"$bundle/$file"
done
: >"$bundle/$(printf 'n%.0s' $(seq 120))"
ours='--owner=0 --group=0 --numeric-owner --mtime=@946684800 -b1'
tar -c $ours --sort=name --format=ustar -C "$work" cluster1.node1/manifest.json cluster1.node1/payload | archive ustar
tar -c $ours --sort=name --format=gnu -C "$work" cluster1.node1 | archive gnu
tar -c -b1 --format=pax -C "$work" cluster1.node1 | archive pax
ln -s /etc/passwd "$bundle/link"
ln "$bundle/manifest.json" "$bundle/hard"
mkfifo "$bundle/pipe"
truncate -s 100K "$bundle/sparse"
tar -c --sparse -b1 -C "$work" cluster1.node1 | archive hostile
tar -c --sparse -b1 -C "$bundle" . | archive dot

# folder WHICH NAME: the file on stdin in the place of the WHICHth file that agents read, through the eyes of Cilium 1.20.
folder() {
    { printf '%b' "\\0006\\000$1"; cat; } >"corpus/folder/$2"
}
config='endpoints:\n- https://10.2.2.2:2379\nca-file: /x/ca.crt\ndial-timeout: 5s\ncilium-host-aliases:\n- hostname: a\n  ips: [10.0.0.1]\n'
printf "$config" | folder 0 config
for kind in rsa p256 p384 ed25519; do
    folder 1 "$kind.ca" <"$work/$kind.crt"
    cat "$work/$kind-leaf.crt" "$work/$kind.crt" | folder 2 "$kind.chain"
    folder 3 "$kind.key" <"$work/$kind-leaf.key"
done
printf '{"format":1,"kind":"node","mesh":"m","cluster":{"name":"a","id":1},"node":"n","generation":1,"configDir":"/c","links":[]}' |
    folder 4 manifest
printf '%064d  c.crt\n' 0 | folder 5 sums
printf 'CILIUM_CLUSTER_NAME=a\nCILIUM_CLUSTER_ID=1\n' | folder 6 env
printf -- '--cluster-name=a\n--cluster-id=1\n' | folder 7 args

# What meshbundle writes: the state's record, the index, a manifest and configs.
cp ../../samples/guide-two-clusters.yaml "$work/mesh.yaml"
(cd ../.. && cargo run --quiet --locked -- generate "$work/mesh.yaml" --out "$work/out" --create-authorities --unpack >/dev/null 2>&1)
with 0 "$work/state/inventory.json" >corpus/records/inventory
with 1 "$work/out/index.json" >corpus/records/index
find "$work/out" -name manifest.json | while read -r manifest; do
    cp "$manifest" "corpus/manifest/$(sha256sum <"$manifest" | cut -c1-16)"
done
find "$work/out" -name 'etcd.config' -o -name cluster2 -type f | while read -r file; do
    with 6 "$file" >"corpus/config/$(sha256sum <"$file" | cut -c1-16)"
done
printf "$config" | with 6 - >corpus/config/aliases

for kind in rsa p256 p384 ed25519; do
    cat "$work/$kind.crt" "$work/$kind.key" >"corpus/pem/$kind"
done
openssl base64 -e -in "$work/p256.sec1" -out corpus/pem/base64
openssl ecparam -name prime256v1 | cat - "$work/p256.key" >corpus/pem/parameters

secret='apiVersion: v1\nkind: Secret\nmetadata: {name: cilium-clustermesh}\n'
printf "\006$secret"'data:\n  oslo: ZW5kcG9pbnRzOg==\n  no: |\n    YQ==\nstringData:\n  "010": endpoints:\n' >corpus/secrets/yaml
printf '\006{"apiVersion":"v1","kind":"SecretList","items":[{"metadata":{"name":"cilium-kvstoremesh"},"data":{"a":"YQ=="}}]}' >corpus/secrets/json
{ printf "\006apiVersion: v1\nkind: Secret\nmetadata: {name: clustermesh-apiserver-server-cert}\nstringData:\n  tls.crt: |\n"; sed 's/^/    /' "$work/p256-leaf.crt"; } >corpus/secrets/certificate

printf '!COMPOSE_FILE=a.yml:docker-compose.clustermesh.yaml\nCOMPOSE_PATH_SEPARATOR=":" # list\n' >corpus/dotenv/list
printf "\077export COMPOSE_FILE='docker-compose.yml'\n# COMMENT\nA=\"b\\\\\"c\"\r\nB\n" >corpus/dotenv/quotes
printf '\006{"id":1,"capabilities":{"syncedCanaries":true,"cached":false,"maxConnectedClusters":255,"serviceExportsEnabled":true}}' >corpus/values/config
printf '\0062024-10-04T00:00:00.123456789Z' >corpus/values/heartbeat
receipt='{"receipt":1,"mesh":"m","state":"0","unit":"a/node/n1","generation":7,"digest":"%032d","counter":1764350000,"due":["agent"]}'
printf "n1 | $receipt\nchanged=no restart=none\n" 0 >corpus/receipts/loop
printf '"stdout": "%s\\n"\n' "$(printf "$receipt" 0 | awk '{ gsub(/"/, "\\\""); print }')" >corpus/receipts/ansible
printf 'a/member/m 1 2 %032d etcd,agent receipt\na/users 3 4 - - by-hand\n' 0 >corpus/receipts/ledger
