# --- Inputs: the options, the bundle, the target.

parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --root=* | --restart=* | --restarted=*)
                word=$1
                shift
                set -- "${word%%=*}" "${word#*=}" "$@"
                continue
                ;;
            --root | --restart | --restarted)
                [ $# -gt 1 ] || usage "\`$1\` needs a value"
                case $1 in
                    --root) root=$2 ;;
                    --restart) command=$2 ;;
                    *)
                        [ "$mode" = install ] || usage "--$mode and --restarted exclude each other"
                        case $2 in agent | announce | etcd) ;; *) usage "--restarted takes agent, announce or etcd; found \`$2\`" ;; esac
                        mode=restarted restarted=$2
                        ;;
                esac
                shift
                ;;
            --dry-run) dry=yes ;;
            --rollback | --uninstall | --receipt)
                [ "$mode" = install ] || usage "--$mode and $1 exclude each other"
                mode=${1#--}
                ;;
            --any-host) any=yes ;;
            --any-etcd) any_etcd=yes ;;
            --change-identity) identity=yes ;;
            -h | --help)
                print_help
                ended=yes
                exit 0
                ;;
            -*) usage "unknown option \`$1\`" ;;
            *)
                [ -z "$archive" ] || usage "only one archive can be installed; found \`$archive\` and \`$1\`"
                archive=$1
                ;;
        esac
        shift
    done
    case $mode in
        install | rollback) ;;
        *) [ -z "$archive" ] || usage "--$mode takes no archive" ;;
    esac
    case $mode:$dry$command in receipt:?* | restarted:?*) usage "--$mode takes no other option than --root" ;; esac
}

# Finds the folder of the bundle, into $bundle. That is the archive, unpacked in a private directory, or the folder of this script.
find_bundle() {
    if [ -z "$archive" ]; then
        bundle=${0%/*}
        [ "$bundle" != "$0" ] || bundle=.
        bundle=$(cd "$bundle" && pwd)
        [ -f "$bundle/manifest.json" ] || usage "this script is not in a bundle: pass an archive"
        return
    fi
    [ -f "$archive" ] || usage "there is no archive \`$archive\`"
    make_scratch
    unpack_plain
    check_entries
    # In a subdirectory, because an archive may change the mode of the directory that it is unpacked in.
    mkdir "$scratch/in"
    tar -xof - -C "$scratch/in" <"$scratch/plain" 2>/dev/null ||
        refuse "\`$archive\` cannot be unpacked" "copy it again; check that \`${TMPDIR:-/tmp}\` is not full"
    set +f
    set -- "$scratch/in"/*
    set -f
    [ $# = 1 ] && [ -d "$1" ] || refuse "\`$archive\` does not unpack into one folder" "install the archive that meshbundle wrote"
    bundle=$1
}

# The limits of `meshbundle verify` (src/verify/archive/limits.rs), far above the size of any bundle. All are bytes except most_entries.
most_in_all=67108864 most_in_a_file=16777216 most_entries=20000 most_listed=8388608

# run_limited BYTES FILE COMMAND…: writes the output of COMMAND to FILE, at most BYTES (ulimit counts blocks of 512 bytes)
run_limited() {
    (
        # Without the signal, which could dump a core, the write fails.
        trap '' XFSZ
        ulimit -f $(($1 / 512)) || exit 1
        into=$2
        shift 2
        "$@" >"$into"
    ) 2>/dev/null
}

is_full() { [ "$(stat -c %s "$1" 2>/dev/null || :)" = "$2" ]; }

too_large() {
    refuse "\`$archive\` $1, more than any bundle" "install the archive that meshbundle wrote"
}

# Decompresses the archive to $scratch/plain.
unpack_plain() {
    run_limited $most_in_all "$scratch/plain" gzip -dc <"$archive" || {
        ! is_full "$scratch/plain" $most_in_all || too_large "unpacks to more than $((most_in_all >> 20)) MiB"
        refuse "\`$archive\` cannot be unpacked" "copy it again; check that \`${TMPDIR:-/tmp}\` is not full"
    }
    plain=$(stat -c %s "$scratch/plain") packed=$(stat -c %s "$archive")
    [ "$plain" -le 8388608 ] || [ $((plain / 100)) -le "$packed" ] || too_large "unpacks to more than a hundred times its size"
}

# Checks names, kinds and sizes before anything is unpacked, because archives are not trusted. tar reads stdin: it takes a colon in a file
# name for a host.
check_entries() {
    run_limited $most_listed "$scratch/list" tar --numeric-owner -tvf - <"$scratch/plain" || {
        ! is_full "$scratch/list" $most_listed || too_large "has too many or too long names"
        refuse "\`$archive\` cannot be unpacked" "copy it again"
    }
    entries=0 total=0
    for line in $(cat "$scratch/list"); do
        entries=$((entries + 1))
        [ "$entries" -le $most_entries ] || too_large "has more than $most_entries entries"
        case $line in
            *' -> '* | *' link to '*) refuse "\`$archive\` has a link" "install the archive that meshbundle wrote" ;;
            [-d]*' '/* | *../* | *'/..'*) refuse "\`$archive\` has paths that lead outside it" "install the archive that meshbundle wrote" ;;
            [-d]*) ;;
            *) refuse "\`$archive\` has an entry that is neither a file nor a folder" "install the archive that meshbundle wrote" ;;
        esac
        # Shells limit recursion to about a thousand calls.
        IFS=/
        set -- $line
        IFS=$nl
        [ $# -le 64 ] || too_large "has folders more than 64 deep"
        # Mode, owner, size. A sparse file can be larger than the archive.
        size=${line#* }
        size=${size#"${size%%[! ]*}"}
        size=${size#* }
        size=${size#"${size%%[! ]*}"}
        size=${size%% *}
        case $size in
            '' | *[!0-9]* | 0?*) refuse "\`$archive\` cannot be unpacked" "copy it again" ;;
            ?????????*) too_large "has a file of $size bytes" ;;
        esac
        [ "$size" -le $most_in_a_file ] || too_large "has a file of $size bytes"
        total=$((total + size))
    done
    [ "$total" -le $most_in_all ] || too_large "has files of $total bytes"
}

# Creates a directory that only this user can read.
make_scratch() {
    [ -n "$scratch" ] ||
        scratch=$(mktemp -d "${TMPDIR:-/tmp}/meshbundle-install.$$.$(print_start_time $$).XXXXXX") || fail "no folder can be created in \`${TMPDIR:-/tmp}\`"
    case $scratch in /*) ;; *) scratch=$PWD/$scratch ;; esac
}

# Removes the directories that killed runs of this user have left: they hold keys.
remove_stale_scratch() {
    set +f
    for left in "${TMPDIR:-/tmp}"/meshbundle-install.*.*.??????; do
        [ -d "$left" ] && [ ! -L "$left" ] && [ "$(stat -c %u "$left" 2>/dev/null || :)" = "$(id -u)" ] || continue
        process=${left##*/meshbundle-install.}
        process=${process%.*}
        case $process in .* | *.*.* | *[!0-9.]*) continue ;; esac
        is_running "$process" || rm -rf "$left" || report "warning: \`$left\` cannot be removed; it may hold keys"
    done
    set -f
}

