#!/bin/sh
# Installs what judges pages, below DIR, unless it is there: from npm, pinned with checksums by package-lock.json. Of Mermaid only the file
# that browsers load: its dependencies are built into it.
# usage: install.sh DIR
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mermaid=11.6.0
sum=$(cat "$here/mermaid.sha512")
want=$(cat "$here/package-lock.json" "$here/mermaid.sha512" "$here/install.sh" | sha256sum)
[ "$(cat "$1/installed" 2>/dev/null || :)" = "$want" ] && exit 0
rm -rf "$1"
mkdir -p "$1"
cp "$here/package.json" "$here/package-lock.json" "$1"
cd "$1"
npm ci --ignore-scripts --no-audit --no-fund >/dev/null
npm pack --silent "mermaid@$mermaid" >/dev/null
tar -xzf "mermaid-$mermaid.tgz" --strip-components=2 package/dist/mermaid.min.js
echo "$sum  mermaid.min.js" | sha512sum --check --quiet
rm "mermaid-$mermaid.tgz"
echo "$want" >installed
