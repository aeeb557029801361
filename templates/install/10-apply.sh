# --- The only part that touches what agents watch.

# Writes the new content of $changes where it will be renamed from. $1: the folder that it comes from, $2: how cp copies.
stage_changes() {
    if [ -n "$peers" ]; then
        # Agents do not start without the folder, be it empty.
        make_folder "$peers_at" 755
        rm -rf "$stage"
        mkdir -m 700 "$stage" || fail "\`$stage\` cannot be made"
    fi
    # What a run that was killed has staged elsewhere stays there if nobody wants to change that file any more.
    left=''
    for path in $known$nl$wanted; do
        case $path in "$peers"/*) continue ;; esac
        live "$path"
        staged "$path"
        left=$left${left:+$nl}$new
    done
    [ -z "$left" ] || rm -f $left
    public='' secret=''
    for path in $changes; do
        live "$path"
        staged "$path"
        case $path in "$peers"/*) ;; *) make_folder "${at%/*}" 755 ;; esac
        cp "$2" "$1/$path" "$new" || fail "\`$new\` cannot be written"
        [ "$2" != -pP ] || continue
        case $path in
            *.key) secret=$secret${secret:+$nl}$new ;;
            *) public=$public${public:+$nl}$new ;;
        esac
    done
    [ -z "$public" ] || chmod 644 $public
    [ -z "$secret" ] || chmod 600 $secret
    [ -n "$public$secret" ] && [ "$(id -u)" = 0 ] || return 0
    chown "${m_owner:-0:0}" $public $secret 2>/dev/null || {
        drop_staged
        refuse "the files cannot be given to \`$m_owner\`" \
            "make the user and the group on this machine, or name the right ones as \`owner\` in the mesh"
    }
}

drop_staged() {
    for path in $changes; do
        live "$path"
        staged "$path"
        rm -f "$new"
    done
    [ -z "$stage" ] || rm -rf "$stage"
}

rename() {
    live "$1"
    staged "$1"
    mv -f "$new" "$at" || fail "\`$at\` cannot be replaced"
    touched=yes
}

remove() {
    live "$1"
    rm -f "$at" || fail "\`$at\` cannot be removed"
    touched=yes
}

# Everything that changes, in the order in which agents can bear it.
apply() {
    for path in $changes; do
        case $path in "$peers"/*) is_config "$path" || rename "$path" ;; esac
    done
    for path in $changes; do
        case $path in "$peers"/*) ;; *) rename "$path" ;; esac
    done
    for path in $changes; do
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
}
