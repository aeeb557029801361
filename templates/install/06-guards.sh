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
    [ -n "$scratch" ] || scratch=$(mktemp -d) || fail "no folder to try things in"
    : >"$scratch/owner"
    chown "$m_owner" "$scratch/owner" 2>/dev/null || unknown_owner
}

unknown_owner() {
    refuse "the files cannot be given to \`$m_owner\`" \
        "make the user and the group on this machine, or name the right ones as \`owner\` in the mesh"
}

# What is installed already must be of the same mesh and place, and not be newer.
check_installed() {
    [ -f "$1/manifest.json" ] || return 0
    now="$m_mesh/$m_cluster/$m_node$m_member" newer=$m_generation bundle=$2
    manifest "$1"
    was="$m_mesh/$m_cluster/$m_node$m_member" older=$m_generation
    manifest "$bundle"
    if [ "${was%%/*}" != "${now%%/*}" ]; then
        refuse "a bundle of the mesh \`${was%%/*}\` is installed here, and this one is of \`${now%%/*}\`" \
            "two meshes cannot share a folder of peers; --uninstall the other one first"
    fi
    if [ "${was##*/}" != "${now##*/}" ] && [ -z "$any" ]; then
        refuse "the bundle of \`${was##*/}\` is installed here, and this one is of \`${now##*/}\`" \
            "take the bundle of this machine; --any-host if it is the right one all the same"
    fi
    [ "${was%/*}" = "${now%/*}" ] || return 0
    [ "$mode" != rollback ] || return 0
    [ "$newer" -ge "$older" ] ||
        refuse "generation $older is installed, and this is $newer" "take the newest archive; --rollback ARCHIVE to go back to this one"
    [ "$newer" -gt "$older" ] || same_bundle "$1" "$2" ||
        refuse "another bundle of generation $older is installed: they are made from different states" \
            "find out which state is the right one; --rollback ARCHIVE to install this bundle"
}
