# --- The cluster's name and id: agents may have them already, from us or from elsewhere.

# option FILE NAME: the value of a variable in an environment file
option() {
    [ -f "$1" ] || return 0
    while IFS= read -r line; do
        case $line in "$2="*) printf '%s\n' "${line#*=}" ;; esac
    done <"$1"
}

# word FILE TOKEN: what follows it, of every line that is no comment; what begins the next line, where it ends one. Of what is a
# variable, an empty line.
word() {
    before=''
    while IFS= read -r line || [ -n "$line" ]; do
        rest=${line#"${line%%[! 	]*}"}
        case $rest in '#'* | ';'*) continue ;; esac
        case $before$rest in
            *"$2") before="$2 " && continue ;;
            *"$2"[=:\"\'\ ]* | *"$2",*) ;;
            *) continue ;;
        esac
        rest=$before$rest before=''
        rest=${rest#*"$2"}
        rest=${rest#"${rest%%[!]=:,\"\'\ -]*}"}
        case $rest in
            ?*) printf '%s\n' "${rest%%[!A-Za-z0-9._/*?%-]*}" ;;
            *) before="$2 " ;;
        esac
    done <"$1"
}

# The files that say how the agent is started, besides our own.
agents_files() {
    case $m_runtime in
        compose)
            for file in $composed "$root/.env"; do
                [ -f "$file" ] || continue
                printf '%s\n' "$file"
                for named_there in $(values "$file" env_file); do
                    # Of what is listed, by the project; of what is included and extended, by the file that says so.
                    for environment in "$root/$named_there" "${file%/*}/$named_there" "$named_there"; do
                        [ ! -f "$environment" ] || printf '%s\n' "$environment"
                    done
                done
            done
            ;;
        systemd)
            for file in $(unit_files "$m_unit"); do
                ! has "$known" "${file#"$root/"}" || continue
                printf '%s\n' "$file"
                for pattern in $(word "$file" EnvironmentFile); do
                    pattern=$(specified "${pattern#-}" "$m_unit")
                    set +f
                    for environment in "$root"$pattern; do
                        [ ! -f "$environment" ] || has "$known" "${environment#"$root/"}" || printf '%s\n' "$environment"
                    done
                    set -f
                done
            done
            ;;
    esac
}

# Name and id that agents here have already, wherever they have them from: a line each, with the file.
identities() {
    agents_files | while IFS= read -r file; do
        told name "$file" CILIUM_CLUSTER_NAME --cluster-name
        told id "$file" CILIUM_CLUSTER_ID --cluster-id
        for config in $(word "$file" --config); do
            [ ! -f "$root$config" ] || {
                told name "$root$config" cluster-name
                told id "$root$config" cluster-id
            }
        done
        for folder in $(word "$file" --config-dir); do
            # As a container sees it; on the host where compose mounts it from.
            for at in "$root/$prefix${folder#/}" "$root$folder" $(mounted_from "$file" "$folder"); do
                [ ! -f "$at/cluster-name" ] || printf 'name %s %s\n' "$(cat "$at/cluster-name")" "$at/cluster-name"
                [ ! -f "$at/cluster-id" ] || printf 'id %s %s\n' "$(cat "$at/cluster-id")" "$at/cluster-id"
            done
        done
    done
}

# told KIND FILE TOKEN…
told() {
    kind=$1 file=$2
    shift 2
    for token in "$@"; do
        word "$file" "$token" | while IFS= read -r value; do
            printf '%s %s %s\n' "$kind" "$value" "$file"
        done
    done
}

# mounted_from FILE FOLDER: the folders on the host that compose mounts there
mounted_from() {
    while IFS= read -r line || [ -n "$line" ]; do
        case "$line " in
            *[./a-zA-Z0-9_-]":$2"[:\ \"\',]*) ;;
            *) continue ;;
        esac
        from=${line%%":$2"*}
        from=${from##*[ \"\'\[,]}
        case $from in
            /*) printf '%s\n' "$from" ;;
            *) printf '%s\n' "$root/${from#./}" ;;
        esac
    done <"$1"
}

# What a change takes. Agents look an identity up by its labels, one of which is the cluster's name, and keep the number that they
# find, with the old id in it (pkg/allocator/allocator.go).
identity_steps() {
    if [ "$kind" = name ]; then
        printf '%s\n' "install this on all nodes of the cluster with --change-identity, restart the agents, then restart all workloads"
    else
        printf '%s\n' "stop all agents of the cluster, delete its identities (\`etcdctl del --prefix cilium/state/identities/v1/\` in its" \
            "  etcd, or \`kubectl delete ciliumidentities --all\`), install this on all its nodes with --change-identity, start the agents," \
            "  then restart all workloads. Agents that find the old identities use them again; with a new name as well they find none"
    fi
}

# The name or id that agents have must stay, unless told so.
check_identity() {
    [ "$m_kind" = node ] || return 0
    make_scratch
    # Where agents have run by us already, they have what we gave them.
    [ -z "$unclear" ] || [ -n "$was_cluster$identity" ] ||
        refuse "this cannot tell which name and id agents have: $unclear" \
            "see that they are \`$m_cluster\` and $m_id, or none, then --change-identity; or write it out, in files that are here"
    there=''
    [ -z "$was_cluster" ] || there="name $was_cluster $1/manifest.json${nl}id $was_id $1/manifest.json"
    found=$(identities)
    given=''
    for line in $there $found; do
        kind=${line%% *} line=${line#* }
        was=${line%% *} at=${line#* } now=$m_cluster
        [ "$kind" = name ] || now=$m_id
        if [ "$was" = "$now" ]; then
            [ "$at" = "$1/manifest.json" ] || given=yes
        elif [ -z "$was" ]; then
            say "note: \`$at\` has the cluster's $kind from a variable: see that it is \`$now\`"
        elif [ -n "$identity" ]; then
            steps=$(identity_steps)
            # Unquoted, as below: a line for each word.
            say "changes the cluster's $kind from \`$was\` (\`$at\`) to \`$now\`: "$steps
        else
            steps=$(identity_steps)
            refuse "it would change the cluster's $kind from \`$was\` (in \`$at\`) to \`$now\`" \
                "put it right in the mesh; if it is meant, "$steps
        fi
    done
    [ -n "$there$found" ] || [ ! -f "$bundle/options/agent.env" ] ||
        say "note: agents that ran here without a name ran as \`default\`, id 0: after their restart as \`$m_cluster\`, restart all workloads"
    # What we gave is taken away, and nobody else gives it.
    if [ -f "$1/options/agent.env" ] && [ ! -f "$bundle/options/agent.env" ]; then
        [ -n "$identity$given" ] || refuse "agents would lose their name \`$m_cluster\` and their id, which nothing else here gives them" \
            "give them to the agents first; --change-identity if it is meant"
    fi
}
