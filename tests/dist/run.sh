#!/bin/sh
# Takes what `make dist` has packed as whoever fetches it does: holds it against its sums, unpacks it, runs it on a root where
# nothing else is, and looks for sockets.
# usage: run.sh FOLDER      (as root: it makes a root and namespaces)
set -eu
export LC_ALL=C
here=$(dirname "$(realpath "$0")")
dist=$(realpath "$1")
"$here/../tools.sh" tar gzip readelf busybox python3 etcd ip unshare strace
[ "$(id -u)" = 0 ] || { echo 'dist: this makes a root and namespaces: run it as root' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
fail() { echo "dist: $*" >&2; exit 1; }

echo 'dist: the sums, and what is packed'
(cd "$dist" && sha256sum -c --quiet SHA256SUMS)
[ "$(wc -l <"$dist/SHA256SUMS")" = "$(find "$dist" -type f ! -name SHA256SUMS | wc -l)" ] || fail 'SHA256SUMS leaves something out'
set -- "$dist"/*.tar.gz
[ $# = 1 ] || fail "not one archive: $*"
name=$(basename "$1" .tar.gz)
tar xzf "$1" -C "$work"
bin=$work/$name/meshbundle
cmp "$bin" "$dist/$name"
for file in LICENSE README.md; do cmp "$work/$name/$file" "$here/../../$file"; done
for file in completions/meshbundle completions/_meshbundle completions/meshbundle.fish man/meshbundle.1 man/meshbundle-man.1; do
    [ -s "$work/$name/$file" ] || fail "$file is missing"
done
[ -z "$(tar tvzf "$1" --numeric-owner | awk '$2 != "0/0" || $1 ~ /w..$/')" ] || fail 'an owner, or others may write'

echo 'dist: packed again, by another user, elsewhere, later: the same bytes'
version=$("$bin" --version | tr ' ' -)
(umask 077 && cd / && TZ=Asia/Tokyo "$here/../../.ci/dist" "$bin" "${name#"$version"-}" "$work/again")
diff -r "$dist" "$work/again"
# The control: what needs this machine's libraries is refused.
if "$here/../../.ci/dist" /bin/sh any "$work/refused" 2>"$work/why"; then fail 'a binary that is not static is packed'; fi
grep -q 'is not static' "$work/why" || { cat "$work/why"; fail 'refused for another reason'; }

echo 'dist: on a bare busybox root'
mkdir -p "$work/root/bin" "$work/root/home" "$work/root/same" "$work/outside"
cp "$(command -v busybox)" "$bin" "$work/root/bin"
for applet in sh sha256sum; do ln -s busybox "$work/root/bin/$applet"; done
cp "$here/bare.sh" "$work/root"
cp "$here/mesh.yaml" "$work/outside"
(cd "$work/outside" && "$bin" generate mesh.yaml --out out --create-authorities 2>/dev/null)
cp -a "$work/outside/mesh.yaml" "$work/outside/state" "$work/root/same"
env -i "$(command -v busybox)" chroot "$work/root" /bin/sh /bare.sh >"$work/bare.log" 2>&1 || {
    cat "$work/bare.log"
    fail 'it does not run on a bare root'
}
diff -r "$work/outside/out" "$work/root/same/out" || fail 'a bare root makes other bytes'

echo 'dist: names on a bare root'
mkdir "$work/root/etc" "$work/member"
echo '127.0.0.1 etcd.entered.example' >"$work/root/etc/hosts"
echo 'nameserver 127.0.0.1' >"$work/root/etc/resolv.conf"
tar xzf "$work/root/same/out/bundles/entered/nodes/node1.tar.gz" -C "$work/root" --strip-components=2 entered.node1/payload
tar xzf "$work/root/same/out/bundles/entered/etcd/etcd1.tar.gz" -C "$work/member" --strip-components=1
unshare --net --pid --fork --kill-child "$here/names.sh" "$work/root" "$work" "$work/member/payload/etc/etcd/clustermesh"

echo 'dist: no sockets'
mkdir "$work/alone"
cp "$here/mesh.yaml" "$work/alone"
(cd "$work/alone" && unshare --net "$here/sockets.sh" "$bin" "$work")
echo 'dist: all is well'
