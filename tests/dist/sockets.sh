#!/bin/sh
# Which verbs open sockets, in a network namespace without a single interface that is up: `probe`, `announce` and
# `firewall --check`, and no other.
# usage: sockets.sh MESHBUNDLE WORK      (in a folder of its own, with tests/dist/mesh.yaml)
set -eu
bin=$1 calls=$2/calls
tried=

[ -z "$(ip -o link show up)" ] || { echo 'sockets: there is a network' >&2; exit 1; }

# strace prints `???(` for a thread that the process's end stopped before its call had a name.
traced() {
    strace -f -qq -e trace=%network -e signal=none -o "$calls" "$bin" "$@" >"$calls.out" 2>&1 || return 1
    sed -i '/^[0-9]* *???( *<detached \.\.\.>$/d' "$calls"
}
offline() {
    tried="$tried $1"
    traced "$@" || { cat "$calls.out"; exit 1; }
    [ ! -s "$calls" ] || { echo "sockets: \`$*\` asks for the network:"; cat "$calls"; exit 1; }
}
# The control: the same trace sees sockets where there are some.
online() {
    tried="$tried $1"
    traced "$@" && { echo "sockets: \`$*\` found something in no network"; exit 1; }
    grep -q 'socket(AF_INET' "$calls" || { echo "sockets: \`$*\` opens no socket"; cat "$calls.out"; exit 1; }
}

offline init new
offline lint mesh.yaml
offline explain CM0105
offline schema
offline plan mesh.yaml --out out
offline generate mesh.yaml --out out --create-authorities --unpack
offline verify out/bundles/*/*/*.tar.gz --mesh mesh.yaml
offline certs list mesh.yaml
offline certs list out/bundles/entered/nodes/node1.tar.gz --format prometheus --output certs.prom
offline rollout status mesh.yaml
offline state check
offline state backup backup.tar.gz
offline certs rotate mesh.yaml --ca mesh
offline state encrypt --recipient age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
offline certs revoke mesh.yaml entered/node/node1
offline firewall mesh.yaml
offline dns mesh.yaml
offline graph mesh.yaml --format svg
offline report mesh.yaml --out mesh.html
offline smoke mesh.yaml entered asked --out kit
offline completions bash
offline man man
online probe out/bundles/entered/nodes/node1.tar.gz --timeout 2 --heartbeat 0
online firewall mesh.yaml --check --for entered/node/node1 --timeout 2
online announce --cluster-name entered --cluster-id 1 --check \
    --root out/unpacked/entered/nodes/node1/payload \
    --etcd-config out/unpacked/entered/nodes/node1/payload/var/lib/clustermesh-announce/etcd.config

# A verb that comes has to be put on one side or the other.
"$bin" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p' | grep -vx help | sort >"$calls.verbs"
[ "$(wc -l <"$calls.verbs")" -ge 11 ]
# shellcheck disable=SC2086
printf '%s\n' $tried | sort -u | diff "$calls.verbs" -
