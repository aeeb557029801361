#!/bin/sh
# On the bare root, with a loopback interface of its own: `announce` and `probe` find one etcd by /etc/hosts, one by a name
# server, and one not at all. The first is a real one.
# usage: names.sh ROOT WORK MEMBER      (MEMBER: files of entered's etcd; run in namespaces of its own, which end what it starts)
set -eu
root=$1 work=$2 member=$3
here=$(dirname "$(realpath "$0")")
# By its path: without an environment, another one may be found first.
busybox=$(command -v busybox)
inside() { env -i "$busybox" chroot "$root" /bin/meshbundle "$@"; }

ip link set lo up
python3 "$here/dns.py" 127.0.0.1 etcd.asked.example 127.0.0.2 &
etcd --data-dir "$work/etcd" --listen-peer-urls http://127.0.0.1:2380 \
    --listen-client-urls https://127.0.0.1:2379 --advertise-client-urls https://etcd.entered.example:2379 \
    --cert-file "$member/server.crt" --key-file "$member/server.key" \
    --trusted-ca-file "$member/client-ca.crt" --client-cert-auth >"$work/etcd.log" 2>&1 &

own='--cluster-name entered --cluster-id 1 --etcd-config /var/lib/clustermesh-announce/etcd.config'
# shellcheck disable=SC2086
inside announce $own 2>"$work/announce.log" &
tries=0
# shellcheck disable=SC2086
until inside announce $own --check >"$work/check" 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || { cat "$work/etcd.log" "$work/announce.log" "$work/check" >&2; exit 1; }
    sleep 1
done

# Exit 1: one of its two links has nobody at the other end.
code=0
env -i "$(command -v strace)" -f -qq -e trace=open,openat -e signal=none -o "$work/opened" \
    "$busybox" chroot "$root" /bin/meshbundle probe /same/out/bundles/unknown/nodes/node1.tar.gz \
    --timeout 5 --heartbeat 10 >"$work/probe" 2>&1 || code=$?
cat "$work/probe"
[ "$code" = 1 ]
grep -Eq '^entered +1/1 +ready' "$work/probe"
grep -Eq '^asked +0/1 +CM0802 nothing listens there' "$work/probe"

# Nothing of glibc's NSS, neither its configuration nor its libraries: only what src/etcd/resolve.rs names.
sed -n 's/.*"\(\/[^"]*\)".*/\1/p' "$work/opened" | grep -E '^/(etc|lib|usr)' | sort -u >"$work/of-the-system"
printf '/etc/hosts\n/etc/resolv.conf\n' | diff - "$work/of-the-system"

# The control: a name that neither knows.
inside probe /same/out/bundles/entered/nodes/node1.tar.gz --timeout 5 --heartbeat 0 >"$work/probe" 2>&1 || true
grep -Eq '^unknown +0/1 +CM0801' "$work/probe" || { cat "$work/probe"; exit 1; }
