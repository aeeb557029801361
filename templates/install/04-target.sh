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
        *)
            new=${at%/*}/.meshbundle-new.${at##*/}
            # A folder of this name is not ours.
            while [ -d "$new" ] && [ ! -L "$new" ]; do new=$new~; done
            ;;
    esac
}

# Finds the folder of peers, links followed, and the place beside it for what will be renamed into it.
find_peers() {
    peers_at='' stage='' peers_id='' good_way=''
    find_mounts
    [ -n "$peers" ] || return 0
    peers_at=$root/$peers
    if [ -d "$peers_at" ]; then
        follow_way "$peers_at"
        peers_at=$real peers_id=$(stat -c %d:%i "$real")
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
