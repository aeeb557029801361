# --- Safe paths: no other user may redirect a write.

# Users who may own directories on the path: root, the user who runs this, and the user who called sudo.
trusted_users=0
checked_folders=''

# resolve PATH: resolves links, into $real, and checks every directory on the path. A user who may write to one of them could swap in
# a link or another directory between a check and the write. So only root and the user who runs this may. The sticky bit is accepted:
# it protects entries of other users. Missing directories will be created by this script.
resolve() {
    if [ "${1%/}" = '' ]; then
        real=''
        check_folder /
        return
    fi
    resolve "${1%/*}"
    real=$real/${1##*/}
    if [ -L "$real" ] && [ -d "$real" ]; then
        resolve "$(cd -P "$real" && pwd -P)"
    elif [ -d "$real" ]; then
        check_folder "$real"
    elif [ -e "$real" ] || [ -L "$real" ]; then
        refuse "\`$real\` is not a folder" "move it away"
    fi
}

# check_folder FOLDER: FOLDER is not a link
check_folder() {
    ! has "$checked_folders" "$1" || return 0
    quote "$1"
    mode_of=$(stat -c %a:%u "$1")
    user_of=${mode_of#*:} mode_of=${mode_of%:*}
    has "$trusted_users" "$user_of" ||
        refuse "\`$1\` belongs to user $user_of, who could replace files in it" "chown $(id -u) $quoted"
    case $mode_of in
        [1357]???) ;;
        *[2367] | *[2367]?) refuse "\`$1\` is writable by other users (mode $mode_of), who could replace files in it" "chmod go-w $quoted" ;;
    esac
    checked_folders=$checked_folders$nl$1
}

# The records, in $state, hold keys and list what will be removed. Below the target, no link may lead to them, not even root's.
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
            refuse "\`$way\` is a symbolic link, and the records would be behind it" "$help"
        fi
        way=${way%/*}
    done
    resolve "$state"
}

# Every existing directory that `made` lists must be in the target: `rmdir` follows links.
check_made() {
    for folder in $made; do
        [ -d "$folder" ] || continue
        case $folder in
            /*/..* | [!/]*) is_out=yes ;;
            *) is_inside "$(cd -P "$folder" && pwd -P)" && is_out='' || is_out=yes ;;
        esac
        [ -z "$is_out" ] || refuse "\`$state/made\` lists \`$folder\`, which is not in the target \`${root:-/}\`" \
            "remove that line from \`$state/made\`"
    done
}

is_inside() {
    case $1/ in "$around"/*) return 0 ;; esac
    return 1
}

# Checks the path to a file that will be written or removed. Most files share the directory of the file before.
check_path() {
    [ "${1%/*}" != "$checked_folder" ] || return 0
    checked_folder=${1%/*}
    resolve "$checked_folder"
    is_inside "$real" || refuse "the folder of \`$1\` is \`$real\`, outside the target" "replace the link by a folder in the target"
    until [ -d "${real:-/}" ]; do
        real=${real%/*}
    done
    # Root ignores modes. Only the file system can stop it.
    [ -w "${real:-/}" ] || refuse "\`${real:-/}\` is not writable" "run this as root; check that the file system is not mounted read-only"
}

# $1 will be replaced or removed. It must be a writable file, or not exist.
check_file() {
    [ ! -d "$1" ] || refuse "\`$1\` is a folder" "move it away: a file of the bundle belongs there"
    if [ -e "$1" ] && [ ! -L "$1" ]; then
        [ -f "$1" ] || refuse "\`$1\` is neither a file nor a folder" "move it away: a file of the bundle belongs there"
        ! is_mounted "$1" || refuse "\`$1\` is a mount point, so no file can be renamed over it" "mount the folder that it is in instead"
        # Agents may be watching, so the file is not opened. `rmdir` of a file always fails, and its message has the reason.
        case $(rmdir "$1" 2>&1) in *': Not a directory') ;; *) refuse "\`$1\` cannot be replaced" "run this as root; check that it is not immutable (lsattr) or on a read-only file system" ;; esac
    fi
}

# Reads all mount points into $mounts, bind mounts included (proc(5), mountinfo).
find_mounts() {
    mounts=''
    [ -r /proc/self/mountinfo ] || return 0
    while IFS=' ' read -r _ _ _ _ point _; do
        mounts=$mounts${mounts:+$nl}$point
    done </proc/self/mountinfo
}

is_mounted() {
    # mountinfo escapes spaces.
    point=$1
    while :; do
        case $point in
            *' '*) point=${point%% *}\\040${point#* } ;;
            *) break ;;
        esac
    done
    has "$mounts" "$point"
}
