#!/bin/sh
# etcd grpc-proxy reports the cluster id 0 to the second client that watches the same keys.
#
# Versions:  go.etcd.io/etcd/server/v3 and client/v3 v3.5.35, v3.6.16 and v3.7.3
# Behaviour: a grpc-proxy joins watches of the same range into one watch of etcd. It passes etcd's first answer on to the client
#            that came first. Where a later watch begins at a revision, as it does after a read, the proxy makes that answer by
#            itself, and leaves ClusterId, MemberId and RaftTerm at 0 (`todo: fill in ClusterId` in
#            proxy/grpcproxy/watch_broadcast.go). Reads, and changes in the same watch, carry etcd's id.
# Matters:   a client that compares cluster ids, to notice that an address leads to another etcd, takes the proxy for another
#            etcd. Cilium 1.16 and newer does so: of several agents behind one proxy only the first stays connected.
# Output:    below, after `wanted`
set -eu
command -v go >/dev/null || { echo "missing: go" >&2; exit 2; }
work=$(mktemp -d)
etcd=
proxy=
trap '[ -z "$proxy" ] || kill "$proxy" || true; [ -z "$etcd" ] || kill "$etcd" || true; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'EOF'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/etcdmain"
)

// Servers are started with etcd's own words, and clients by `ask NAME ENDPOINT ETCD`.
func main() {
	if len(os.Args) < 2 || os.Args[1] != "ask" {
		etcdmain.Main(os.Args)
		return
	}
	name, endpoint, etcd := os.Args[2], os.Args[3], os.Args[4]
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	read, err := connect(etcd).Get(ctx, "key")
	check(err)
	id := read.Header.ClusterId
	if id == 0 {
		panic("etcd has no id")
	}
	show := func(what string, seen uint64) {
		word := "another id"
		switch seen {
		case id:
			word = "etcd's id"
		case 0:
			word = "0"
		}
		fmt.Printf("%s: %s: %s\n", name, what, word)
	}
	// One client after the other, each with a connection of its own. They watch from where they have read.
	var watches []clientv3.WatchChan
	for _, client := range []string{"first", "second"} {
		connection := connect(endpoint)
		read, err := connection.Get(ctx, "key")
		check(err)
		show(client+" client reads", read.Header.ClusterId)
		watch := connection.Watch(ctx, "key", clientv3.WithRev(read.Header.Revision+1), clientv3.WithCreatedNotify())
		created := <-watch
		check(created.Err())
		show(client+" client's watch begins", created.Header.ClusterId)
		watches = append(watches, watch)
	}
	_, err = connect(etcd).Put(ctx, "key", name)
	check(err)
	for n, client := range []string{"first", "second"} {
		event := <-watches[n]
		check(event.Err())
		show(client+" client hears of a change", event.Header.ClusterId)
	}
}

func connect(endpoint string) *clientv3.Client {
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{endpoint}, DialTimeout: time.Minute})
	check(err)
	return client
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
EOF
# An address that nothing else listens at: the proxy does not say which port it has taken.
address=127.$(($$ % 250 + 1)).31.7
url="http://$address:2379"
peers="http://$address:2380"
await() { # process log line
    tries=0
    until grep -qs "$3" "$2"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 600 ] || ! kill -0 "$1"; then
            cat "$2" >&2
            exit 1
        fi
        sleep 0.1
    done
}
for version in v3.5.35 v3.6.16 v3.7.3; do
    rm -rf go.mod go.sum data ./*.log
    {
        go mod init example.net/finding
        go get "go.etcd.io/etcd/server/v3/etcdmain@$version" "go.etcd.io/etcd/client/v3@$version"
        CGO_ENABLED=0 go build -o etcd .
    } >log 2>&1 || { cat log >&2; exit 2; }
    ./etcd --data-dir data --listen-client-urls "$url" --advertise-client-urls "$url" --listen-peer-urls "$peers" \
        --initial-advertise-peer-urls "$peers" --initial-cluster "default=$peers" >etcd.log 2>&1 &
    etcd=$!
    await "$etcd" etcd.log 'ready to serve client requests'
    ./etcd grpc-proxy start --endpoints "$url" --listen-addr "$address:23790" --advertise-client-url "$address:23790" \
        >proxy.log 2>&1 &
    proxy=$!
    await "$proxy" proxy.log 'started gRPC proxy'
    echo "$version"
    ./etcd ask etcd "$url" "$url" 2>errors || { cat errors >&2; exit 1; }
    ./etcd ask grpc-proxy "http://$address:23790" "$url" 2>errors || { cat errors >&2; exit 1; }
    kill "$proxy" "$etcd"
    wait "$proxy" "$etcd" 2>/dev/null || true
    proxy=
    etcd=
done >seen
for version in v3.5.35 v3.6.16 v3.7.3; do
    echo "$version"
    cat <<'EOF'
etcd: first client reads: etcd's id
etcd: first client's watch begins: etcd's id
etcd: second client reads: etcd's id
etcd: second client's watch begins: etcd's id
etcd: first client hears of a change: etcd's id
etcd: second client hears of a change: etcd's id
grpc-proxy: first client reads: etcd's id
grpc-proxy: first client's watch begins: etcd's id
grpc-proxy: second client reads: etcd's id
grpc-proxy: second client's watch begins: 0
grpc-proxy: first client hears of a change: etcd's id
grpc-proxy: second client hears of a change: etcd's id
EOF
done >wanted
cat seen
diff wanted seen
