# --- Whether this bundle belongs here, now.

# The bundle must be of this machine: its node's or member's name, or its hostname, short or full.
check_host() {
    [ -z "$any" ] || return 0
    [ "$m_kind:$m_node" != node:any ] || return 0
    host=$(uname -n)
    for name in "$m_node" "$m_hostname" "$m_member"; do
        [ -n "$name" ] || continue
        [ "$name" != "$host" ] && [ "${name%%.*}" != "$host" ] && [ "$name" != "${host%%.*}" ] || return 0
    done
    refuse "this is the bundle of \`${m_hostname:-$m_node$m_member}\`, and this machine is \`$host\`" \
        "take the bundle of this machine; --any-host if it is the right one all the same"
}

# The files' owner must be known here. Asked before anything is touched, and by a dry run, too.
check_owner() {
    [ -n "$m_owner" ] && [ "$(id -u)" = 0 ] || return 0
    make_scratch
    : >"$scratch/owner"
    chown "$m_owner" "$scratch/owner" 2>/dev/null || unknown_owner
}

unknown_owner() {
    refuse "the files cannot be given to \`$m_owner\`" \
        "make the user and the group on this machine, or name the right ones as \`owner\` in the mesh"
}

# What is installed already must be of the same mesh and place, and not be newer. check_installed INSTALLED: and what is to be
# known of it, into was_… variables.
check_installed() {
    was_cluster='' was_id='' was_removed='' was_prefix='' was_peers=''
    [ -f "$1/manifest.json" ] || return 0
    now_mesh=$m_mesh now_place=$m_node$m_member newer=$m_generation
    manifest "$1"
    was_mesh=$m_mesh was_place=$m_node$m_member older=$m_generation
    was_cluster=$m_cluster was_id=$m_id was_removed=$m_removed was_prefix=$prefix was_peers=$peers
    manifest "$bundle"
    if [ "$was_mesh" != "$now_mesh" ]; then
        refuse "a bundle of the mesh \`$was_mesh\` is installed here, and this one is of \`$now_mesh\`" \
            "two meshes cannot share a folder of peers; --uninstall the other one first"
    fi
    if [ "$was_place" != "$now_place" ] && [ -z "$any" ]; then
        refuse "the bundle of \`$was_place\` is installed here, and this one is of \`$now_place\`" \
            "take the bundle of this machine; --any-host if it is the right one all the same"
    fi
    # Generations count for a bundle of its own; and who goes back wants an older one.
    [ "$mode" != rollback ] && [ "$was_cluster/$was_place" = "$m_cluster/$now_place" ] || return 0
    [ "$newer" -ge "$older" ] ||
        refuse "generation $older is installed, and this is $newer" "take the newest archive; --rollback ARCHIVE to go back to this one"
    [ "$newer" -gt "$older" ] || same_bundle "$1" "$bundle" ||
        refuse "another bundle of generation $older is installed: they are made from different states" \
            "find out which state is the right one; --rollback ARCHIVE to install this bundle"
}

# A machine root and a compose project in one place: each would not know of the other.
check_runtime() {
    [ "$m_kind" = node ] || return 0
    case $m_runtime in
        compose) other=$root/var/lib/meshbundle/node ;;
        *) other=$root/.meshbundle/node ;;
    esac
    [ ! -d "$other/current" ] || refuse "\`$other\` says that this node is installed in another way" "\`$other/current/install.sh --uninstall\` first"
}
