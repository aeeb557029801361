#!/bin/sh
# Tries the bundles of meshbundle on Cilium's own code. Arguments go to `go test`, e.g. -v, or -run TestLinks/1.20.
# MESHBUNDLE names the binary; without it, that of `cargo build --release` is taken.
set -eu
cd "$(dirname "$0")"
# The first build of two Cilium agents takes minutes. A result is never taken from the cache: it would not see a new binary.
GOTOOLCHAIN=local exec go test -count=1 -timeout 45m "$@" ./...
