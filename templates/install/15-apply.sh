# --- The only part that changes files that agents watch.

# Stages the new content of $changes, from the payload of $1, and of $back.
stage_changes() {
    drop_staged
    staging=yes
    if [ -n "$mesh_dir" ]; then
        # Agents do not start without the directory. It may be empty.
        make_folder "$mesh_dir_at" 755
        mesh_dir_id=${mesh_dir_id:-$(stat -c %d:%i "$mesh_dir_at")}
        mkdir -m 700 "$stage" || fail "\`$stage\` cannot be made"
    fi
    public='' secret=''
    for path in $changes; do
        stage_one "$1/payload/$path" -P
        case $path in
            *.key) secret=$secret${secret:+$nl}$new ;;
            *) public=$public${public:+$nl}$new ;;
        esac
    done
    for path in $back; do
        stage_one "$state/before/$path" -pP
    done
    [ -z "$public" ] || chmod 644 $public
    [ -z "$secret" ] || chmod 600 $secret
    [ -n "$public$secret" ] && [ "$(id -u)" = 0 ] || return 0
    chown "${m_owner:-0:0}" $public $secret 2>/dev/null || {
        drop_staged
        unknown_owner
    }
}

# stage_one FROM OPTIONS: stages $path with cp
stage_one() {
    locate "$path"
    locate_staged "$path"
    case $path in "$mesh_dir"/*) ;; *) make_folder "${at%/*}" 755 ;; esac
    cp "$2" "$1" "$new" || fail "\`$new\` cannot be written"
}

# Removes the files that this run or a killed run has staged.
drop_staged() {
    for path in $known $wanted; do
        case $path in "$mesh_dir"/*) continue ;; esac
        locate "$path"
        locate_staged "$path"
        rm -f "$new"
    done
    [ -z "$stage" ] || rm -rf "$stage"
    staging=''
}

# Enters the clustermesh directory, so that later steps need no path to it. It must be the directory that was checked.
enter_mesh_dir() {
    [ -n "$mesh_dir" ] || return 0
    from=$PWD
    cd -P "$mesh_dir_at" && [ "$(stat -c %d:%i .)" = "$mesh_dir_id" ] && [ ! -L "$mesh_dir_at" ] ||
        fail "\`$mesh_dir_at\` was replaced during this run: find out which program did it"
    mesh_dir_at=. stage=../${stage##*/}
}

# Returns to the working directory, where the command of --restart runs.
leave_mesh_dir() {
    [ -n "$mesh_dir" ] || return 0
    stage=''
    cd "$from" || cd /
}

rename() {
    locate "$1"
    locate_staged "$1"
    mv -f "$new" "$at" || fail "\`$root/$1\` cannot be replaced"
    touched=yes
}

remove() {
    locate "$1"
    rm -f "$at" || fail "\`$root/$1\` cannot be removed"
    touched=yes
}

# Applies all changes, in the order that keeps agents connected.
apply() {
    enter_mesh_dir
    for path in $changes $back; do
        case $path in "$mesh_dir"/*) is_config "$path" || rename "$path" ;; esac
    done
    for path in $changes $back; do
        case $path in "$mesh_dir"/*) ;; *) rename "$path" ;; esac
    done
    for path in $changes $back; do
        ! is_config "$path" || rename "$path"
    done
    for path in $gone; do
        ! is_config "$path" || remove "$path"
    done
    for path in $gone; do
        is_config "$path" || remove "$path"
    done
    [ -z "$wire" ] || ln -s docker-compose.clustermesh.yaml "$root/$wire" || fail "\`$root/$wire\` cannot be created"
    [ -z "$stage" ] || rm -rf "$stage"
    leave_mesh_dir
}