find_root() {
    if [ -z "$root" ]; then
        [ "$m_runtime" != compose ] || usage "a compose project needs --root DIR, the project's folder"
        root=/
    fi
    [ -d "$root" ] || refuse "\`$root\` is not a folder" "pass the folder of the compose project, or the root of the node"
    trusted_users="0$nl$(id -u)"
    [ "$(id -u)" != 0 ] || case ${SUDO_UID:-} in '' | *[!0-9]*) ;; *) trusted_users=$trusted_users$nl$SUDO_UID ;; esac
    resolve "$(cd "$root" && pwd)"
    root=$real around=$real
    case $root in *\\* | *"$nl"*) refuse "the path \`$root\` has a backslash or a line break" "pass a path without them" ;; esac
    case $m_runtime in
        compose) state=$root/.meshbundle/node ;;
        *) state=$root/var/lib/meshbundle/$m_kind ;;
    esac
    check_records
}

# Finds the kept bundle: the previous generation for --rollback without an archive, the installed one for --uninstall.
find_kept_bundle() {
    case $mode in
        rollback)
            if [ -d "$state/rollback" ]; then
                bundle=$state/rollback
            elif [ -d "$state/next" ] && [ -d "$state/current" ]; then
                # An installation was interrupted: go back to the generation before it.
                bundle=$state/current
            elif [ -f "$state/also" ]; then
                # A rollback was interrupted, at its end or after it had removed the interrupted installation.
                bundle=$state/current
            elif [ -d "$state/previous" ]; then
                bundle=$state/previous
            else
                refuse "\`$state\` has no previous generation" "use --rollback ARCHIVE, with an archive of that generation"
            fi
            check_bundle "$bundle"
            ;;
        uninstall)
            bundle=$state/current
            [ -d "$bundle" ] || bundle=$state/next
            if [ ! -d "$bundle" ]; then
                report "nothing is installed in \`${root:-/}\`"
                # A run that was killed at its end may have left records.
                [ -n "$dry" ] || remove_records
                finish 0
            fi
            read_manifest "$bundle"
            read_made
            ;;
    esac
}
