#!/bin/sh
# Creates what the Kubernetes cluster of mixed.yaml has, as its chart makes it: the CA of the Secret cilium-ca, and a server
# certificate of clustermesh-apiserver. With a real cluster, copy the two certificates instead (docs/mixed.md).
#
#   mixed-pki.sh [DIR]     DIR: default mixed/ beside this script
#
# It uses only openssl (3.0 or newer), and does not change a DIR that is there.
set -eu
umask 077
dir=${1:-$(dirname "$0")/mixed}
[ ! -e "$dir" ] || exit 0
work=$dir.$$
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"
openssl req -x509 -newkey rsa:2048 -nodes -days 1095 -subj '/CN=Cilium CA' -keyout "$work/cilium-ca.key" -out "$work/cilium-ca.crt" \
    -addext keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign 2>"$work/openssl.log"
openssl req -new -newkey rsa:2048 -nodes -subj '/CN=clustermesh-apiserver.kube-system.svc' \
    -keyout "$work/clustermesh-apiserver.key" -out "$work/request.csr" 2>"$work/openssl.log"
printf '%s\n' 'keyUsage = critical, digitalSignature, keyEncipherment' 'extendedKeyUsage = serverAuth, clientAuth' \
    'subjectAltName = DNS:*.mesh.cilium.io, DNS:clustermesh-apiserver.kube-system.svc, IP:127.0.0.1, IP:::1' >"$work/extensions.cnf"
openssl x509 -req -in "$work/request.csr" -CA "$work/cilium-ca.crt" -CAkey "$work/cilium-ca.key" -days 365 -sha256 \
    -set_serial "0x4$(openssl rand -hex 15)" -extfile "$work/extensions.cnf" -out "$work/clustermesh-apiserver.crt" 2>"$work/openssl.log"
rm "$work/request.csr" "$work/extensions.cnf" "$work/openssl.log"
mv "$work" "$dir"
