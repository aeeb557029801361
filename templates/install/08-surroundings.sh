# --- What is not ours, and matters: how compose reads the override, whether there is a unit, names in the hosts file, strangers
# among the peers.

# COMPOSE_FILE of the project's .env, an element a line. The last one wins, as for compose.
compose_files() {
    [ -f "$root/.env" ] || return 0
    value=''
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line#"${line%%[! 	]*}"} line=${line#export }
        case $line in COMPOSE_FILE=*) value=${line#*=} ;; esac
    done <"$root/.env"
    value=${value%"${value##*[! 	"$cr"]}"}
    case $value in
        \"*\") value=${value#\"} value=${value%\"} ;;
        \'*\') value=${value#\'} value=${value%\'} ;;
    esac
    (IFS=: && printf '%s\n' $value)
}

# Compose reads the override only if COMPOSE_FILE or its name says so. Into $wire: what to do, if it is for us to do.
wiring() {
    wire=''
    [ "$m_runtime" = compose ] || return 0
    told=$(compose_files)
    if has "$told" docker-compose.clustermesh.yaml || has "$told" ./docker-compose.clustermesh.yaml; then
        [ "$mode" != uninstall ] || say "warning: take docker-compose.clustermesh.yaml out of COMPOSE_FILE in \`$root/.env\`:" \
            "  without it, compose can do nothing in this project"
        return 0
    fi
    [ "$mode" != uninstall ] || return 0
    bases='' overrides=''
    for name in docker-compose.yml docker-compose.yaml compose.yml compose.yaml; do
        [ ! -f "$root/$name" ] || bases=$bases${bases:+$nl}$name
        name=${name%.*}.override.${name##*.}
        [ ! -e "$root/$name" ] && [ ! -L "$root/$name" ] || overrides=$overrides${overrides:+$nl}$name
    done
    if [ -z "$bases$told" ]; then
        say "warning: there is no docker-compose.yaml in \`${root:-/}\`: is it the project's folder?"
    elif [ -z "$told$overrides" ]; then
        wire=docker-compose.override.yaml
    elif [ -n "$told" ] || [ "$overrides" != "${overrides%%"$nl"*}" ] || ! wired "$overrides"; then
        files=$told
        [ -n "$files" ] || files=${bases%%"$nl"*}
        [ -n "$told" ] || for name in $overrides; do
            wired "$name" || files=$files:$name
        done
        joined=''
        for name in $files; do joined=$joined${joined:+:}$name; done
        say "warning: compose does not read docker-compose.clustermesh.yaml. Write into \`$root/.env\`:" \
            "  COMPOSE_FILE=$joined:docker-compose.clustermesh.yaml"
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
    [ -z "$missing" ] || say "note: agents below 1.20 need these lines in \`$root/etc/hosts\`:$missing"
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
