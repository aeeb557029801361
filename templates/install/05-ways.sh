# --- The way to every place where something is written: nobody else may be able to lead it elsewhere.

# Whom folders may belong to: root, who runs this, and who has called root by sudo.
trusted_users=0
good_folders=''

# follow_way PATH: the place, links followed, into $real. Who may write into a folder on the way could put a link there, or another
# folder, between any check and the write: so nobody may but root and who runs this. In one with the sticky bit nobody can
# touch what is others'. Parts that are not there yet will be ours.
follow_way() {
    if [ "${1%/}" = '' ]; then
        real=''
        check_folder /
        return
    fi
    follow_way "${1%/*}"
    real=$real/${1##*/}
    if [ -L "$real" ] && [ -d "$real" ]; then
        follow_way "$(cd -P "$real" && pwd -P)"
    elif [ -d "$real" ]; then
        check_folder "$real"
    elif [ -e "$real" ] || [ -L "$real" ]; then
        refuse "\`$real\` is no folder" "move it away"
    fi
}

# check_folder FOLDER, which is no link
check_folder() {
    ! has "$good_folders" "$1" || return 0
    quote "$1"
    mode_of=$(stat -c %a:%u "$1")
    user_of=${mode_of#*:} mode_of=${mode_of%:*}
    has "$trusted_users" "$user_of" ||
        refuse "\`$1\` belongs to the user $user_of, who could replace what is written there" "chown $(id -u) $quoted; or run this as that user"
    case $mode_of in
        [1357]???) ;;
        *[2367] | *[2367]?) refuse "\`$1\` can be written by others (mode $mode_of), who could replace what is there" "chmod go-w $quoted" ;;
    esac
    good_folders=$good_folders$nl$1
}

# The records, in $state, hold keys, and tell what is removed: below the target not even root's own links lead to them.
check_records() {
    way=$state
    while [ "$way" != "$root" ]; do
        if [ -L "$way" ]; then
            quote "$way"
            help="rm $quoted"
            if [ -d "$way" ]; then
                quote "$(cd -P "$way" && pwd -P)"
                help="$help && mv $quoted ${help#rm }"
            fi
            refuse "\`$way\` is a symbolic link, and the records are below it" "$help"
        fi
        way=${way%/*}
    done
    follow_way "$state"
}

# What of the folders that `made` lists is there must be in the target, as `rmdir` follows links.
check_made() {
    for folder in $made; do
        [ -d "$folder" ] || continue
        case $folder in
            /*/..* | [!/]*) is_out=yes ;;
            *) is_inside "$(cd -P "$folder" && pwd -P)" && is_out='' || is_out=yes ;;
        esac
        [ -z "$is_out" ] || refuse "\`$state/made\` lists \`$folder\`, which is not in the target \`${root:-/}\`" \
            "take the line out of \`$state/made\`"
    done
}

is_inside() {
    case $1/ in "$around"/*) return 0 ;; esac
    return 1
}

# The way to a file that will be written or removed. Most files have the way of the one before.
check_way() {
    [ "${1%/*}" != "$good_way" ] || return 0
    good_way=${1%/*}
    follow_way "$good_way"
    is_inside "$real" || refuse "\`$1\` leads to \`$real\`, out of the target" "make it a folder of the target"
    until [ -d "${real:-/}" ]; do
        real=${real%/*}
    done
    # Root may write whatever its mode: what stops it is the file system.
    [ -w "${real:-/}" ] || refuse "\`${real:-/}\` cannot be written" "run this as root; is the file system mounted read-only?"
}

# $1 will be replaced or removed: it must be a file, or not be there, and be writable.
check_file() {
    [ ! -d "$1" ] || refuse "\`$1\` is a folder" "move it away: a file of the bundle belongs there"
    if [ -e "$1" ] && [ ! -L "$1" ]; then
        [ -f "$1" ] || refuse "\`$1\` is neither a file nor a folder" "move it away: a file of the bundle belongs there"
        ! is_mounted "$1" || refuse "\`$1\` is mounted by itself: nothing can be renamed over it" "mount the folder that it is in instead"
        # Nothing is opened, as agents may be watching: to remove it as a folder fails in any case, and tells why.
        case $(rmdir "$1" 2>&1) in *': Not a directory') ;; *) refuse "\`$1\` cannot be replaced" "run this as root; is it immutable (lsattr), or read-only?" ;; esac
    fi
}

# Where anything is mounted, be it a folder of the same file system, into $mounts (proc(5), mountinfo).
find_mounts() {
    mounts=''
    [ -r /proc/self/mountinfo ] || return 0
    while IFS=' ' read -r _ _ _ _ point _; do
        mounts=$mounts${mounts:+$nl}$point
    done </proc/self/mountinfo
}

is_mounted() {
    # As mountinfo writes it.
    point=$1
    while :; do
        case $point in
            *' '*) point=${point%% *}\\040${point#* } ;;
            *) break ;;
        esac
    done
    has "$mounts" "$point"
}
