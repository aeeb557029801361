#!/bin/sh
# docker-compose 1 keeps one address of a name in extra_hosts as soon as there is an override file.
#
# Versions:  docker-compose 1.29.2 (Debian 12: docker-compose 1.29.2-3)
# Behaviour: of a list such as `- etcd.example.net:10.0.0.1`, `- etcd.example.net:10.0.0.2` in one file it keeps both. Once
#            two files are merged, the list is turned into a map by name, and only the last address is left: also where the
#            other file says nothing of extra_hosts. There is no warning, and the exit status is 0.
# Matters:   a name for all members of an etcd: the agent's container gets one address, and the link is lost with that member.
# Output:    below, after `wanted`
set -eu
command -v docker-compose >/dev/null || { echo "missing: docker-compose 1.29.2 (apt-get install docker-compose)" >&2; exit 2; }
[ "$(docker-compose version --short)" = 1.29.2 ] || { echo "this is about docker-compose 1.29.2" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

hosts='    extra_hosts: ["etcd.example.net:10.0.0.1", "etcd.example.net:10.0.0.2"]'
with='version: "3"
services:
  agent:
    image: example
'"$hosts"
without='version: "3"
services:
  agent:
    image: example'
show() { # text base override
    mkdir -p project
    rm -f project/*
    echo "$2" >project/docker-compose.yml
    [ -z "$3" ] || echo "$3" >project/docker-compose.override.yml
    echo "$1: $(cd project && docker-compose config | sed -n 's/^ *\(- \)\{0,1\}\(etcd\.example\.net.*\)/\2/p' | xargs)"
}
{
    show 'one file' "$with" ''
    show 'an override without extra_hosts' "$with" "$without"
    show 'extra_hosts in the override only' "$without" "$with"
} >seen
cat >wanted <<'EOF'
one file: etcd.example.net:10.0.0.1 etcd.example.net:10.0.0.2
an override without extra_hosts: etcd.example.net: 10.0.0.2
extra_hosts in the override only: etcd.example.net: 10.0.0.2
EOF
docker-compose version --short
cat seen
diff wanted seen
