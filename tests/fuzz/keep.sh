#!/bin/sh
# Keeps what fuzzing of `mesh` has found: one input for each way through the code, as one archive.
#
#   keep.sh          after run.sh; needs what run.sh needs
set -eu
cd "$(dirname -- "$0")"
cargo +nightly fuzz cmin --fuzz-dir . mesh -- -max_len=4096
mkdir -p kept
(cd corpus/mesh && find . -type f -size -5k -printf '%P\0' | sort -z |
    tar --null -T - -c --owner=0 --group=0 --numeric-owner --mtime=@1000000000 --mode=0644) | gzip -9n >kept/mesh.tar.gz
