# --- What is asked for: words, the bundle, the target.

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
            --any-etcd) any_etcd=yes ;;
            --change-identity) identity=yes ;;
            -h | --help)
                help
                ended=yes
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
    make_scratch
    unpack_plain
    check_entries
    # One folder deeper: an archive may have a mode for the folder that it is unpacked in.
    mkdir "$scratch/in"
    tar -xof - -C "$scratch/in" <"$scratch/plain" 2>/dev/null ||
        refuse "\`$archive\` cannot be unpacked" "copy it again; is \`${TMPDIR:-/tmp}\` full?"
    set +f
    set -- "$scratch/in"/*
    set -f
    [ $# = 1 ] && [ -d "$1" ] || refuse "\`$archive\` does not unpack into one folder" "take the archive that meshbundle has written"
    bundle=$1
}

# The limits of `meshbundle verify` (src/verify/archive/limits.rs): far above what any bundle has. In bytes, but for the entries.
most_in_all=67108864 most_in_a_file=16777216 most_entries=20000 most_listed=8388608

# limited BYTES FILE COMMAND…: what the command writes, into a file that the kernel lets grow no further (ulimit counts in 512).
limited() {
    (
        # No signal, which might dump a core: the write fails.
        trap '' XFSZ
        ulimit -f $(($1 / 512)) || exit 1
        into=$2
        shift 2
        "$@" >"$into"
    ) 2>/dev/null
}

is_full() { [ "$(stat -c %s "$1" 2>/dev/null || :)" = "$2" ]; }

too_large() {
    refuse "\`$archive\` $1, and no bundle comes near that" "take the archive that meshbundle has written"
}

# The archive without its compression, into $scratch/plain.
unpack_plain() {
    limited $most_in_all "$scratch/plain" gzip -dc <"$archive" || {
        ! is_full "$scratch/plain" $most_in_all || too_large "unpacks to more than $((most_in_all >> 20)) MiB"
        refuse "\`$archive\` cannot be unpacked" "copy it again; is \`${TMPDIR:-/tmp}\` full?"
    }
    plain=$(stat -c %s "$scratch/plain") packed=$(stat -c %s "$archive")
    [ "$plain" -le 8388608 ] || [ $((plain / 100)) -le "$packed" ] || too_large "unpacks to more than a hundred times its size"
}

# Names, kinds and sizes, before anything is unpacked: archives may come from anywhere. By stdin: tar takes a colon for a machine's name.
check_entries() {
    limited $most_listed "$scratch/list" tar --numeric-owner -tvf - <"$scratch/plain" || {
        ! is_full "$scratch/list" $most_listed || too_large "has too many or too long names"
        refuse "\`$archive\` cannot be unpacked" "copy it again"
    }
    entries=0 total=0
    for line in $(cat "$scratch/list"); do
        entries=$((entries + 1))
        [ "$entries" -le $most_entries ] || too_large "has more than $most_entries entries"
        case $line in
            *' -> '* | *' link to '*) refuse "\`$archive\` has a link" "take the archive that meshbundle has written" ;;
            [-d]*' '/* | *../* | *'/..'*) refuse "\`$archive\` has paths that lead out of it" "take the archive that meshbundle has written" ;;
            [-d]*) ;;
            *) refuse "\`$archive\` has something that is neither file nor folder" "take the archive that meshbundle has written" ;;
        esac
        # Shells call functions within one another no deeper than a thousand times.
        IFS=/
        set -- $line
        IFS=$nl
        [ $# -le 64 ] || too_large "has folders more than 64 deep"
        # Mode, owner, size: a sparse file has more than the archive has room for.
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

# A folder that only this user can look into.
make_scratch() {
    [ -n "$scratch" ] ||
        scratch=$(mktemp -d "${TMPDIR:-/tmp}/meshbundle-install.$$.$(started $$).XXXXXX") || fail "no folder to unpack the archive in"
    case $scratch in /*) ;; *) scratch=$PWD/$scratch ;; esac
}

# Removes what killed runs of this user have left there: it holds keys.
sweep() {
    set +f
    for left in "${TMPDIR:-/tmp}"/meshbundle-install.*.*.??????; do
        [ -d "$left" ] && [ ! -L "$left" ] && [ "$(stat -c %u "$left" 2>/dev/null || :)" = "$(id -u)" ] || continue
        process=${left##*/meshbundle-install.}
        process=${process%.*}
        case $process in .* | *.*.* | *[!0-9.]*) continue ;; esac
        at_work "$process" || rm -rf "$left" || say "warning: \`$left\` cannot be removed, and may hold keys"
    done
    set -f
}

find_root() {
    if [ -z "$root" ]; then
        [ "$m_runtime" != compose ] || usage "the compose project's folder must be named: --root DIR"
        root=/
    fi
    [ -d "$root" ] || refuse "\`$root\` is no folder" "name the folder of the compose project, or the root of the node"
    trusted_users="0$nl$(id -u)"
    [ "$(id -u)" != 0 ] || case ${SUDO_UID:-} in '' | *[!0-9]*) ;; *) trusted_users=$trusted_users$nl$SUDO_UID ;; esac
    follow_way "$(cd "$root" && pwd)"
    root=$real around=$real
    case $root in *\\* | *"$nl"*) refuse "\`$root\` has a backslash or a new line in its name" "name another way to it" ;; esac
    case $m_runtime in
        compose) state=$root/.meshbundle/node ;;
        *) state=$root/var/lib/meshbundle/$m_kind ;;
    esac
    check_records
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
            read_made
            ;;
    esac
}
