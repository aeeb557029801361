#!/bin/sh
# etcd with a config file takes nothing from ETCD_… in its environment, and does not say so.
#
# Versions:  go.etcd.io/etcd/server/v3 v3.6.16
# Behaviour: without a config file etcd uses each ETCD_ variable and logs that it did, and warns of those that it does not know.
#            With --config-file, or ETCD_CONFIG_FILE, all others are dropped: what the file does not set has its default, and
#            not one line of the log names a variable.
# Matters:   an environment file with certificates beside a unit or container that starts etcd with a config file is void. etcd
#            starts, and serves with what the config file says.
# Output:    below, after `wanted`
set -eu
command -v go >/dev/null || { echo "missing: go" >&2; exit 2; }
work=$(mktemp -d)
etcd=
trap '[ -z "$etcd" ] || kill "$etcd" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'EOF'
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
EOF
{
    go mod init example.net/finding
    go get go.etcd.io/etcd/server/v3/etcdmain@v3.6.16
    CGO_ENABLED=0 go build -o etcd .
} >log 2>&1 || { cat log >&2; exit 2; }

# Ports of 0 are free ones. Each etcd is ended once it serves, or the test is, after a minute.
urls='http://127.0.0.1:0'
cat >config.yaml <<EOF
data-dir: data
listen-client-urls: $urls
advertise-client-urls: $urls
listen-peer-urls: $urls
initial-advertise-peer-urls: $urls
initial-cluster: default=$urls
EOF
export ETCD_HEARTBEAT_INTERVAL=200 ETCD_NO_SUCH_OPTION=1
run() { # name arguments
    name=$1
    shift
    rm -rf data
    ./etcd "$@" >"$name.log" 2>&1 &
    etcd=$!
    tries=0
    until grep -q 'ready to serve client requests' "$name.log"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ] || ! kill -0 "$etcd"; then
            cat "$name.log" >&2
            exit 1
        fi
        sleep 0.1
    done
    kill "$etcd"
    wait "$etcd" 2>/dev/null || true
    etcd=
    echo "$name: heartbeat $(sed -n "s|.*\"heartbeat-interval\":\"\([^\"]*\)\".*|\1|p" "$name.log" | head -n 1)," \
        "lines about ETCD_HEARTBEAT_INTERVAL: $(grep -c ETCD_HEARTBEAT_INTERVAL "$name.log")," \
        "about ETCD_NO_SUCH_OPTION: $(grep -c ETCD_NO_SUCH_OPTION "$name.log")"
}
{
    run flags --data-dir data --listen-client-urls "$urls" --advertise-client-urls "$urls" --listen-peer-urls "$urls" \
        --initial-advertise-peer-urls "$urls" --initial-cluster "default=$urls"
    run config-file --config-file config.yaml
    ETCD_CONFIG_FILE=config.yaml run config-file-by-environment
} >seen
cat >wanted <<'EOF'
flags: heartbeat 200ms, lines about ETCD_HEARTBEAT_INTERVAL: 1, about ETCD_NO_SUCH_OPTION: 1
config-file: heartbeat 100ms, lines about ETCD_HEARTBEAT_INTERVAL: 0, about ETCD_NO_SUCH_OPTION: 0
config-file-by-environment: heartbeat 100ms, lines about ETCD_HEARTBEAT_INTERVAL: 0, about ETCD_NO_SUCH_OPTION: 0
EOF
./etcd --version | head -n 1
cat seen
diff wanted seen
