#!/bin/sh
# Fuzzes each target for a while, one after another, from seeds that are made first.
#
#   run.sh [SECONDS [TARGET...]]     default 120 seconds each, every target
#
# Needs a nightly toolchain and cargo-fuzz (`cargo install cargo-fuzz`). Exits with the status of the first target that finds
# something; what it found is then in artifacts/.
set -eu
cd "$(dirname -- "$0")"
seconds=${1:-120}
[ $# -eq 0 ] || shift
cargo +nightly fuzz --version >/dev/null 2>&1 || {
    echo 'run.sh: needs a nightly toolchain and cargo-fuzz: rustup toolchain install nightly && cargo install cargo-fuzz' >&2
    exit 2
}
./seeds.sh
for target in ${*:-spec certificates keys archive folder}; do
    # What one input may cost: a mesh, a certificate or an archive that takes longer or more is a finding, too.
    dictionary=
    [ "$target" != spec ] || dictionary=-dict=mesh.dict
    cargo +nightly fuzz run --fuzz-dir . "$target" -- $dictionary -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384
done
