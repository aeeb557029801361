# --- What is kept: the generation that is installed, the one before, and what others had there. A run that is killed finds
# itself again in these folders: `next` is being installed, `rollback` is being gone back to, `also` lists what may be left of
# others, and says that something was under way.

# From here on only one run at a time. A lock whose process has gone was left by one that was killed.
take_lock() {
    made=''
    make_folder "$state" 700
    while ! mkdir "$state/lock" 2>/dev/null; do
        [ -d "$state/lock" ] || refuse "\`$state\` cannot be written" "run this as root; is the file system mounted read-only?"
        pid=$(cat "$state/lock/pid" 2>/dev/null || :)
        ! at_work "$pid" || fail "another one is at work here, as process $pid; if it is not, remove \`$state/lock\`"
        rm -rf "$state/lock" || fail "\`$state/lock\` cannot be removed"
    done
    lock=$state/lock
    printf '%s\n' "$$" >"$lock/pid"
    [ -z "$made" ] || printf '%s\n' "$made" >>"$state/made"
}

# Whether a process is a run of this script: numbers are given again.
at_work() {
    [ -n "$1" ] && kill -0 "$1" 2>/dev/null || return 1
    [ -r "/proc/$1/cmdline" ] || return 0
    case $(cat "/proc/$1/cmdline" 2>/dev/null || :) in *install*) return 0 ;; esac
    return 1
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
    mkdir -m "$2" "$1" || fail "\`$1\` cannot be made"
}

# The records of a run that was killed while it changed them.
settle_records() {
    rm -rf "$state/incoming" "$state/trash" "$state/keeping"
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

# Nothing of this script stays: folders first, as the list of them goes with the records.
forget() {
    made=''
    [ ! -f "$state/made" ] || while IFS= read -r line; do
        made=$line$nl$made
    done <"$state/made"
    remove_made
    [ ! -d "$state/current" ] || mv "$state/current" "$state/trash"
    rm -rf "$state"
    lock=''
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
