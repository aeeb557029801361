# --- Whether this bundle belongs on this machine.

# The machine's name must be the node's or member's name, or its hostname, short or full.
check_host() {
    [ -z "$any" ] || return 0
    [ "$m_kind:$m_node" != node:any ] || return 0
    host=$(uname -n)
    for name in "$m_node" "$m_hostname" "$m_member"; do
        [ -n "$name" ] || continue
        [ "$name" != "$host" ] && [ "${name%%.*}" != "$host" ] && [ "$name" != "${host%%.*}" ] || return 0
    done
    refuse "this is the bundle of \`${m_hostname:-$m_node$m_member}\`, and this machine is \`$host\`" \
        "install the bundle of this machine; --any-host accepts this one"
}

# The owner of the files must exist on this machine. This is checked before anything is changed, also in a dry run.
check_owner() {
    [ -n "$m_owner" ] && [ "$(id -u)" = 0 ] || return 0
    make_scratch
    : >"$scratch/owner"
    chown "$m_owner" "$scratch/owner" 2>/dev/null || unknown_owner
}

unknown_owner() {
    refuse "files cannot be owned by \`$m_owner\`: there is no such user or group here" \
        "create the user and the group on this machine, or correct \`owner\` in mesh.yaml"
}

# check_installed INSTALLED: the installed bundle must be of the same mesh and the same node or member, and not newer, or, for a rollback,
# have no floor above this generation. Its values go into was_… variables.
check_installed() {
    was_cluster='' was_id='' was_removed='' was_prefix='' was_mesh_dir=''
    [ -f "$1/manifest.json" ] || return 0
    now_mesh=$m_mesh now_place=$m_node$m_member newer=$m_generation
    read_manifest "$1"
    was_mesh=$m_mesh was_place=$m_node$m_member was_state=$m_state was_branch=$m_branch older=$m_generation floor=$m_floor
    was_cluster=$m_cluster was_id=$m_id was_removed=$m_removed was_prefix=$prefix was_mesh_dir=$mesh_dir
    read_manifest "$bundle"
    if [ "$was_mesh" != "$now_mesh" ]; then
        refuse "a bundle of the mesh \`$was_mesh\` is installed here, and this one is of \`$now_mesh\`" \
            "run \`$1/install.sh --uninstall\` first: two meshes cannot share a clustermesh directory"
    fi
    if [ "$was_place" != "$now_place" ] && [ -z "$any" ]; then
        refuse "the bundle of \`$was_place\` is installed here, and this one is of \`$now_place\`" \
            "install the bundle of this machine; --any-host accepts this one"
    fi
    # Generations are counted per bundle. A rollback installs an older one.
    [ "$was_cluster/$was_place" = "$m_cluster/$now_place" ] || return 0
    if [ "$mode" = rollback ]; then
        # A rollback that has begun goes on: half of it would be worse.
        ! is_behind_floor || [ "$bundle" = "$state/rollback" ] || same_bundle "$bundle" "$state/next" ||
            refuse "generation $floor changed hosts, users or CAs of \`$m_cluster/$now_place\`: other clusters may no longer work with generation $newer" \
                "revert the change in mesh.yaml, run \`meshbundle generate\`, and install the new generation"
        return
    fi
    # A state that was restored from a backup goes on in a branch of its own, whatever the generations before it were.
    if [ "$m_state" = "$was_state" ] && [ "$m_branch" != "$was_branch" ]; then
        [ "$m_branch" -gt "$was_branch" ] ||
            refuse "this bundle was written before the state was restored from a backup, and a newer one is installed" \
                "install the newest archive"
        return 0
    fi
    way="install the newest archive"
    is_behind_floor || way="$way; --rollback ARCHIVE goes back to this one"
    [ "$newer" -ge "$older" ] || refuse "generation $older is installed, and this is generation $newer" "$way"
    [ "$newer" -gt "$older" ] || same_bundle "$1" "$bundle" ||
        refuse "another bundle of generation $older is installed: the two were generated from different states" \
            "find out which state is the right one; --rollback ARCHIVE installs this bundle"
}

# Whether what other clusters have may no longer work with this generation: they depend on what $floor changed, or on what changed in a
# later branch of the state. Another state counts its own generations.
is_behind_floor() {
    { [ "$newer" -lt "${floor:-0}" ] || [ "$m_branch" -lt "$was_branch" ]; } && { [ -z "$m_state" ] || [ "$m_state" = "$was_state" ]; }
}

# An installation for systemd and one for compose in the same target have separate records, and would overwrite each other.
check_runtime() {
    [ "$m_kind" = node ] || return 0
    case $m_runtime in
        compose) other=$root/var/lib/meshbundle/node ;;
        *) other=$root/.meshbundle/node ;;
    esac
    [ ! -d "$other/current" ] || refuse "this node is already installed for another runtime, in \`$other\`" "run \`$other/current/install.sh --uninstall\` first"
}
