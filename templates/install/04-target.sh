# --- Paths on this machine.

# Finds the place of a path below the target, into $at. The clustermesh directory may be a link.
locate() {
    case $1 in
        "$mesh_dir"/*) at=$mesh_dir_at/${1#"$mesh_dir"/} ;;
        *) at=$root/$1 ;;
    esac
}

# Finds the place where its new content is staged, into $new.
locate_staged() {
    case $1 in
        "$mesh_dir"/*) new=$stage/${1#"$mesh_dir"/} ;;
        *)
            new=${at%/*}/.meshbundle-new.${at##*/}
            # A directory with this name is not part of a bundle.
            while [ -d "$new" ] && [ ! -L "$new" ]; do new=$new~; done
            ;;
    esac
}

# Finds the clustermesh directory, with links resolved, and the staging directory beside it.
find_mesh_dir() {
    mesh_dir_at='' stage='' mesh_dir_id='' checked_folder=''
    find_mounts
    [ -n "$mesh_dir" ] || return 0
    mesh_dir_at=$root/$mesh_dir
    if [ -d "$mesh_dir_at" ]; then
        resolve "$mesh_dir_at"
        mesh_dir_at=$real mesh_dir_id=$(stat -c %d:%i "$real")
        is_inside "$mesh_dir_at" || refuse "\`$root/$mesh_dir\` is a link to \`$mesh_dir_at\`, outside the target" "make it a folder in the target"
    fi
    stage=${mesh_dir_at%/*}/.meshbundle.${mesh_dir_at##*/}
    [ -d "$mesh_dir_at" ] || return 0
    # A rename works only within one file system and one mount.
    if [ "$(stat -c %d "$mesh_dir_at")" != "$(stat -c %d "${mesh_dir_at%/*}/")" ] || is_mounted "$mesh_dir_at"; then
        refuse "\`$mesh_dir_at\` is a mount point, so files cannot be staged beside it and renamed into it" \
            "mount the folder above it instead"
    fi
}
