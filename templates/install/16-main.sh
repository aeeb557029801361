# --- The order of it all.

# Everything that can be said before anything is touched.
decide() {
    find_peers
    if [ "$mode" = uninstall ]; then
        # What others had here comes back.
        changes='' wanted='' found=''
        walk "$state/before"
        for kept in $found; do
            known=$known${known:+$nl}${kept#"$state/before/"}
        done
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
    report_moved
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
        node:compose)
            todo='docker-compose up -d'
            [ "$mode" != uninstall ] || todo="$todo --remove-orphans"
            say "to do: $todo, in \`$root\`"
            ;;
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

# All of it in one function: a script that is cut off on its way does nothing.
main() {
    trap at_exit EXIT
    trap 'exit 2' HUP INT TERM PIPE
    parse "$@"
    for tool in cat chmod chown cp gzip id ln mkdir mktemp mv readlink rm rmdir sha256sum stat sync tar uname; do
        command -v "$tool" >/dev/null || fail "this machine has no \`$tool\`"
    done
    sweep
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
        check_runtime
    }
    if [ -z "$dry" ] && [ -d "$state" ]; then
        take_lock
        settle_records
    fi
    [ -n "$archive" ] || find_kept
    find_known
    find_composed
    check_installed "$state/current"
    [ "$mode" = uninstall ] || {
        check_identity "$state/current"
        check_start
    }
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
    carry_out
}

# Here something is done. What stands in the way was found before, or leaves whole files behind.
carry_out() {
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
    staging='' touched=yes
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
    ended=yes
    printf 'changed=%s restart=%s\n' "$changed" "$restart" || exit 2
    # Only now nobody can miss it any more.
    if [ "$mode" = uninstall ]; then
        forget
    else
        rm -f "$state/pending" "$state/also"
    fi
    exit 0
}

main "$@"
