# --- The cluster's name and id, which the agents may have already, from a bundle or from another file.

# find_words_after FILE TOKEN: prints the word that follows TOKEN in every line that is not a comment. If TOKEN ends a line, the word is on
# the next line. For a variable it prints an empty line.
find_words_after() {
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

# Prints the files that configure the start of the agent, except those of a bundle.
list_agent_files() {
    case $m_runtime in
        compose)
            for file in $compose_files "$root/.env"; do
                [ -f "$file" ] || continue
                printf '%s\n' "$file"
                for env_file_name in $(list_values "$file" env_file); do
                    # Relative to the project for listed files, and to the including file for the others.
                    for environment in "$root/$env_file_name" "${file%/*}/$env_file_name" "$env_file_name"; do
                        [ ! -f "$environment" ] || printf '%s\n' "$environment"
                    done
                done
            done
            ;;
        systemd)
            for file in $(list_unit_files "$m_unit"); do
                ! has "$known" "${file#"$root/"}" || continue
                printf '%s\n' "$file"
                for pattern in $(find_words_after "$file" EnvironmentFile); do
                    pattern=$(expand_specifiers "${pattern#-}" "$m_unit")
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

# Prints each name and id that the agents here have already, one per line, with the file.
list_identities() {
    list_agent_files | while IFS= read -r file; do
        print_identities_in name "$file" CILIUM_CLUSTER_NAME --cluster-name
        print_identities_in id "$file" CILIUM_CLUSTER_ID --cluster-id
        for config in $(find_words_after "$file" --config); do
            [ ! -f "$root$config" ] || {
                print_identities_in name "$root$config" cluster-name
                print_identities_in id "$root$config" cluster-id
            }
        done
        for folder in $(find_words_after "$file" --config-dir); do
            # The path is inside a container. On the host it is the source of the mount.
            for at in "$root/$prefix${folder#/}" "$root$folder" $(find_mount_source "$file" "$folder"); do
                [ ! -f "$at/cluster-name" ] || printf 'name %s %s\n' "$(cat "$at/cluster-name")" "$at/cluster-name"
                [ ! -f "$at/cluster-id" ] || printf 'id %s %s\n' "$(cat "$at/cluster-id")" "$at/cluster-id"
            done
        done
    done
}

# print_identities_in KIND FILE TOKEN…: prints the words that follow each TOKEN in FILE
print_identities_in() {
    kind=$1 file=$2
    shift 2
    for token in "$@"; do
        find_words_after "$file" "$token" | while IFS= read -r value; do
            printf '%s %s %s\n' "$kind" "$value" "$file"
        done
    done
}

# find_mount_source FILE FOLDER: prints the host folders that the compose file mounts at FOLDER
find_mount_source() {
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

# Prints the steps of a change. Agents look up an identity by its labels, one of which is the cluster's name. They keep the number
# that they find, and that number contains the old id (pkg/allocator/allocator.go).
identity_steps() {
    if [ "$kind" = name ]; then
        printf '%s\n' "install this bundle's generation on all nodes of the cluster with --change-identity, restart the agents," \
            "  then restart all workloads"
    else
        printf '%s\n' "stop all agents of the cluster, delete its identities (\`etcdctl del --prefix cilium/state/identities/v1/\` in its" \
            "  etcd, or \`kubectl delete ciliumidentities --all\`), install this on all its nodes with --change-identity, start the agents," \
            "  then restart all workloads. Agents use old identities again if they find them. If the name changes as well, they find none"
    fi
}

# The name and id of running agents must not change without --change-identity.
check_identity() {
    [ "$m_kind" = node ] || return 0
    make_scratch
    # Agents that use an installed bundle have the name and id of that bundle.
    [ -z "$unclear" ] || [ -n "$was_cluster$identity" ] ||
        refuse "cannot tell which name and id the agents have: $unclear" \
            "check that they are \`$m_cluster\` and $m_id, or not set, then run this with --change-identity"
    there=''
    [ -z "$was_cluster" ] || there="name $was_cluster $1/manifest.json${nl}id $was_id $1/manifest.json"
    found=$(list_identities)
    given=''
    for line in $there $found; do
        kind=${line%% *} line=${line#* }
        was=${line%% *} at=${line#* } now=$m_cluster
        [ "$kind" = name ] || now=$m_id
        if [ "$was" = "$now" ]; then
            [ "$at" = "$1/manifest.json" ] || given=yes
        elif [ -z "$was" ]; then
            report "note: \`$at\` takes the cluster's $kind from a variable: check that it is \`$now\`"
        elif [ -n "$identity" ]; then
            steps=$(identity_steps)
            # Not quoted here and below, so that each line of $steps is an argument.
            report "changes the cluster's $kind from \`$was\` (\`$at\`) to \`$now\`: "$steps
        else
            steps=$(identity_steps)
            refuse "it would change the cluster's $kind from \`$was\` (in \`$at\`) to \`$now\`" \
                "set $kind back to \`$was\` in mesh.yaml; to change it, "$steps
        fi
    done
    [ -n "$there$found" ] || [ ! -f "$bundle/options/agent.env" ] ||
        report "note: an agent without a cluster name runs as \`default\` with id 0: if agents ran here, restart all workloads after the agents"
    # The new bundle has no options, and no other file sets the name and id.
    if [ -f "$1/options/agent.env" ] && [ ! -f "$bundle/options/agent.env" ]; then
        [ -n "$identity$given" ] || refuse "agents would lose their cluster name \`$m_cluster\` and id $m_id: no other file here sets them" \
            "set cluster-name and cluster-id in the agent's own configuration first; --change-identity installs without them"
    fi
}
