# --- What has to change, and what has to be restarted for it.

# Whether a file that is there has the mode and the owner that it should have. proper PATH MODE:UID:GID:USER:GROUP
proper() {
    mode_of=${2%%:*} owner_of=${2#*:}
    case $1:$mode_of in
        *.key:600 | *.key:400) ;;
        *.key:*) return 1 ;;
        # Others could write into it.
        *[2367] | *[2367]?) return 1 ;;
    esac
    if [ -z "$m_owner" ]; then
        # A key of somebody else's is read by somebody else. Who is not root owns what he places.
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

# Paths below the target that this script has placed, or was about to place, by its records: all of them into $known, those of
# the generation that is installed into $installed.
find_known() {
    paths=''
    [ ! -f "$state/current/SHA256SUMS" ] || listed "$state/current"
    payload
    installed=$ours all=$paths
    for record in next rollback; do
        [ -f "$state/$record/SHA256SUMS" ] || continue
        listed "$state/$record"
        all=$all$nl$paths
    done
    [ ! -f "$state/also" ] || all=$all$nl$(cat "$state/also")
    paths=$all
    payload
    known=$ours
}

# Those of $paths that belong to the target, into $ours.
payload() {
    ours=''
    for path in $paths; do
        [ "${path#payload/}" = "$path" ] || ours=$ours${ours:+$nl}${path#payload/}
    done
}

# Compares the payload of $1 with what is there: $wanted has the paths below the target, $changes those that differ. All files are
# asked for at once: there may be thousands.
compare() {
    changes='' wanted='' there='' sums='' files=''
    while IFS= read -r line; do
        path=${line#*  }
        [ "${path#payload/}" != "$path" ] || continue
        path=${path#payload/}
        wanted=$wanted${wanted:+$nl}$path
        live "$path"
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
    # A line for each, in the same order.
    modes=$(stat -c %a:%u:%g:%U:%G $files)
    equal=$(printf '%s\n' "$sums" | sha256sum -c - 2>/dev/null || :)
    differs=''
    set -- $modes
    for path in $there; do
        proper "$path" "$1" || differs=$differs${differs:+$nl}$path
        shift
    done
    set -- $equal
    for path in $there; do
        case $1 in *': OK') ;; *) has "$differs" "$path" || differs=$differs${differs:+$nl}$path ;; esac
        shift
    done
    changes=$changes${changes:+${differs:+$nl}}$differs
}

# A file of the folder of peers that is a config, and not what a config names.
is_config() {
    case $1 in
        *.etcd-client-ca.crt | *.etcd-client.crt | *.etcd-client.key) return 1 ;;
        "${peers:-/}"/*) return 0 ;;
    esac
    return 1
}

# What the machine has and the bundle has not. Into $gone: files of clusters that the manifest lists as removed, whoever has placed
# them, and what was ours and is not wanted any more; into $back what others had there before. Clusters that nobody has removed
# by name stay, unless the user goes back, or they come from a run that was stopped; so does what one of them has been
# put back by hand after it was removed.
outdated() {
    gone='' back=''
    [ "$mode" = uninstall ] || for name in $m_removed; do
        ! has "$was_removed" "$name" || continue
        for path in "$peers/$name" "$peers/$name.etcd-client-ca.crt" "$peers/$name.etcd-client.crt" "$peers/$name.etcd-client.key"; do
            ! is_there "$path" || gone=$gone${gone:+$nl}$path
        done
    done
    for path in $known; do
        ! is_moved "$path" || continue
        case $path in
            "$peers"/*) [ "$mode" != install ] || ! has "$installed" "$path" || continue ;;
        esac
        ! has "$wanted$nl$gone$nl$back" "$path" || continue
        if [ -e "$state/before/$path" ] || [ -L "$state/before/$path" ]; then
            back=$back${back:+$nl}$path
        elif is_there "$path"; then
            gone=$gone${gone:+$nl}$path
        fi
    done
}

# Whether a path stands where running agents look, who will look elsewhere once they are restarted.
is_moved() {
    [ "$mode" != uninstall ] && [ -n "$was_cluster" ] && [ "$was_prefix:$was_peers" != "$prefix:$peers" ] || return 1
    case $1 in
        "$peers"/*) return 1 ;;
        "${was_peers:-/}"/*) return 0 ;;
    esac
    [ "$was_prefix" != "$prefix" ] || return 1
    case $1 in "${was_prefix:-/}"*) return 0 ;; esac
    return 1
}

is_there() {
    live "$1"
    [ -e "$at" ] || [ -L "$at" ]
}

# What has to be restarted because a path has changed. Leaves and configs of peers are read again; these are not.
restart_for() {
    case $m_kind:$1 in
        node:etc/cilium/clustermesh.env | node:*/50-clustermesh.conf | node:*var/lib/etcd-config/etcd.config) needs agent ;;
        node:docker-compose.clustermesh.yaml) needs agent ;;
        node:*/clustermesh-announce.service) needs announce ;;
        member:*/client-ca.crt | member:*/peer-ca.crt | member:*/etcd.env) needs etcd ;;
    esac
    case $1 in
        docker-compose.clustermesh.yaml) ! has "$wanted$nl$known" "${prefix}var/lib/clustermesh-announce/etcd.config" || needs announce ;;
    esac
}

needs() {
    needed=$needed$nl$1
    restart=''
    for word in agent announce etcd; do
        ! has "$needed" "$word" || restart=$restart${restart:+,}$word
    done
}
