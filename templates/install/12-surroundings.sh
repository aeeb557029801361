# --- What is not ours, and matters: how compose reads the override, whether there is a unit, names in the hosts file, strangers
# among the peers.

# Compose reads the override only if COMPOSE_FILE or its name says so. Into $wire: what to do, if it is for us to do. A link is better
# than COMPOSE_FILE in `.env`: Compose 5 drops that when it is started below the project's folder, and podman-compose never reads it.
wiring() {
    wire=''
    [ "$m_runtime" = compose ] || return 0
    if has "$named" docker-compose.clustermesh.yaml || has "$named" ./docker-compose.clustermesh.yaml || wired "$named"; then
        [ "$mode" != uninstall ] || say "warning: take docker-compose.clustermesh.yaml out of COMPOSE_FILE in \`$root/.env\`:" \
            "  without it, compose can do nothing in this project"
        return 0
    fi
    [ "$mode" != uninstall ] || return 0
    if [ -n "$dot_file" ] && [ -z "$named" ]; then
        say "warning: this cannot tell whether compose reads docker-compose.clustermesh.yaml: $unclear"
    elif [ -z "$bases$named" ]; then
        say "warning: there is no docker-compose.yaml in \`${root:-/}\`: is it the project's folder?"
    elif [ -z "$named$overrides" ]; then
        wire=docker-compose.override.yaml
    elif [ -n "$named" ] || [ "$overrides" != "${overrides%%"$nl"*}" ] || ! wired "$overrides"; then
        joined='' theirs='' files=$named
        [ -n "$files" ] || files=${bases%%"$nl"*}$nl$overrides
        for name in $files; do
            ! wired "$name" || continue
            joined=$joined${joined:+"${dot_separator:-:}"}$name
            case $name in *.override.y*) theirs="$theirs${theirs:+, }\`$name\`" ;; esac
        done
        say "warning: compose does not read docker-compose.clustermesh.yaml. To have all engines read it, wherever they are started:" \
            "  ${theirs:+move what $theirs has into the file that it goes over and remove it, }${named:+take COMPOSE_FILE out of .env, }then run this again" \
            "or, for docker-compose 1 and for Compose v2 and later in this folder only, write into \`$root/.env\`:" \
            "  COMPOSE_FILE=$joined${dot_separator:-:}docker-compose.clustermesh.yaml"
    fi
}

# Whether one of these files is a link to ours.
wired() {
    for name in $1; do
        [ "$(readlink "$root/$name" || :)" != docker-compose.clustermesh.yaml ] || return 0
    done
    return 1
}

# Takes back what makes compose read the override.
unwire() {
    for name in docker-compose.override.yml docker-compose.override.yaml compose.override.yml compose.override.yaml; do
        ! wired "$name" || rm -f "$root/$name"
    done
}

# A drop-in to a unit that nobody has says nothing to anybody.
report_unit() {
    has "$wanted" "etc/systemd/system/$m_unit.d/50-clustermesh.conf" || return 0
    for file in $(agents_files); do
        case $file in *.service) return 0 ;; esac
    done
    say "warning: there is no unit \`$m_unit\` in \`${root:-/}\`: no agent reads these options until there is"
}

# What running agents still have, though they will not for long.
report_moved() {
    moved=''
    for path in $known; do
        ! is_moved "$path" || has "$wanted" "$path" || ! is_there "$path" || moved=$path
    done
    [ -z "$moved" ] || say "note: \`$root/$was_peers\` stays, for agents watch it until they are restarted, and so does what they mount beside it:" \
        "  remove it once they are"
    for path in $gone; do
        case $path in
            */50-clustermesh.conf) say "note: \`${path%.d/*}\` loses its options: restart what runs by it, or its agent keeps them until then" ;;
        esac
    done
}

# Files among the peers that nobody here has placed stay. Agents take some of them for clusters.
report_strangers() {
    [ -n "$peers" ] && [ -d "$peers_at" ] || return 0
    set +f
    for at in "$peers_at"/* "$peers_at"/.[!.]* "$peers_at"/..?*; do
        [ -e "$at" ] || [ -L "$at" ] || continue
        name=${at##*/}
        ! has "$wanted" "$peers/$name" && ! has "$gone" "$peers/$name" || continue
        if [ -f "$at" ] && [ "$name" != "$m_cluster" ]; then
            case $(cat "$at" 2>/dev/null || :) in
                *endpoints':'*)
                    say "WARNING: agents take \`$at\` for a cluster called \`$name\`; this bundle knows none. It stays:" \
                        "  remove it if that cluster is gone, config first; or put the cluster into the mesh"
                    continue
                    ;;
            esac
        fi
        say "note: \`$at\` is not of this bundle; it stays"
    done
    set -f
}

# Names that agents below 1.20 find nowhere but in the hosts file, which is the machine's.
report_hosts() {
    fragment=$1/payload/etc/cilium/clustermesh.hosts
    [ -f "$fragment" ] || return 0
    missing=''
    while IFS= read -r line; do
        case $line in '' | '#'*) continue ;; esac
        entered "${line%% *}" "${line##* }" || missing="$missing$nl  $line"
    done <"$fragment"
    [ -z "$missing" ] || say "note: agents below 1.20 need these lines in \`$root/etc/hosts\`:" $missing
}

# entered ADDRESS NAME
entered() {
    [ -f "$root/etc/hosts" ] || return 1
    while IFS= read -r entry || [ -n "$entry" ]; do
        case "$entry " in "$1"[!0-9a-fA-F.:]*[!A-Za-z0-9.-]"$2"[!A-Za-z0-9.-]*) return 0 ;; esac
        case "$entry " in "$1"[!0-9a-fA-F.:]"$2"[!A-Za-z0-9.-]*) return 0 ;; esac
    done <"$root/etc/hosts"
    return 1
}
