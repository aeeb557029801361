#!/bin/sh
# Docker Compose 5, run below the project's folder, forgets COMPOSE_FILE of .env and keeps everything else in it.
#
# Versions:  github.com/docker/compose/v5 v5.6.0 (Go module)
# Behaviour: without a compose file in the current folder it goes up to the first one that has some, reads the `.env` there, takes
#            COMPOSE_PROJECT_NAME and all variables from it, but not COMPOSE_FILE: the files of that name are left out. There
#            is no warning, and the exit status is 0. In the project's folder itself COMPOSE_FILE counts.
# Matters:   where COMPOSE_FILE names the file that takes an agent into a mesh, `up -d` from a subfolder recreates the agent
#            without it.
# Output:    below, after `wanted`
set -eu
command -v go >/dev/null || { echo "missing: go" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{
    go mod init example.net/finding
    go get github.com/docker/compose/v5/cmd@v5.6.0
    CGO_ENABLED=0 go build -o compose github.com/docker/compose/v5/cmd
} >log 2>&1 || { cat log >&2; exit 2; }

mkdir -p project/below
cat >project/docker-compose.yml <<'EOF'
services: { agent: { image: example, environment: { FROM_ENV: "${FROM_ENV:-}" } } }
EOF
echo 'services: { agent: { environment: { FROM_SECOND_FILE: "yes" } } }' >project/second.yml
printf '%s\n' COMPOSE_FILE=docker-compose.yml:second.yml COMPOSE_PROJECT_NAME=named FROM_ENV=yes >project/.env
show() { # folder
    unset COMPOSE_FILE COMPOSE_PROJECT_NAME FROM_ENV
    (cd "$1" && "$work/compose" config 2>"$work/warnings") |
        sed -n 's/^\(name\): /\1=/p; s/^ *\(FROM_[A-Z_]*\): /\1=/p' | xargs | sed "s|^|$1: |"
    sed "s|^|$1 warns: |" warnings
}
{
    show project
    show project/below
} >seen
cat >wanted <<'EOF'
project: name=named FROM_ENV=yes FROM_SECOND_FILE=yes
project/below: name=named FROM_ENV=yes
EOF
go list -m github.com/docker/compose/v5
cat seen
diff wanted seen
