# --- The manifest of a bundle.

# Reads manifest.json in $1 into m_… variables. It relies on meshbundle's layout: one value per line.
read_manifest() {
    m_format='' m_kind='' m_mesh='' m_cluster='' m_id='' m_node='' m_hostname='' m_member='' m_owner='' m_generation=''
    m_runtime='' m_unit='' m_host_root='' m_dir='' m_links='' m_removed=''
    m_state='' m_branch=0 m_digest='' m_floor=''
    section='' lines=0
    while IFS= read -r line; do
        lines=$((lines + 1))
        [ "$lines" -le 10000 ] || refuse "its manifest has more than 10000 lines" "generate the bundle again"
        key=${line%%\":*} value=${line#*\": }
        value=${value%,} value=${value#\"} value=${value%\"}
        case $value in *[!A-Za-z0-9._:/@+-]*) [ "$value" = '{' ] || [ "$value" = '[' ] || value='' ;; esac
        case $line in
            '  "'*'": {' | '  "'*'": [') section=${key#*\"} ;;
            '  "format": '*) m_format=$value ;;
            '  "kind": '*) m_kind=$value ;;
            '  "mesh": '*) m_mesh=$value ;;
            '  "state": '*) m_state=$value ;;
            '  "branch": '*) m_branch=${value:-0} ;;
            '  "digest": '*) m_digest=$value ;;
            '  "node": '*) m_node=$value ;;
            '  "hostname": '*) m_hostname=$value ;;
            '  "member": '*) m_member=$value ;;
            '  "owner": '*) m_owner=$value ;;
            '  "generation": '*) m_generation=$value ;;
            '  "floor": '*) m_floor=${value:-0} ;;
            '  "configDir": '*) m_dir=$value ;;
            '    "name": '*) [ "$section" != cluster ] || m_cluster=$value ;;
            '    "id": '*) [ "$section" != cluster ] || m_id=$value ;;
            '    "kind": '*) m_runtime=$value ;;
            '    "unit": '*) m_unit=$value ;;
            '    "hostRoot": '*) m_host_root=$value ;;
            '      "name": '*) m_links=$m_links${m_links:+$nl}$value ;;
            '    "'*)
                value=${line#*\"} value=${value%%\"*}
                [ "$section" != removedLinks ] || m_removed=$m_removed${m_removed:+$nl}$value
                ;;
        esac
    done <"$1/manifest.json"
    [ "$m_format" = 1 ] || refuse "its manifest has format \`$m_format\`, and this install.sh reads format 1" "install it with the install.sh in that bundle"
    # At most fifteen digits: every shell can compare such a number.
    case $m_generation in '' | *[!0-9]* | 0?* | ????????????????*) refuse "its manifest has no valid generation" "generate the bundle again" ;; esac
    case $m_branch in *[!0-9]* | ????????????????*) refuse "its manifest has no valid branch" "generate the bundle again" ;; esac
    case $m_floor in *[!0-9]* | 0* | ????????????????*) m_floor=0 ;; esac
    [ -z "$m_floor" ] || { [ "$m_floor" -gt 0 ] && [ "$m_floor" -le "$m_generation" ]; } ||
        refuse "its manifest has no valid floor" "generate the bundle again"
    case $m_id in *[!0-9]* | 0?* | ????*) refuse "its manifest has the cluster id \`$m_id\`, which is not valid" "generate the bundle again" ;; esac
    case $m_kind in
        node | member) ;;
        *) refuse "its manifest has kind \`$m_kind\`; expected \`node\` or \`member\`" "generate the bundle again" ;;
    esac
    # Bundles of releases before receipts have neither.
    for value in $m_state $m_digest; do
        case $value in *[!0-9a-f]* | ?????????????????????????????????*) refuse "its manifest has the digest \`$value\`, which is not valid" "generate the bundle again" ;; esac
    done
    for name in $m_cluster $m_links $m_removed; do
        # Cilium's rule for cluster names (pkg/clustermesh/types/option.go). It also makes them safe as file names.
        case $name in *[!a-z0-9-]*) refuse "its manifest has the cluster name \`$name\`, which is not valid" "generate the bundle again" ;; esac
    done
    for name in $m_mesh $m_node $m_hostname $m_member $m_owner; do
        # No name may look like an option or a path.
        case $name in [!A-Za-z0-9_]* | *[!A-Za-z0-9._:-]* | *..*) refuse "its manifest has the name \`$name\`, which is not valid" "generate the bundle again" ;; esac
        [ "${#name}" -le 253 ] || refuse "its manifest has a name of ${#name} characters; at most 253 are allowed" "generate the bundle again"
    done
    case $m_unit in */* | .* | -*) refuse "its manifest has the unit \`$m_unit\`, which is not a valid name" "generate the bundle again" ;; esac
    case /$m_host_root/ in */../* | */./*) refuse "its manifest has \`hostRoot\` \`$m_host_root\`, which contains \`.\` or \`..\`" "generate the bundle again" ;; esac
    case $m_dir in
        # Other programs read every file in these directories.
        / | /etc | /etc/cron* | /etc/systemd* | /etc/cilium | /etc/init* | /etc/profile.d | /run | /usr | /usr/* | /bin | /sbin | /lib | /lib/* | \
            /boot | /boot/* | /root | /root/* | /var/lib/meshbundle* | /var/spool* | /var/lib/etcd-*)
            refuse "\`$m_dir\` cannot be a clustermesh directory" "generate the bundle again"
            ;;
    esac
    case $m_dir in [!/]* | */../* | */.. | *//*) refuse "\`$m_dir\` cannot be a clustermesh directory" "generate the bundle again" ;; esac
    # The clustermesh directory below the target, and the prefix of the paths that containers see.
    prefix=${m_host_root:+$m_host_root/}
    mesh_dir=''
    [ -z "$m_dir" ] || mesh_dir=$prefix${m_dir#/}
}

