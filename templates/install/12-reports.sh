# --- Reports about files that are not part of a bundle: compose files, the unit, the hosts file, other files in the clustermesh
# directory.

# Compose reads the override only if COMPOSE_FILE lists it or its name is a standard one. Sets $wire to the link that is missing. A link is
# better than COMPOSE_FILE in `.env`: Compose 5 ignores that when it is started below the project's folder, and podman-compose never
# reads it.
plan_link() {
    wire=''
    [ "$m_runtime" = compose ] || return 0
    if has "$named" docker-compose.clustermesh.yaml || has "$named" ./docker-compose.clustermesh.yaml || is_linked "$named"; then
        [ "$mode" != uninstall ] || report "warning: remove docker-compose.clustermesh.yaml from COMPOSE_FILE in \`$root/.env\`:" \
            "  compose fails in this project if the file is listed and missing"
        return 0
    fi
    [ "$mode" != uninstall ] || return 0
    if [ -n "$dot_file" ] && [ -z "$named" ]; then
        report "warning: cannot tell whether compose reads docker-compose.clustermesh.yaml: $unclear"
    elif [ -z "$bases$named" ]; then
        report "warning: there is no docker-compose.yaml in \`${root:-/}\`: check that --root is the project's folder"
    elif [ -z "$named$overrides" ]; then
        wire=docker-compose.override.yaml
    elif [ -n "$named" ] || [ "$overrides" != "${overrides%%"$nl"*}" ] || ! is_linked "$overrides"; then
        joined='' theirs='' files=$named
        [ -n "$files" ] || files=${bases%%"$nl"*}$nl$overrides
        for name in $files; do
            ! is_linked "$name" || continue
            joined=$joined${joined:+"${dot_separator:-:}"}$name
            case $name in *.override.y*) theirs="$theirs${theirs:+, }\`$name\`" ;; esac
        done
        report "warning: compose does not read docker-compose.clustermesh.yaml. For all engines, from any folder:" \
            "  ${theirs:+move the content of $theirs into the file that it overrides and remove it, }${named:+remove COMPOSE_FILE from .env, }then run this again" \
            "or, for docker-compose 1, and for Compose v2 and later only in this folder, set in \`$root/.env\`:" \
            "  COMPOSE_FILE=$joined${dot_separator:-:}docker-compose.clustermesh.yaml"
    fi
}

# Whether one of these files is a link to the override.
is_linked() {
    for name in $1; do
        [ "$(readlink "$root/$name" || :)" != docker-compose.clustermesh.yaml ] || return 0
    done
    return 1
}

# Removes the link that makes compose read the override.
remove_link() {
    for name in docker-compose.override.yml docker-compose.override.yaml compose.override.yml compose.override.yaml; do
        ! is_linked "$name" || rm -f "$root/$name"
    done
}

# A drop-in has no effect without its unit.
report_unit() {
    has "$wanted" "etc/systemd/system/$m_unit.d/50-clustermesh.conf" || return 0
    for file in $(list_agent_files); do
        case $file in *.service) return 0 ;; esac
    done
    report "warning: there is no unit \`$m_unit\` in \`${root:-/}\`, so no agent reads these options"
}

# Reports what running agents use until their restart.
report_moved() {
    moved=''
    for path in $known; do
        ! is_moved "$path" || has "$wanted" "$path" || ! is_there "$path" || moved=$path
    done
    [ -z "$moved" ] || report "note: \`$root/$was_mesh_dir\` stays, because agents watch it until they are restarted; other files that they mount stay too:" \
        "  remove them after the restart"
    for path in $gone; do
        case $path in
            */50-clustermesh.conf) report "note: \`${path%.d/*}\` loses its options: its agent keeps them until it is restarted" ;;
        esac
    done
}

# Files in the clustermesh directory that no bundle installed stay. Agents take some of them for clusters.
report_strangers() {
    [ -n "$mesh_dir" ] && [ -d "$mesh_dir_at" ] || return 0
    set +f
    for at in "$mesh_dir_at"/* "$mesh_dir_at"/.[!.]* "$mesh_dir_at"/..?*; do
        [ -e "$at" ] || [ -L "$at" ] || continue
        name=${at##*/}
        ! has "$wanted" "$mesh_dir/$name" && ! has "$gone" "$mesh_dir/$name" || continue
        if [ -f "$at" ] && [ "$name" != "$m_cluster" ]; then
            case $(cat "$at" 2>/dev/null || :) in
                *endpoints':'*)
                    report "WARNING: agents take \`$at\` for the cluster \`$name\`, which is not in this bundle; the file stays:" \
                        "  if that cluster is gone, remove its files, config first; otherwise add it to mesh.yaml"
                    continue
                    ;;
            esac
        fi
        report "note: \`$at\` is not in this bundle; it stays"
    done
    set -f
}

# Names that agents below 1.20 can resolve only through /etc/hosts, which belongs to the machine.
report_hosts() {
    fragment=$1/payload/etc/cilium/clustermesh.hosts
    [ -f "$fragment" ] || return 0
    missing=''
    while IFS= read -r line; do
        case $line in '' | '#'*) continue ;; esac
        is_in_hosts "${line%% *}" "${line##* }" || missing="$missing$nl  $line"
    done <"$fragment"
    [ -z "$missing" ] || report "note: agents below 1.20 need these lines in \`$root/etc/hosts\`:" $missing
}

# is_in_hosts ADDRESS NAME: whether /etc/hosts of the target has the entry
is_in_hosts() {
    [ -f "$root/etc/hosts" ] || return 1
    while IFS= read -r entry || [ -n "$entry" ]; do
        case "$entry " in "$1"[!0-9a-fA-F.:]*[!A-Za-z0-9.-]"$2"[!A-Za-z0-9.-]*) return 0 ;; esac
        case "$entry " in "$1"[!0-9a-fA-F.:]"$2"[!A-Za-z0-9.-]*) return 0 ;; esac
    done <"$root/etc/hosts"
    return 1
}
