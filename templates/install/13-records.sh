# --- Records: the installed generation, the previous one, and files that were there before. After a kill, the next run learns from
# them what was under way: `next` is being installed, a rollback goes to `rollback`, and `also` lists paths that other bundles may have
# left. If `also` exists, a run was interrupted.

# From here on, only one run at a time. `lock` is a link to the run that made it, PID.START. If that run was killed, another run takes over
# with a link `after.PID.START` to itself, and so on: the last one counts. Only the run that holds a lock removes it. So if many runs find
# a dead one, exactly one of them continues.
take_lock() {
    made=''
    me=$$.$(print_start_time $$)
    while :; do
        make_folder "$state" 700
        # Another run may have created it.
        checked_folders=''
        check_records
        # The slash makes sure that only a directory is removed.
        [ -L "$state/lock" ] || [ ! -d "$state/lock" ] || rm -rf "$state/lock/" || :
        follow_locks
        ! is_running "$holder" || fail "another run is active, process ${holder%%.*}; if that is no install.sh, remove \`$state/lock\`"
        mine=$state/lock
        [ -z "$holder" ] || mine=$state/after.$holder
        if ln -s "$me" "$mine" 2>/dev/null; then
            # The earlier run may have ended meanwhile, and removed its lock.
            follow_locks
            [ "$holder" != "$me" ] || break
            # Where a folder was in the way, the link went into it, and by now its name may be another run's lock.
            [ "$(readlink "$mine" || :)" != "$me" ] || rm -f "$mine"
        fi
        tries=$((tries + 1))
        [ "$tries" -lt 99 ] || refuse "\`$state/lock\` cannot be created" "run this as root; check that the file system is not full or mounted read-only"
    done
    lock=$locks
    set +f
    for stray in "$state"/after.*; do
        has "$lock" "$stray" || rm -f "$stray"
    done
    set -f
    [ -z "$made" ] || printf '%s\n' "$made" >>"$state/made"
}

# Follows the links to the run that holds the lock. The links go into $locks, the run into $holder.
follow_locks() {
    locks=$state/lock holder=''
    next=$(readlink "$state/lock") || return 0
    while :; do
        holder=$next
        # No other text may become part of a path.
        case $holder in *[!0-9.]* | '') holder=unknown ;; esac
        next=$(readlink "$state/after.$holder") || break
        ! has "$locks" "$state/after.$holder" || fail "the links \`lock\` and \`after.*\` in \`$state\` form a loop: remove them"
        locks=$locks$nl$state/after.$holder
    done
}

# Removes the first link first: the others have no meaning without it.
release() {
    [ -z "$lock" ] || rm -f $lock
    lock=''
}

