# --- The checksums of a bundle: every file must be listed, and every listed file must match.

# Reads the paths in the SHA256SUMS of $1 into $paths, and rejects bad lines: sha256sum would skip them.
read_sums() {
    paths='' lines=0
    while IFS= read -r line || [ -n "$line" ]; do
        lines=$((lines + 1))
        [ "$lines" -le 5000 ] || refuse "SHA256SUMS in \`$1\` lists more than 5000 files" "copy the archive again"
        path=${line#*  }
        case ${line%%  *} in
            *[!0-9a-f]*) broken=yes ;;
            ????????????????????????????????????????????????????????????????) broken='' ;;
            *) broken=yes ;;
        esac
        # A path in a bundle has no `..` and is not absolute.
        case /$path/ in *//* | */../* | */./*) broken=yes ;; esac
        [ -z "$broken" ] || refuse "SHA256SUMS in \`$1\` is damaged" "copy the archive again"
        paths=$paths${paths:+$nl}$path
    done <"$1/SHA256SUMS"
}

# Adds everything below $1 that is not a directory to $found.
walk() {
    set +f
    for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        if [ -d "$entry" ] && [ ! -L "$entry" ]; then
            walk "$entry"
        elif [ -e "$entry" ] || [ -L "$entry" ]; then
            found=$found${found:+$nl}$entry
        fi
    done
    set -f
}

# Verifies the checksums of the bundle in $1, reads its manifest, and leaves its paths in $paths.
check_bundle() {
    [ -f "$1/manifest.json" ] && [ -f "$1/SHA256SUMS" ] ||
        refuse "\`$1\` is not a bundle: manifest.json or SHA256SUMS is missing" "unpack a bundle, or pass its archive"
    read_sums "$1"
    (cd "$1" && sha256sum -c SHA256SUMS) >/dev/null 2>&1 || {
        (cd "$1" && sha256sum -c SHA256SUMS 2>&1) | while IFS= read -r line; do
            case $line in *': OK') ;; *) report "$line" ;; esac
        done
        refuse "files in \`$1\` do not match SHA256SUMS" "copy the archive again, and unpack it into an empty folder"
    }
    read_manifest "$1"
    count=0
    for path in $paths; do
        count=$((count + 1))
        case $path in
            manifest.json | install.sh) ;;
            options/*..*) refuse "\`$path\` is not a file of a bundle" "generate the bundle again" ;;
            options/agent.env | options/agent.args | options/config-map/*) ;;
            *)
                [ "${path#payload/}" != "$path" ] && is_bundle_path "${path#payload/}" ||
                    refuse "\`$path\` is not a file of a bundle" "generate the bundle again"
                # spelled so that agents would not take this script for one.
                ! is_config "${path#payload/}" || [ ! -f "$1/$path" ] || case $(cat "$1/$path") in
                    *endpoints':'*) ;;
                    *) refuse "\`$path\` is not an etcd client config: it has no \`endpoints\`" "generate the bundle again" ;;
                esac
                ;;
        esac
    done
    found='' files=0
    walk "$1"
    for entry in $found; do
        [ -f "$entry" ] && [ ! -L "$entry" ] || refuse "\`$entry\` is neither a file nor a folder" "unpack the archive into an empty folder"
        files=$((files + 1))
    done
    # SHA256SUMS does not list itself.
    [ "$files" = $((count + 1)) ] && return
    for entry in $found; do
        entry=${entry#"$1"/}
        [ "$entry" = SHA256SUMS ] || has "$paths" "$entry" ||
            refuse "\`$entry\` is not listed in SHA256SUMS" "unpack the archive into an empty folder"
    done
    refuse "SHA256SUMS lists a file twice" "generate the bundle again"
}

# Whether two bundles are the same, by their checksums.
same_bundle() {
    [ -f "$1/SHA256SUMS" ] && [ -f "$2/SHA256SUMS" ] || return 1
    one=$(sha256sum <"$1/SHA256SUMS") two=$(sha256sum <"$2/SHA256SUMS")
    [ "$one" = "$two" ]
}
