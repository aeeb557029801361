# --- What must change, and what must be restarted.

# has_right_mode PATH MODE:UID:GID:USER:GROUP: whether an installed file has the mode and the owner that it should have
has_right_mode() {
    mode_of=${2%%:*} owner_of=${2#*:}
    case $1:$mode_of in
        *.key:600 | *.key:400) ;;
        *.key:*) return 1 ;;
        # Group or others may write.
        *[2367] | *[2367]?) return 1 ;;
    esac
    if [ -z "$m_owner" ]; then
        # Another owner could read the key. A user other than root owns the files that they install.
        case $1 in *.key) [ "$user" != 0 ] || [ "${owner_of%%:*}" = 0 ] || return 1 ;; esac
        return 0
    fi
    case $m_owner in
        *[!0-9:]*) owner_of=${owner_of#*:} owner_of=${owner_of#*:} ;;
        *) owner_of=${owner_of%:*} owner_of=${owner_of%:*} ;;
    esac
    case $m_owner in
        *:*) [ "$owner_of" = "$m_owner" ] ;;
        *) [ "${owner_of%%:*}" = "$m_owner" ] ;;
    esac
}

# Reads from the records which paths below the target this script has installed, or was about to install: all into $known, those of
# the installed generation into $installed.
find_known() {
    paths=''
    [ ! -f "$state/current/SHA256SUMS" ] || read_sums "$state/current"
    select_payload
    installed=$ours all=$paths
    for record in next rollback; do
        [ -f "$state/$record/SHA256SUMS" ] || continue
        read_sums "$state/$record"
        all=$all$nl$paths
    done
    [ ! -f "$state/also" ] || all=$all$nl$(cat "$state/also")
    paths=$all
    select_payload
    known=$ours
}

# Selects those of $paths that are below payload/, into $ours.
select_payload() {
    ours=''
    for path in $paths; do
        [ "${path#payload/}" = "$path" ] || ours=$ours${ours:+$nl}${path#payload/}
    done
}

# Compares the payload of $1 with the target. $wanted gets the paths below the target, $changes those that differ. All files are compared
# in one call, because there may be thousands.
compare() {
    changes='' wanted='' there='' sums='' files=''
    while IFS= read -r line; do
        path=${line#*  }
        [ "${path#payload/}" != "$path" ] || continue
        path=${path#payload/}
        wanted=$wanted${wanted:+$nl}$path
        locate "$path"
        if [ -f "$at" ] && [ ! -L "$at" ]; then
            there=$there${there:+$nl}$path
            files=$files${files:+$nl}$at
            sums="$sums${sums:+$nl}${line%%  *}  $at"
        else
            changes=$changes${changes:+$nl}$path
        fi
    done <"$1/SHA256SUMS"
    [ -n "$there" ] || return 0
    user=$(id -u)
    # One line per file, in the same order.
    modes=$(stat -c %a:%u:%g:%U:%G $files)
    equal=$(printf '%s\n' "$sums" | sha256sum -c - 2>/dev/null || :)
    differs=''
    set -- $modes
    for path in $there; do
        has_right_mode "$path" "$1" || differs=$differs${differs:+$nl}$path
        shift
    done
    set -- $equal
    for path in $there; do
        case $1 in *': OK') ;; *) has "$differs" "$path" || differs=$differs${differs:+$nl}$path ;; esac
        shift
    done
    changes=$changes${changes:+${differs:+$nl}}$differs
}

# Whether a path is a config in the clustermesh directory, not a certificate or key.
is_config() {
    case $1 in
        *.etcd-client-ca.crt | *.etcd-client.crt | *.etcd-client.key) return 1 ;;
        "${mesh_dir:-/}"/*) return 0 ;;
    esac
    return 1
}

# Finds what the machine has and the bundle has not. $gone gets the files of clusters that the manifest lists as removed, even if
# another tool wrote them, and files of earlier bundles that are no longer wanted. $back gets files that were there before the first
# install. A cluster that was not removed by name stays, except in a rollback or after an interrupted run. A removed cluster whose
# files were put back by hand also stays.
find_outdated() {
    gone='' back=''
    [ "$mode" = uninstall ] || for name in $m_removed; do
        ! has "$was_removed" "$name" || continue
        for path in "$mesh_dir/$name" "$mesh_dir/$name.etcd-client-ca.crt" "$mesh_dir/$name.etcd-client.crt" "$mesh_dir/$name.etcd-client.key"; do
            ! is_there "$path" || gone=$gone${gone:+$nl}$path
        done
    done
    for path in $known; do
        ! is_moved "$path" || continue
        case $path in
            "$mesh_dir"/*) [ "$mode" != install ] || ! has "$installed" "$path" || continue ;;
        esac
        ! has "$wanted$nl$gone$nl$back" "$path" || continue
        if [ -e "$state/before/$path" ] || [ -L "$state/before/$path" ]; then
            back=$back${back:+$nl}$path
        elif is_there "$path"; then
            gone=$gone${gone:+$nl}$path
        fi
    done
}

# Whether running agents still use a path, because the new paths count only after their restart.
is_moved() {
    [ "$mode" != uninstall ] && [ -n "$was_cluster" ] && [ "$was_prefix:$was_mesh_dir" != "$prefix:$mesh_dir" ] || return 1
    case $1 in
        "$mesh_dir"/*) return 1 ;;
        "${was_mesh_dir:-/}"/*) return 0 ;;
    esac
    [ "$was_prefix" != "$prefix" ] || return 1
    case $1 in "${was_prefix:-/}"*) return 0 ;; esac
    return 1
}

is_there() {
    locate "$1"
    [ -e "$at" ] || [ -L "$at" ]
}

# Adds what must be restarted because a path has changed. Agents and etcd read leaves and configs of remotes again, but not these.
restart_for() {
    case $m_kind:$1 in
        node:etc/cilium/clustermesh.env | node:*/50-clustermesh.conf | node:*var/lib/etcd-config/etcd.config) add_restart agent ;;
        node:docker-compose.clustermesh.yaml) add_restart agent ;;
        node:*/clustermesh-announce.service) add_restart announce ;;
        member:*/client-ca.crt | member:*/peer-ca.crt | member:*/etcd.env) add_restart etcd ;;
    esac
    case $1 in
        docker-compose.clustermesh.yaml) ! has "$wanted$nl$known" "${prefix}var/lib/clustermesh-announce/etcd.config" || add_restart announce ;;
    esac
}

add_restart() {
    needed=$needed$nl$1
    restart=''
    for word in agent announce etcd; do
        ! has "$needed" "$word" || restart=$restart${restart:+,}$word
    done
}
