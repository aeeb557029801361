# --- The order of all steps.

# Finds and reports all changes before anything is changed.
plan_changes() {
    find_mesh_dir
    if [ "$mode" = uninstall ]; then
        # Files that were there before the first install come back.
        changes='' wanted='' found=''
        walk "$state/before"
        for kept in $found; do
            known=$known${known:+$nl}${kept#"$state/before/"}
        done
    else
        compare "$bundle"
    fi
    find_outdated
    for path in $changes $back $gone; do
        locate "$path"
        check_file "$at"
        check_path "$at"
        restart_for "$path"
    done
    [ -z "$mesh_dir" ] || check_path "$stage"
    plan_link
    [ -z "$wire" ] || add_restart agent
    case $m_runtime in
        external)
            [ "$mode" = uninstall ] || [ ! -f "$bundle/options/agent.env" ] ||
                [ "$(cat "$bundle/options/agent.env")" = "$(cat "$state/current/options/agent.env" 2>/dev/null || :)" ] || add_restart agent
            ;;
    esac
    report_moved
    for path in $changes; do
        report "  places  $root/$path"
    done
    for path in $back; do
        report "  returns $root/$path"
    done
    for path in $gone; do
        report "  removes $root/$path"
    done
    [ -z "$wire" ] || report "  links   $root/$wire -> docker-compose.clustermesh.yaml"
}

# Whether there is anything to do, or an interrupted run to complete.
is_needed() {
    [ -z "$changes$back$gone$wire" ] && [ "$mode" = install ] || return 0
    same_bundle "$bundle" "$state/current" || return 0
    [ -z "$mesh_dir" ] || [ -d "$mesh_dir_at" ] || return 0
    [ -d "$state/next" ] || [ -f "$state/pending" ] || [ -f "$state/also" ]
}

report_restart() {
    [ "$restart" != none ] || return 0
    case $m_kind:$m_runtime in
        member:*) report "to do: restart etcd, one member after another" ;;
        node:compose)
            todo='docker-compose up -d'
            [ "$mode" != uninstall ] || todo="$todo --remove-orphans"
            report "to do: $todo, in \`$root\`"
            ;;
        node:systemd)
            todo='systemctl daemon-reload'
            case $restart in *agent*) todo="$todo && systemctl restart $m_unit" ;; esac
            case $restart in
                *announce*)
                    if has "$wanted" etc/systemd/system/clustermesh-announce.service; then
                        # The unit is started when its etcd has answered. That may take forever, so the command does not wait.
                        todo="$todo && systemctl enable clustermesh-announce.service"
                        todo="$todo && systemctl restart --no-block clustermesh-announce.service"
                    else
                        todo="systemctl disable --now clustermesh-announce.service; $todo"
                    fi
                    ;;
            esac
            report "to do: $todo"
            ;;
        *) report "to do: pass the options in \`$state/current/options\` to the agent, and restart it" ;;
    esac
}

# One function with all steps: a script that was truncated in a copy does nothing.
main() {
    trap at_exit EXIT
    trap 'exit 2' HUP INT TERM PIPE
    parse "$@"
    for tool in cat chmod chown cp gzip id ln mkdir mktemp mv readlink rm rmdir sha256sum stat sync tar uname; do
        command -v "$tool" >/dev/null || fail "\`$tool\` is not installed"
    done
    remove_stale_scratch
    find_bundle
    if [ "$mode" = install ] || [ -n "$archive" ]; then
        check_bundle "$bundle"
    else
        read_manifest "$bundle"
    fi
    find_root
    case $mode in receipt | restarted) report_installed ;; esac
    [ "$mode" = uninstall ] || {
        check_host
        check_owner
        check_runtime
    }
    if [ -z "$dry" ] && [ -d "$state" ]; then
        take_lock
        repair_records
    fi
    [ -n "$archive" ] || find_kept_bundle
    find_known
    find_compose_files
    check_installed "$state/current"
    [ "$mode" = uninstall ] || {
        check_identity "$state/current"
        check_start
    }
    [ ! -f "$state/pending" ] || for due in $(cat "$state/pending"); do add_restart "$due"; done
    plan_changes
    [ "$mode" = uninstall ] || {
        report_unit
        report_strangers
        report_hosts "$bundle"
    }
    if ! is_needed; then
        report "unchanged: generation $m_generation of \`$m_cluster/$m_node$m_member\`"
        [ -n "$dry" ] || print_installed
        finish 0
    fi
    changed=yes
    if [ -n "$dry" ]; then
        report "dry run: nothing was changed"
        finish 0
    fi
    if [ -z "$lock" ]; then
        take_lock
        [ ! -d "$state/current" ] && [ ! -d "$state/next" ] || fail "another run has just installed a bundle here: run it again"
    fi
    execute
}

# Makes the changes. Problems were found before. If a step fails all the same, every file is complete, old or new.
execute() {
    keep_foreign_files
    case $mode in
        install) record "$bundle" && [ ! -d "$state/next" ] || bundle=$state/next ;;
        rollback)
            if [ -n "$archive" ]; then
                record "$bundle" && bundle=$state/next
            elif [ "$bundle" = "$state/previous" ]; then
                mv "$state/previous" "$state/rollback"
                bundle=$state/rollback
            elif [ -d "$state/next" ]; then
                remember "$state/next"
                mv "$state/next" "$state/trash"
            fi
            ;;
    esac
    if [ "$restart" != none ]; then
        list_restarts >"$state/pending.new"
        mv "$state/pending.new" "$state/pending"
        add_due
    fi
    stage_changes "$bundle"
    sync
    [ "$mode" != uninstall ] || remove_link
    apply
    staging='' touched=yes installed=$m_generation
    if [ "$mode" = uninstall ]; then
        installed=0
        report "uninstalled: \`$m_cluster/$m_node$m_member\`"
        # No record is left that could refuse an older one.
        [ -z "$m_floor" ] || report "note: install generation $m_floor or later if it comes back: other clusters may no longer work with an earlier one"
    else
        complete_records
        report "done: generation $m_generation of \`$m_cluster/$m_node$m_member\`"
    fi
    add_due
    count_on
    if [ -n "$command" ] && [ "$restart" != none ]; then
        MESHBUNDLE_RESTART=$restart sh -c "$command" >&2 || fail "the command of --restart failed; the next run tries again"
        for one in $(list_restarts); do drop_due "$one"; done
    else
        report_restart
    fi
    read_due
    print_receipt "$installed"
    ended=yes
    printf 'changed=%s restart=%s\n' "$changed" "$restart" || exit 2
    # The last line is out, so a restart that is due cannot be missed.
    if [ "$mode" = uninstall ]; then
        remove_records
    else
        rm -f "$state/pending" "$state/also"
    fi
    exit 0
}

main "$@"
