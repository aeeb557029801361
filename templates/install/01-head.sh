#!/bin/sh
# Installs a bundle of meshbundle while agents may be running. See `./install.sh --help`.
# It needs only a POSIX shell (dash, busybox ash), the basic coreutils, tar, gzip and sha256sum.
#
# An agent takes every file that appears in its clustermesh directory for a cluster. When the file disappears, the cluster has left.
# So the script never writes there. It stages files beside the directory and renames them into it, credentials before the configs that
# name them. When a cluster leaves, its config is removed first. The script can be killed after any step. The next run continues.
set -euf
umask 077
export LC_ALL=C
unset CDPATH

nl='
'
cr=$(printf '\r')
blank=' 	'
bom=$(printf '\357\273\277')
# Lists are lines.
IFS=$nl
root='' dry='' mode=install any='' any_etcd='' identity='' command='' archive='' scratch='' lock=''
changed=no restart=none touched='' ended='' staging='' needed='' wire='' tries=0 known='' wanted='' stage='' restarted='' due='' counter=0

print_help() {
    cat <<'HELP'
usage: ./install.sh [OPTIONS]              from the unpacked bundle
       install.sh [OPTIONS] ARCHIVE.tar.gz

  --root DIR          install below DIR; required for a compose project (its folder); default: /
  --dry-run           report what would change, and change nothing
  --rollback          install the previous generation again, or ARCHIVE, which may be older; not behind a change of hosts, users or
                      CAs, because other clusters may no longer work with what was before it
  --uninstall         remove everything, and restore the files that were there before
  --any-host          accept a bundle for a node with another name than this machine
  --any-etcd          for a member: accept an etcd here that would not start, or would ignore the installed files
  --change-identity   accept another cluster name or id; all workloads of the cluster must be restarted afterwards
  --receipt           print a new receipt of what is installed
  --restarted WHAT    note that agent, announce or etcd was restarted, and print the receipt
  --restart CMD       run CMD with sh if something must be restarted; $MESHBUNDLE_RESTART lists what

stdout is for programs. Its last line is changed=yes|no restart=none|WHAT, where WHAT is a comma-separated list of agent, announce and
etcd. The line before is the receipt: `meshbundle rollout record` takes it, among any other lines. A dry run and a refusal print none.
Only changed options need a restart. A cluster that is added, changed or removed needs none. After an interruption, run it again.
exit status: 0 done, or nothing to do; 1 refused, nothing was changed; 2 failed, or wrong usage
HELP
}

# Prints each argument as a line. Nothing else writes to the terminal, because file names and file content are not trusted.
# stderr may be closed.
report() {
    for message in "$@"; do
        escape "$message"
        printf '%s\n' "$visible" >&2 2>/dev/null || :
    done
}

# Replaces every byte that is not printable ASCII with \ooo, into $visible: it could move the cursor, hide text or begin a line.
escape() {
    hidden=$1 visible=''
    while :; do
        case $hidden in *[!\ -~]*) ;; *) break ;; esac
        visible=$visible${hidden%%[!\ -~]*}
        hidden=${hidden#"${hidden%%[!\ -~]*}"}
        byte=$(($(printf %d "'${hidden%"${hidden#?}"}") & 255))
        visible=$visible\\$((byte / 64))$((byte / 8 % 8))$((byte % 8))
        hidden=${hidden#?}
    done
    visible=$visible$hidden
}

# quote WORD: quotes it for a shell, into $quoted, so that a help line can be pasted
quote() {
    quoted='' unquoted=$1
    while :; do
        case $unquoted in *\'*) ;; *) break ;; esac
        quoted=$quoted${unquoted%%\'*}"'\\''"
        unquoted=${unquoted#*\'}
    done
    quoted="'$quoted$unquoted'"
}

# refuse WHY HELP…: exits before anything was changed
refuse() {
    why=$1
    shift
    report "refusing to install: $why" "help: $1"
    shift
    report "$@"
    changed=no restart=none
    finish 1
}

fail() {
    report "install.sh: $1"
    [ -z "$touched" ] || report "every installed file is complete; run it again to finish"
    exit 2
}

usage() {
    report "install.sh: $1" "help: ./install.sh --help"
    exit 2
}

# finish STATUS: prints the last line, which is for programs, and exits
finish() {
    ended=yes
    printf 'changed=%s restart=%s\n' "$changed" "$restart" || exit 2
    exit "$1"
}

# Runs at every exit: after a signal, on a full disk, when a program fails.
at_exit() {
    if [ -z "$ended" ]; then
        [ -n "$touched" ] || changed=no restart=none
        printf 'changed=%s restart=%s\n' "$changed" "$restart" || :
    fi
    [ -z "$staging" ] || drop_staged
    [ -z "$scratch" ] || rm -rf "$scratch"
    release
    [ -n "$ended" ] || exit 2
}

# has LIST LINE: whether the list has this line
has() {
    case $nl$1$nl in
        *"$nl$2$nl"*) return 0 ;;
    esac
    return 1
}
