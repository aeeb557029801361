# --- Where files belong on this machine.

# Where a path below the target stands: the folder of peers may be a link.
live() {
    case $1 in
        "$peers"/*) at=$peers_at/${1#"$peers"/} ;;
        *) at=$root/$1 ;;
    esac
}

# Where its new content waits for the rename.
staged() {
    case $1 in
        "$peers"/*) new=$stage/${1#"$peers"/} ;;
        *) new=${at%/*}/.meshbundle-new.${at##*/} ;;
    esac
}

# Finds the folder of peers, links followed, and the place beside it for what will be renamed into it.
find_peers() {
    peers_at='' stage='' good_way=''
    find_mounts
    around=$(cd -P "$root/" && pwd -P)
    around=${around%/}
    [ -n "$peers" ] || return 0
    peers_at=$root/$peers
    if [ -d "$peers_at" ]; then
        peers_at=$(cd -P "$peers_at" && pwd -P)
        is_inside "$peers_at" || refuse "\`$root/$peers\` leads to \`$peers_at\`, out of the target" "make it a folder of the target"
    fi
    stage=${peers_at%/*}/.meshbundle.${peers_at##*/}
    [ -d "$peers_at" ] || return 0
    # Renaming reaches no further than one file system, as it is mounted.
    if [ "$(stat -c %d "$peers_at")" != "$(stat -c %d "${peers_at%/*}/")" ] || is_mounted "$peers_at"; then
        refuse "\`$peers_at\` is a file system of its own: nothing can be staged outside of it and renamed into it" \
            "make it a folder of the file system around it, or mount the folder above it instead"
    fi
}

is_inside() {
    case $1/ in "$around"/*) return 0 ;; esac
    return 1
}

# Where anything is mounted, be it a folder of the same file system, into $mounts (proc(5), mountinfo).
find_mounts() {
    mounts=''
    [ -r /proc/self/mountinfo ] || return 0
    while IFS=' ' read -r _ _ _ _ point _; do
        mounts=$mounts${mounts:+$nl}$point
    done </proc/self/mountinfo
}

is_mounted() {
    # As mountinfo writes it.
    point=$1
    while :; do
        case $point in
            *' '*) point=${point%% *}\\040${point#* } ;;
            *) break ;;
        esac
    done
    has "$mounts" "$point"
}

# Every part of the way to $1 that is there must be a folder. Most files have the way of the one before.
check_way() {
    way=${1%/*}
    [ "$way" != "$good_way" ] || return 0
    good_way=$way
    until [ -L "${way:-/}" ] || [ -e "${way:-/}" ]; do
        way=${way%/*}
    done
    [ -d "${way:-/}" ] || refuse "\`$way\` is no folder" "move it away"
    way=$(cd -P "${way:-/}" && pwd -P)
    is_inside "$way" || refuse "\`$1\` leads to \`$way\`, out of the target" "make it a folder of the target"
    # Root may write whatever its mode: what stops it is the file system.
    [ -w "${way:-/}" ] || refuse "\`${way:-/}\` cannot be written" "run this as root; is the file system mounted read-only?"
}

# $1 will be replaced or removed: it must be a file, or not be there, and be writable.
check_file() {
    [ ! -d "$1" ] || refuse "\`$1\` is a folder" "move it away: a file of the bundle belongs there"
    if [ -e "$1" ] && [ ! -L "$1" ]; then
        [ -f "$1" ] || refuse "\`$1\` is neither a file nor a folder" "move it away: a file of the bundle belongs there"
        ! is_mounted "$1" || refuse "\`$1\` is mounted by itself: nothing can be renamed over it" "mount the folder that it is in instead"
        # Nothing is written; a read-only file system or an immutable file answers all the same.
        (: >>"$1") 2>/dev/null || refuse "\`$1\` cannot be written" "run this as root; is it immutable (lsattr), or read-only?"
    fi
}
