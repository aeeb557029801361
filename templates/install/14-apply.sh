# --- The only part that touches what agents watch.

# Writes the new content of $changes, from the payload of $1, and of $back where it will be renamed from.
stage_changes() {
    drop_staged
    staging=yes
    if [ -n "$peers" ]; then
        # Agents do not start without the folder, be it empty.
        make_folder "$peers_at" 755
        peers_id=${peers_id:-$(stat -c %d:%i "$peers_at")}
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

# stage_one FROM HOW: $path, copied by cp
stage_one() {
    live "$path"
    staged "$path"
    case $path in "$peers"/*) ;; *) make_folder "${at%/*}" 755 ;; esac
    cp "$2" "$1" "$new" || fail "\`$new\` cannot be written"
}

# Removes what this run, or one that was killed, has staged.
drop_staged() {
    for path in $known $wanted; do
        case $path in "$peers"/*) continue ;; esac
        live "$path"
        staged "$path"
        rm -f "$new"
    done
    [ -z "$stage" ] || rm -rf "$stage"
    staging=''
}

# Works in the folder of peers itself from here on, by whatever way it is reached: it must be the one that was checked.
enter_peers() {
    [ -n "$peers" ] || return 0
    from=$PWD
    cd -P "$peers_at" && [ "$(stat -c %d:%i .)" = "$peers_id" ] && [ ! -L "$peers_at" ] ||
        fail "\`$peers_at\` is another folder than a moment ago: find out who has replaced it"
    peers_at=. stage=../${stage##*/}
}

# Back to where the command of --restart is expected to run.
leave_peers() {
    [ -n "$peers" ] || return 0
    stage=''
    cd "$from" || cd /
}

rename() {
    live "$1"
    staged "$1"
    mv -f "$new" "$at" || fail "\`$root/$1\` cannot be replaced"
    touched=yes
}

remove() {
    live "$1"
    rm -f "$at" || fail "\`$root/$1\` cannot be removed"
    touched=yes
}

# Everything that changes, in the order in which agents can bear it.
apply() {
    enter_peers
    for path in $changes $back; do
        case $path in "$peers"/*) is_config "$path" || rename "$path" ;; esac
    done
    for path in $changes $back; do
        case $path in "$peers"/*) ;; *) rename "$path" ;; esac
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
    [ -z "$wire" ] || ln -s docker-compose.clustermesh.yaml "$root/$wire" || fail "\`$root/$wire\` cannot be made"
    [ -z "$stage" ] || rm -rf "$stage"
    leave_peers
}
