# --- What is kept: the generation that is installed, the one before, and what others had there. A run that is killed finds
# itself again in these folders: `next` is being installed, `rollback` is being gone back to, `also` lists what may be left of
# others, and says that something was under way.

# From here on only one run at a time. `lock` is a link to the run that made it, PID.START. What a killed run has left, another takes
# over with a link `after.PID.START` to itself, and so on: the last one counts. A lock is only removed by the run that holds it, so
# of many that find the same run dead exactly one goes on.
take_lock() {
    made=''
    me=$$.$(started $$)
    while :; do
        make_folder "$state" 700
        # Somebody may have made it first.
        good_folders=''
        check_records
        # Only a folder has this name, with the slash.
        [ -L "$state/lock" ] || [ ! -d "$state/lock" ] || rm -rf "$state/lock/" || :
        follow_locks
        ! at_work "$holder" || fail "another one is at work here, as process ${holder%%.*}; if it is not, remove \`$state/lock\`"
        mine=$state/lock
        [ -z "$holder" ] || mine=$state/after.$holder
        if ln -s "$me" "$mine" 2>/dev/null; then
            # The run before may have gone meanwhile, and its lock with it.
            follow_locks
            [ "$holder" != "$me" ] || break
            [ -z "$holder" ] || rm -f "$mine"
        fi
        tries=$((tries + 1))
        [ "$tries" -lt 99 ] || refuse "\`$state/lock\` cannot be made" "run this as root; is the file system full, or mounted read-only?"
    done
    lock=$locks
    set +f
    for stray in "$state"/after.*; do
        has "$lock" "$stray" || rm -f "$stray"
    done
    set -f
    [ -z "$made" ] || printf '%s\n' "$made" >>"$state/made"
}

# The links that lead to the run that holds the lock, into $locks, and that run into $holder.
follow_locks() {
    locks=$state/lock holder=''
    next=$(readlink "$state/lock") || return 0
    while :; do
        holder=$next
        # Nothing else is made part of a path.
        case $holder in *[!0-9.]* | '') holder=unknown ;; esac
        next=$(readlink "$state/after.$holder") || break
        ! has "$locks" "$state/after.$holder" || fail "the locks in \`$state\` lead in a circle: remove them"
        locks=$locks$nl$state/after.$holder
    done
}

# The first link first: without it the others mean nothing.
release() {
    [ -z "$lock" ] || rm -f $lock
    lock=''
}

# When a process was started: numbers are given again (proc(5), stat, field 22).
started() {
    stat=$(cat "/proc/$1/stat" 2>/dev/null || :)
    IFS=' '
    set -- ${stat##*)}
    IFS=$nl
    [ $# -lt 20 ] || shift 19
    printf '%s\n' "${1:-0}"
}

# Whether the run that has left its number and its start, PID.START, goes on.
at_work() {
    case $1 in *[!0-9.]* | '' | .*) return 1 ;; esac
    kill -0 "${1%%.*}" 2>/dev/null || return 1
    [ "$(started "${1%%.*}")" = "${1#*.}" ]
}

# Makes a folder and those above it, and remembers which were not there: before it makes them, as it may be killed in between.
make_folder() {
    # Above a folder of `/` there is nothing to make.
    [ -n "$1" ] && [ ! -d "$1" ] || return 0
    make_folder "${1%/*}" 755
    if [ -d "$state" ]; then
        printf '%s\n' "$1" >>"$state/made"
    else
        made=$made${made:+$nl}$1
    fi
    mkdir -m "$2" "$1" 2>/dev/null || [ -d "$1" ] || fail "\`$1\` cannot be made"
}

# The records of a run that was killed while it changed them.
settle_records() {
    rm -rf "$state/incoming" "$state/trash" "$state/keeping"
    for name in made also pending pending.new; do
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

# Keeps the paths of a record that is about to go: some may have been placed.
remember() {
    listed "$1"
    printf '%s\n' "$paths" >>"$state/also"
}

# Copies the bundle, so that what is installed is what was checked, and puts it down as the next one.
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

# Keeps what others have put where ours goes, for --uninstall.
keep_others() {
    for path in $changes; do
        live "$path"
        [ -e "$at" ] || [ -L "$at" ] || continue
        ! has "$known" "$path" || continue
        kept=$state/before/$path
        [ ! -e "$kept" ] && [ ! -L "$kept" ] || continue
        mkdir -p "${kept%/*}"
        # Not beside it: what is in there will be put back.
        cp -pP "$at" "$state/keeping" && mv "$state/keeping" "$kept" || fail "\`$at\` cannot be kept in \`$state/before\`"
        say "keeps what others have put there: $at"
    done
}

# What is installed now is what was to be.
settle() {
    if [ "$mode" = rollback ]; then
        [ ! -d "$state/next" ] || mv "$state/next" "$state/rollback"
        if [ -d "$state/rollback" ]; then
            # Nothing else tells a run after this moment that it is not to go back once more.
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
    # Who is told by name that a cluster leaves will not want it back with --uninstall; and what is back is not ours any more.
    for path in $gone $back; do
        rm -f "$state/before/$path"
    done
    rm -rf "$state/trash"
    [ "$mode" = rollback ] || rm -f "$state/also"
}

# The folders that had to be made, the innermost first, into $made.
read_made() {
    made=''
    [ ! -f "$state/made" ] || while IFS= read -r line; do
        made=$line$nl$made
    done <"$state/made"
    check_made
}

# Nothing of this script stays: folders first, as the list of them goes with the records.
forget() {
    read_made
    remove_made
    [ ! -d "$state/current" ] || mv "$state/current" "$state/trash"
    set +f
    for entry in "$state"/* "$state"/.[!.]*; do
        case $entry in "$state/lock" | "$state"/after.*) ;; *) rm -rf "$entry" ;; esac
    done
    set -f
    release
    # Not if another run has the lock already.
    rmdir "$state" 2>/dev/null || :
    remove_made
    # Ours by its name, whoever has made it: a run may have been killed before it could write that down.
    rmdir "${state%/*}" 2>/dev/null || :
}

# Removes the folders that had to be made, as far as nothing is in them.
remove_made() {
    for folder in $made; do
        rmdir "$folder" 2>/dev/null || :
    done
}
