#!/bin/sh
# Fuzzes each target for a while, one after another, from seeds that are made first, and says how many inputs each one read.
#
#   run.sh [SECONDS [TARGET...]]     default 120 seconds each, every target in targets/
#   run.sh 10000000x [TARGET...]     that many inputs each, however long it takes
#
# Needs a nightly toolchain and cargo-fuzz (`cargo install cargo-fuzz`). Exits with the status of the first target that finds
# something; what it found is then in artifacts/.
set -eu
cd "$(dirname -- "$0")"
much=${1:-120}
[ $# -eq 0 ] || shift
case $much in
*x) limit=-runs=${much%x} ;;
*) limit=-max_total_time=$much ;;
esac
cargo +nightly fuzz --version >/dev/null 2>&1 || {
    echo 'run.sh: needs a nightly toolchain and cargo-fuzz: rustup toolchain install nightly && cargo install cargo-fuzz' >&2
    exit 2
}
./seeds.sh
[ $# -gt 0 ] || set -- $(cd targets && printf '%s\n' *.rs | sed 's/\.rs$//')
log=$(mktemp)
trap 'rm -f "$log"' EXIT
summary=
for target; do
    # What one input may cost: a mesh, a certificate or an archive that takes longer or more is a finding, too.
    dictionary=
    [ "$target" != mesh ] || dictionary=-dict=mesh.dict
    status=0
    # meshbundle has no unsafe code, so there is nothing that a sanitizer would find.
    cargo +nightly fuzz run --sanitizer none --fuzz-dir . "$target" -- $dictionary "$limit" -timeout=20 -rss_limit_mb=2048 -max_len=16384 \
        -print_final_stats=1 >"$log" 2>&1 || status=$?
    grep -v '^#' "$log" || :
    summary="$summary
$(awk -v target="$target" '/^stat::/ { value[$1] = $2 } END {
        printf "%-14s %12d inputs, %6d a second, slowest %d s, %d MiB", target, value["stat::number_of_executed_units:"],
            value["stat::average_exec_per_sec:"], value["stat::slowest_unit_time_sec:"], value["stat::peak_rss_mb:"] }' "$log")"
    [ "$status" -eq 0 ] || exit "$status"
done
echo "$summary"
