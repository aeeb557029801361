# --- What has to change, and what has to be restarted for it.

# Whether a file that is there has the mode and the owner that it should have.
proper() {
    case $1 in
        *.key)
            case $(stat -c %a "$1") in 600 | 400) ;; *) return 1 ;; esac
            ;;
    esac
    [ -n "$m_owner" ] || return 0
    case $m_owner in
        *[!0-9:]*) is=$(stat -c %U:%G "$1") ;;
        *) is=$(stat -c %u:%g "$1") ;;
    esac
    case $m_owner in
        *:*) [ "$is" = "$m_owner" ] ;;
        *) [ "${is%%:*}" = "$m_owner" ] ;;
    esac
}

# Paths below the target that this script has placed, or was about to place, by its records: into $known.
find_known() {
    known=''
    for record in current next rollback; do
        [ -f "$state/$record/SHA256SUMS" ] || continue
        listed "$state/$record"
        known=$known$nl$paths
    done
    [ ! -f "$state/also" ] || known=$known$nl$(cat "$state/also")
    ours=''
    for path in $known; do
        [ "${path#payload/}" = "$path" ] || ours=$ours${ours:+$nl}${path#payload/}
    done
    known=$ours
}

# Compares the payload of $1 with what is there: $wanted has the paths below the target, $changes those that differ.
compare() {
    changes='' wanted='' equal='' sums=''
    while IFS= read -r line; do
        path=${line#*  }
        [ "${path#payload/}" != "$path" ] || continue
        path=${path#payload/}
        wanted=$wanted${wanted:+$nl}$path
        live "$path"
        if [ -f "$at" ] && [ ! -L "$at" ] && proper "$at"; then
            equal=$equal${equal:+$nl}$path
            sums="$sums${sums:+$nl}${line%%  *}  $at"
        else
            changes=$changes${changes:+$nl}$path
        fi
    done <"$1/SHA256SUMS"
    [ -n "$sums" ] || return 0
    # A line for each, in the same order.
    # shellcheck disable=SC2046
    set -- $(printf '%s\n' "$sums" | sha256sum -c - 2>/dev/null || :)
    for path in $equal; do
        case $1 in *': OK') ;; *) changes=$changes${changes:+$nl}$path ;; esac
        shift
    done
}

# A file of the folder of peers that is a config, and not what a config names.
is_config() {
    [ -n "$peers" ] && [ "${1#"$peers"/}" != "$1" ] || return 1
    case $1 in *.etcd-client-ca.crt | *.etcd-client.crt | *.etcd-client.key) return 1 ;; esac
}

# The files that have to go, into $gone: of clusters that the manifest lists as removed, whoever has placed them, and what else
# was ours and is not wanted any more. Where the user goes back, the clusters of the generation that he leaves, too.
outdated() {
    gone=''
    [ "$mode" = uninstall ] || for name in $m_removed; do
        for path in "$peers/$name" "$peers/$name.etcd-client-ca.crt" "$peers/$name.etcd-client.crt" "$peers/$name.etcd-client.key"; do
            going "$path"
        done
    done
    for path in $known; do
        case $path in
            "$peers"/*) [ "$mode" = install ] || going "$path" ;;
            *) going "$path" ;;
        esac
    done
}

going() {
    live "$1"
    [ -e "$at" ] || [ -L "$at" ] || return 0
    has "$wanted" "$1" || has "$gone" "$1" || gone=$gone${gone:+$nl}$1
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
    [ "$restart" != none ] || restart=''
    case ,$restart, in *",$1,"*) ;; *) restart=$restart${restart:+,}$1 ;; esac
}
