#!/bin/sh
# Tries the bundles of meshbundle on Cilium's own code. Arguments go to `go test`, e.g. -v, or -run TestLinks/1.20/loopback.
# MESHBUNDLE names the binary; without it, that of `cargo build --release` is taken.
set -eu
cd "$(dirname "$0")"
command -v go >/dev/null || { echo 'conformance: no `go` in PATH: it takes Go 1.26, from https://go.dev/dl/' >&2; exit 1; }
# As Cilium is built, and with no C compiler. A result is never taken from the cache: it would not see a new binary. What runs side
# by side waits for minutes to pass, so it is no matter of how many cores there are.
CGO_ENABLED=0 GOTOOLCHAIN=local exec go test -count=1 -timeout 60m -parallel 16 "$@" ./...
