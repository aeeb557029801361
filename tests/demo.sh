#!/bin/sh
# The first success: the mesh of the manual guide, from one file to archives that openssl accepts.
# usage: demo.sh MESHBUNDLE FOLDER
set -eu
bin=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2"
cd "$2"

say() { printf '\n$ %s\n' "$*"; }

say meshbundle init
"$bin" init
say meshbundle generate mesh.yaml --out out --create-authorities --unpack
"$bin" generate mesh.yaml --out out --create-authorities --unpack
say find out
find out -path out/unpacked -prune -o -type f -print | LC_ALL=C sort
say tar tzf out/bundles/cluster1/nodes/node1.tar.gz
tar tzf out/bundles/cluster1/nodes/node1.tar.gz

peers=out/unpacked/cluster1/nodes/node1/payload/mount/var/lib/clustermesh
member=out/unpacked/cluster2/etcd/etcd1/payload/etc/etcd/clustermesh
say cat $peers/cluster2
cat $peers/cluster2
say "openssl: would cluster2's etcd let cluster1's agents in, and would they accept it?"
openssl verify -partial_chain -purpose sslclient -CAfile $member/client-ca.crt $peers/cluster2.etcd-client.crt
openssl verify -partial_chain -purpose sslserver -verify_ip 10.2.2.2 -CAfile $peers/cluster2.etcd-client-ca.crt $member/server.crt
openssl x509 -noout -subject -dates -ext subjectAltName,extendedKeyUsage -in $member/server.crt
say "meshbundle generate mesh.yaml --out out     # again: nothing changes"
"$bin" generate mesh.yaml --out out
printf '\nThe archives are in %s/out/bundles.\n' "$2"
