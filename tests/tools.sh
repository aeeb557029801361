#!/bin/sh
# What builds and tests need besides cargo. As root, installs what is missing; else names the command that does.
# usage: tools.sh [TOOL...]      without words: everything that CI uses
set -eu

# tool:package, Debian's names
table='cc:gcc readelf:binutils openssl:openssl tar:tar gzip:gzip busybox:busybox-static dash:dash python3:python3
etcd:etcd-server etcdctl:etcd-client ip:iproute2 ss:iproute2 unshare:util-linux setpriv:util-linux flock:util-linux mount:mount strace:strace
git:git systemd-analyze:systemd groff:groff-base shellcheck:shellcheck dockerd:docker.io docker:docker.io
docker-compose:docker-compose ldd:libc-bin rsync:rsync nsenter:util-linux ssh:openssh-client sshd:openssh-server
haproxy:haproxy nginx:libnginx-mod-stream iptables:iptables promtool:prometheus
prometheus-node-exporter:prometheus-node-exporter ping:iputils-ping
jq:jq ansible-playbook:ansible-core named-checkzone:bind9-utils dnsmasq:dnsmasq-base dig:bind9-dnsutils nft:nftables
firewall-offline-cmd:firewalld dot:graphviz chromium:chromium node:nodejs npm:npm age:age age-keygen:age
ssh-keygen:openssh-client setsid:util-linux'

# busybox has to run on a root without libraries, and Debian's two packages of it exclude each other. Debian's nginx comes without
# the module that passes TLS through; the module's package brings it.
here() {
    command -v "$1" >/dev/null 2>&1 || return 1
    case $1 in
        busybox) ! ldd "$(command -v busybox)" 2>/dev/null | grep -q '=>' ;;
        nginx) [ -e /usr/lib/nginx/modules/ngx_stream_module.so ] ;;
    esac
}

wanted=${*:-$(for pair in $table; do echo "${pair%%:*}"; done)}
missing=
for tool in $wanted; do
    here "$tool" && continue
    for pair in $table; do
        [ "${pair%%:*}" = "$tool" ] && missing="$missing ${pair#*:}"
    done
done
command -v cargo >/dev/null 2>&1 || {
    echo "cargo is missing (1.90 or newer; Debian's is too old): install rustup, then \`rustup default stable\`" >&2
    exit 2
}
# Two judges are Go's own: crypto/x509 and Cilium's packages. Debian's Go is older than what Cilium's newest release wants.
if [ $# = 0 ]; then
    version=$(go env GOVERSION 2>/dev/null || echo none)
    case $version in
        go1.2[6-9]* | go1.[3-9][0-9]* | go[2-9]*) ;;
        *) echo "Go 1.26 or newer is missing (here: $version): install it from https://go.dev/dl" >&2; exit 2 ;;
    esac
    # Cilium 1.14 was built with an older one, which judges as well.
    GOTOOLCHAIN=go1.21.13 go version >/dev/null || { echo "go1.21.13 cannot be had from the Go module proxy" >&2; exit 2; }
fi
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing$missing" >&2
    apt-get update -qq
    # Debian starts an etcd of its own on 2379, and a Docker, where there is an init system; the tests start theirs.
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
echo "missing; install with: sudo apt-get install$missing" >&2
exit 2