# Prints the start time of a process, because process ids are reused (proc(5), stat, field 22).
print_start_time() {
    stat=$(cat "/proc/$1/stat" 2>/dev/null || :)
    IFS=' '
    set -- ${stat##*)}
    IFS=$nl
    [ $# -lt 20 ] || shift 19
    printf '%s\n' "${1:-0}"
}

# Whether the run PID.START still exists.
is_running() {
    case $1 in *[!0-9.]* | '' | .*) return 1 ;; esac
    kill -0 "${1%%.*}" 2>/dev/null || return 1
    [ "$(print_start_time "${1%%.*}")" = "${1#*.}" ]
}

# Creates a directory and its parents. It records those that are new before it creates them, because it may be killed in between.
make_folder() {
    # The parent of a directory in `/` is the empty string.
    [ -n "$1" ] && [ ! -d "$1" ] || return 0
    make_folder "${1%/*}" 755
    if [ -d "$state" ]; then
        printf '%s\n' "$1" >>"$state/made"
    else
        made=$made${made:+$nl}$1
    fi
    mkdir -m "$2" "$1" 2>/dev/null || [ -d "$1" ] || fail "\`$1\` cannot be created"
}

# Repairs records that a killed run left half changed.
repair_records() {
    rm -rf "$state/incoming" "$state/trash" "$state/keeping"
    for name in made also pending pending.new due due.new due.now counter counter.new; do
        [ ! -d "$state/$name" ] || rm -rf "${state:?}/$name"
    done
    if [ ! -d "$state/current" ]; then
        if [ -d "$state/rollback" ]; then
            mv "$state/rollback" "$state/current"
        elif [ -d "$state/previous" ] && [ -d "$state/next" ]; then
            mv "$state/next" "$state/current"
        elif [ ! -d "$state/next" ] && [ ! -f "$state/also" ]; then
            rm -rf "$state/before" "$state/also" "$state/pending"
        fi
    fi
    if [ -d "$state/rollback" ] && { [ "$mode" != rollback ] || [ -n "$archive" ]; }; then
        remember "$state/rollback"
        mv "$state/rollback" "$state/previous"
    fi
}

# Keeps the paths of a record before it is removed: some of them may be installed.
remember() {
    read_sums "$1"
    printf '%s\n' "$paths" >>"$state/also"
}

# Records a copy of the bundle as the next one. The copy is checked, and then installed.
record() {
    ! same_bundle "$1" "$state/next" || return 0
    if ! same_bundle "$1" "$state/current"; then
        mkdir "$state/incoming" && cp -R "$1/." "$state/incoming/" || fail "\`$1\` cannot be copied to \`$state\`"
        (cd "$state/incoming" && sha256sum -c SHA256SUMS) >/dev/null 2>&1 || fail "the copy in \`$state/incoming\` is damaged"
    fi
    if [ -d "$state/next" ]; then
        remember "$state/next"
        mv "$state/next" "$state/trash"
    fi
    [ ! -d "$state/incoming" ] || mv "$state/incoming" "$state/next"
}

# Keeps files that another tool wrote to the bundle's paths, for --uninstall.
keep_foreign_files() {
    for path in $changes; do
        locate "$path"
        [ -e "$at" ] || [ -L "$at" ] || continue
        ! has "$known" "$path" || continue
        kept=$state/before/$path
        [ ! -e "$kept" ] && [ ! -L "$kept" ] || continue
        mkdir -p "${kept%/*}"
        # Not in `before`: --uninstall restores every file in it.
        cp -pP "$at" "$state/keeping" && mv "$state/keeping" "$kept" || fail "\`$at\` cannot be copied to \`$state/before\`"
        report "  keeps   $at (not from a bundle; --uninstall restores it)"
    done
}

# Records that the installation is complete.
complete_records() {
    if [ "$mode" = rollback ]; then
        [ ! -d "$state/next" ] || mv "$state/next" "$state/rollback"
        if [ -d "$state/rollback" ]; then
            # `also` keeps the next run from a second rollback if this one is killed here.
            : >>"$state/also"
            rm -rf "$state/previous"
            mv "$state/current" "$state/trash"
            mv "$state/rollback" "$state/current"
        fi
    elif [ -d "$state/next" ]; then
        if [ -d "$state/current" ]; then
            rm -rf "$state/previous"
            mv "$state/current" "$state/previous"
        fi
        mv "$state/next" "$state/current"
    fi
    # --uninstall must not restore a cluster that was removed by name. Restored files no longer belong to the bundle.
    for path in $gone $back; do
        rm -f "$state/before/$path"
    done
    rm -rf "$state/trash"
    [ "$mode" = rollback ] || rm -f "$state/also"
}

# Reads the directories that were created into $made, the innermost first.
read_made() {
    made=''
    [ ! -f "$state/made" ] || while IFS= read -r line; do
        made=$line$nl$made
    done <"$state/made"
    check_made
}

# Removes the records, after the created directories: the records list those.
remove_records() {
    read_made
    remove_made
    [ ! -d "$state/current" ] || mv "$state/current" "$state/trash"
    set +f
    for entry in "$state"/* "$state"/.[!.]*; do
        case $entry in "$state/lock" | "$state"/after.*) ;; *) rm -rf "$entry" ;; esac
    done
    set -f
    release
    # Fails if another run has created a lock already.
    rmdir "$state" 2>/dev/null || :
    remove_made
    # A run may have been killed before it recorded that it created this one. The name belongs to meshbundle.
    rmdir "${state%/*}" 2>/dev/null || :
}

# Removes the created directories that are empty.
remove_made() {
    for folder in $made; do
        rmdir "$folder" 2>/dev/null || :
    done
}
