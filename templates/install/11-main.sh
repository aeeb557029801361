# --- What is asked for, and the order of it all.

parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --root=* | --restart=*)
                word=$1
                shift
                set -- "${word%%=*}" "${word#*=}" "$@"
                continue
                ;;
            --root | --restart)
                [ $# -gt 1 ] || usage "\`$1\` needs a value"
                case $1 in
                    --root) root=$2 ;;
                    *) command=$2 ;;
                esac
                shift
                ;;
            --dry-run) dry=yes ;;
            --rollback | --uninstall)
                [ "$mode" = install ] || usage "--rollback and --uninstall exclude each other"
                mode=${1#--}
                ;;
            --any-host) any=yes ;;
            --change-identity) identity=yes ;;
            -h | --help)
                help
                exit 0
                ;;
            -*) usage "unknown option \`$1\`" ;;
            *)
                [ -z "$archive" ] || usage "one archive at a time"
                archive=$1
                ;;
        esac
        shift
    done
    [ "$mode" != uninstall ] || [ -z "$archive" ] || usage "--uninstall takes no archive"
}

# The folder of the bundle, into $bundle: the archive's, unpacked where nobody else can look, or the one that this script is in.
find_bundle() {
    if [ -z "$archive" ]; then
        bundle=${0%/*}
        [ "$bundle" != "$0" ] || bundle=.
        bundle=$(cd "$bundle" && pwd)
        [ -f "$bundle/manifest.json" ] || usage "there is no bundle around this script: name an archive"
        return
    fi
    [ -f "$archive" ] || usage "there is no archive \`$archive\`"
    scratch=$(mktemp -d) || fail "no folder to unpack the archive in"
    # Names and kinds before anything is unpacked: archives may come from anywhere.
    for line in $(tar -tvzf "$archive" 2>/dev/null || echo broken); do
        case $line in
            *' -> '* | *' link to '*) refuse "\`$archive\` has a link" "take the archive that meshbundle has written" ;;
            [-d]*' '/* | *../* | *'/..'*) refuse "\`$archive\` has paths that lead out of it" "take the archive that meshbundle has written" ;;
            [-d]*) ;;
            broken) refuse "\`$archive\` cannot be unpacked" "copy it again" ;;
            *) refuse "\`$archive\` has something that is neither file nor folder" "take the archive that meshbundle has written" ;;
        esac
    done
    tar -xzof "$archive" -C "$scratch" || refuse "\`$archive\` cannot be unpacked" "copy it again; is \`${TMPDIR:-/tmp}\` full?"
    set +f
    set -- "$scratch"/*
    set -f
    [ $# = 1 ] && [ -d "$1" ] || refuse "\`$archive\` does not unpack into one folder" "take the archive that meshbundle has written"
    bundle=$1
}

find_root() {
    if [ -z "$root" ]; then
        [ "$m_runtime" != compose ] || usage "the compose project's folder must be named: --root DIR"
        root=/
    fi
    [ -d "$root" ] || refuse "\`$root\` is no folder" "name the folder of the compose project, or the root of the node"
    root=$(cd "$root" && pwd)
    root=${root%/}
    case $root in *\\* | *"$nl"*) refuse "\`$root\` has a backslash or a new line in its name" "name another way to it" ;; esac
    case $m_runtime in
        compose) state=$root/.meshbundle/node ;;
        *) state=$root/var/lib/meshbundle/$m_kind ;;
    esac
}

# Of --rollback without an archive, the generation before; of --uninstall, the one that is installed.
find_kept() {
    case $mode in
        rollback)
            if [ -d "$state/rollback" ]; then
                bundle=$state/rollback
            elif [ -d "$state/next" ] && [ -d "$state/current" ]; then
                # An install that was stopped: back to what stood before it.
                bundle=$state/current
                [ -n "$dry" ] || {
                    remember "$state/next"
                    mv "$state/next" "$state/trash"
                }
            elif [ -f "$state/also" ]; then
                # A rollback that was stopped, after all of it or after it had put the stopped install away.
                bundle=$state/current
            elif [ -d "$state/previous" ]; then
                bundle=$state/previous
            else
                refuse "no generation before the one that is installed is kept in \`$state\`" "--rollback ARCHIVE, with an archive of that generation"
            fi
            check_bundle "$bundle"
            [ -n "$dry" ] || [ "$bundle" != "$state/previous" ] || {
                mv "$state/previous" "$state/rollback"
                bundle=$state/rollback
            }
            ;;
        uninstall)
            bundle=$state/current
            [ -d "$bundle" ] || bundle=$state/next
            if [ ! -d "$bundle" ]; then
                say "nothing is installed in \`${root:-/}\`"
                # A run that was killed at its very end has left something all the same.
                [ -n "$dry" ] || forget
                finish 0
            fi
            manifest "$bundle"
            ;;
    esac
}

# The files that others had, below $1, into $known: they come back.
kept_files() {
    set +f
    for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        if [ -d "$entry" ] && [ ! -L "$entry" ]; then
            kept_files "$entry"
        elif [ -e "$entry" ] || [ -L "$entry" ]; then
            known=$known${known:+$nl}${entry#"$state/before/"}
        fi
    done
    set -f
}

# Everything that can be said before anything is touched.
decide() {
    find_peers
    find_known
    if [ "$mode" = uninstall ]; then
        changes='' wanted=''
        kept_files "$state/before"
    else
        compare "$bundle"
    fi
    outdated
    for path in $changes $back $gone; do
        live "$path"
        check_file "$at"
        check_way "$at"
        restart_for "$path"
    done
    [ -z "$peers" ] || check_way "$stage"
    wiring
    [ -z "$wire" ] || needs agent
    case $m_runtime in
        external)
            [ "$mode" = uninstall ] || [ ! -f "$bundle/options/agent.env" ] ||
                [ "$(cat "$bundle/options/agent.env")" = "$(cat "$state/current/options/agent.env" 2>/dev/null || :)" ] || needs agent
            ;;
    esac
    for path in $changes; do
        say "  places  $root/$path"
    done
    for path in $back; do
        say "  returns $root/$path"
    done
    for path in $gone; do
        say "  removes $root/$path"
    done
    [ -z "$wire" ] || say "  links   $root/$wire -> docker-compose.clustermesh.yaml"
}

# Whether there is anything to do, be it to complete what was begun.
is_due() {
    [ -z "$changes$back$gone$wire" ] && [ "$mode" = install ] || return 0
    same_bundle "$bundle" "$state/current" || return 0
    [ -z "$peers" ] || [ -d "$peers_at" ] || return 0
    [ -d "$state/next" ] || [ -f "$state/pending" ] || [ -f "$state/also" ]
}

tell_what_to_restart() {
    [ "$restart" != none ] || return 0
    case $m_kind:$m_runtime in
        member:*) say "to do: restart etcd, one member after another" ;;
        node:compose) say "to do: docker-compose up -d, in \`$root\`" ;;
        node:systemd)
            todo='systemctl daemon-reload'
            case $restart in *agent*) todo="$todo && systemctl restart $m_unit" ;; esac
            case $restart in
                *announce*)
                    if has "$wanted" etc/systemd/system/clustermesh-announce.service; then
                        # Its start is over when its etcd has answered, which may be never: nobody waits for that.
                        todo="$todo && systemctl enable clustermesh-announce.service"
                        todo="$todo && systemctl restart --no-block clustermesh-announce.service"
                    else
                        todo="systemctl disable --now clustermesh-announce.service; $todo"
                    fi
                    ;;
            esac
            say "to do: $todo"
            ;;
        *) say "to do: give the agent the options in \`$state/current/options\`, and restart it" ;;
    esac
}

parse "$@"
for tool in cat chmod chown cp gzip id ln mkdir mktemp mv readlink rm rmdir sha256sum stat sync tar uname; do
    command -v "$tool" >/dev/null || fail "this machine has no \`$tool\`"
done
trap cleanup EXIT
trap 'exit 2' HUP INT TERM
find_bundle
if [ "$mode" = install ] || [ -n "$archive" ]; then
    check_bundle "$bundle"
else
    manifest "$bundle"
fi
find_root
[ "$mode" = uninstall ] || {
    check_host
    check_owner
}
if [ -z "$dry" ] && [ -d "$state" ]; then
    take_lock
    settle_records
fi
[ -n "$archive" ] || find_kept
if [ "$mode" != uninstall ]; then
    check_installed "$state/current" "$bundle"
    check_identity "$bundle" "$state/current"
fi
[ ! -f "$state/pending" ] || for due in $(cat "$state/pending"); do needs "$due"; done
decide
[ "$mode" = uninstall ] || {
    report_unit
    report_strangers
    report_hosts "$bundle"
}
if ! is_due; then
    say "unchanged: generation $m_generation of \`$m_cluster/$m_node$m_member\`"
    finish 0
fi
changed=yes
if [ -n "$dry" ]; then
    say "dry run: nothing was done"
    finish 0
fi
if [ -z "$lock" ]; then
    take_lock
    [ ! -d "$state/current" ] && [ ! -d "$state/next" ] || fail "another run has just installed something here: run it again"
fi

# From here on something is done. What stands in the way was found above, or leaves whole files behind.
keep_others
case $mode in
    install) record "$bundle" && [ ! -d "$state/next" ] || bundle=$state/next ;;
    rollback) [ -z "$archive" ] || { record "$bundle" && bundle=$state/next; } ;;
esac
if [ "$restart" != none ]; then
    (IFS=,; printf '%s\n' $restart) >"$state/pending.new"
    mv "$state/pending.new" "$state/pending"
fi
stage_changes "$bundle"
sync
[ "$mode" != uninstall ] || unwire
apply
touched=yes
if [ "$mode" = uninstall ]; then
    say "uninstalled: \`$m_cluster/$m_node$m_member\`"
else
    settle
    say "done: generation $m_generation of \`$m_cluster/$m_node$m_member\`"
fi
if [ -n "$command" ] && [ "$restart" != none ]; then
    MESHBUNDLE_RESTART=$restart sh -c "$command" >&2 || fail "the command of --restart has failed; the next run tries again"
else
    tell_what_to_restart
fi
printf 'changed=%s restart=%s\n' "$changed" "$restart"
# Only now nobody can miss it any more.
if [ "$mode" = uninstall ]; then
    forget
else
    rm -f "$state/pending" "$state/also"
fi