# Whether a bundle may have this path below payload/. Archives are not trusted.
is_bundle_path() {
    case $m_kind:$1 in
        *..* | *//*) return 1 ;;
        member:etc/etcd/clustermesh/server.crt | member:etc/etcd/clustermesh/server.key | \
            member:etc/etcd/clustermesh/peer.crt | member:etc/etcd/clustermesh/peer.key | \
            member:etc/etcd/clustermesh/client-ca.crt | member:etc/etcd/clustermesh/peer-ca.crt | \
            member:etc/etcd/clustermesh/etcd.env) return 0 ;;
        member:*) return 1 ;;
    esac
    case $1 in
        "$mesh_dir"/*)
            name=${1#"$mesh_dir"/}
            case $name in
                *.etcd-client-ca.crt) name=${name%.etcd-client-ca.crt} ;;
                *.etcd-client.crt) name=${name%.etcd-client.crt} ;;
                *.etcd-client.key) name=${name%.etcd-client.key} ;;
            esac
            has "$m_links" "$name"
            return
            ;;
        "${prefix}var/lib/etcd-config/etcd.config" | "${prefix}var/lib/clustermesh-announce/etcd.config") return 0 ;;
        "${prefix}var/lib/etcd-secrets/etcd-client"* | "${prefix}var/lib/clustermesh-announce/etcd-client"*)
            case ${1##*/etcd-client} in
                -ca.crt | .crt | .key) return 0 ;;
            esac
            return 1
            ;;
    esac
    case $m_runtime:$1 in
        compose:docker-compose.clustermesh.yaml) return 0 ;;
        systemd:etc/cilium/clustermesh.env | systemd:etc/cilium/clustermesh.hosts) return 0 ;;
        systemd:etc/systemd/system/clustermesh-announce.service) return 0 ;;
        "systemd:etc/systemd/system/$m_unit.d/50-clustermesh.conf") return 0 ;;
    esac
    return 1
}
