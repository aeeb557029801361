#!/bin/sh
# Installs a bundle of meshbundle where agents may be watching. `./install.sh --help` tells how.
# It needs a POSIX shell (dash, busybox ash), coreutils' basics, tar, gzip and sha256sum, nothing else.
#
# Agents take every file that appears in their folder of peers for a cluster, and one that goes for a cluster that left. So
# nothing is ever written there: files are staged beside the folder and renamed into it, credentials before the configs that name
# them; of a cluster that leaves the config goes first. Every step can be the last one: the next run goes on from what it finds.
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
changed=no restart=none touched='' ended='' staging='' needed='' wire='' tries=0 known='' wanted='' stage=''

help() {
    cat <<'HELP'
usage: ./install.sh [OPTIONS]              from the unpacked bundle
       install.sh [OPTIONS] ARCHIVE.tar.gz

  --root DIR          the target: the compose project's folder, which must be named; else /
  --dry-run           says what would be done, and does nothing
  --rollback          back to the generation that was installed before, or to ARCHIVE, which may be older
  --uninstall         takes everything out again, and puts back what stood there before
  --any-host          also where the bundle is of a node that is called otherwise than this machine
  --any-etcd          of a member: also where the etcd that is started here would not start, or not use what is installed
  --change-identity   also where it changes the cluster's name or id: all workloads of the cluster must be restarted then
  --restart CMD       run by sh if something has to be restarted; $MESHBUNDLE_RESTART says what

The last line, alone on stdout, is for programs: changed=yes|no restart=none|WHAT, where WHAT is agent, announce and etcd with commas.
Only changed options ask for a restart: clusters that come, change and go need none. Stopped anywhere, run it again.
exit: 0 done, or nothing to do; 1 refused, nothing was touched; 2 it failed, or the words make no sense
HELP
}

# A line for each word, and the only way to the terminal: names of files and what is in them come from anywhere. Nobody may be listening.
say() {
    for words in "$@"; do
        visible "$words"
        printf '%s\n' "$visible" >&2 2>/dev/null || :
    done
}

# Whatever is no printable ASCII becomes \ooo, into $visible: it would move the cursor, hide what is before it, or begin a line.
visible() {
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

# quote WORD: as a shell takes it, into $quoted, for lines of help that are pasted
quote() {
    quoted='' unquoted=$1
    while :; do
        case $unquoted in *\'*) ;; *) break ;; esac
        quoted=$quoted${unquoted%%\'*}"'\\''"
        unquoted=${unquoted#*\'}
    done
    quoted="'$quoted$unquoted'"
}

# Ends without having touched anything. refuse WHY HELP…
refuse() {
    why=$1
    shift
    say "refusing to install: $why" "help: $1"
    shift
    say "$@"
    changed=no restart=none
    finish 1
}

fail() {
    say "install.sh: $1"
    [ -z "$touched" ] || say "what stands is whole, file by file; run it again to complete it"
    exit 2
}

usage() {
    say "install.sh: $1" "help: ./install.sh --help"
    exit 2
}

# finish STATUS: the last line, which is for programs. It must have been told before anything that is due is forgotten.
finish() {
    ended=yes
    printf 'changed=%s restart=%s\n' "$changed" "$restart" || exit 2
    exit "$1"
}

# However it ends: a signal, a full disk, a program that fails.
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

# has LIST LINE: whether a list of lines has it
has() {
    case $nl$1$nl in
        *"$nl$2$nl"*) return 0 ;;
    esac
    return 1
}
