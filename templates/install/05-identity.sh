# --- The cluster's name and id: agents may have them already, from us or from elsewhere.

# option FILE NAME: the value of a variable in an environment file
option() {
    [ -f "$1" ] || return 0
    while IFS= read -r line; do
        case $line in "$2="*) printf '%s\n' "${line#*=}" ;; esac
    done <"$1"
}

# word FILE TOKEN: what follows it, of every line that is no comment; what begins the next line, where it ends one
word() {
    before=''
    while IFS= read -r line || [ -n "$line" ]; do
        rest=${line#"${line%%[! 	]*}"}
        case $before$rest in
            '#'*) continue ;;
            *"$2") before="$2 " && continue ;;
            *"$2"[=:\"\'\ ]* | *"$2",*) ;;
            *) continue ;;
        esac
        rest=$before$rest before=''
        rest=${rest#*"$2"}
        rest=${rest#"${rest%%[!]=:,\"\'\ -]*}"}
        case $rest in
            ?*) printf '%s\n' "${rest%%[!A-Za-z0-9._/-]*}" ;;
            *) before="$2 " ;;
        esac
    done <"$1"
}

# The files that say how the agent is started, besides our own.
agents_files() {
    set +f
    case $m_runtime in
        compose)
            for base in docker-compose compose; do
                for file in "$root/$base".y*ml "$root/$base".override.y*ml; do
                    [ ! -f "$file" ] || [ -L "$file" ] || printf '%s\n' "$file"
                done
            done
            [ ! -f "$root/.env" ] || printf '%s\n' "$root/.env"
            ;;
        systemd)
            for folder in etc run usr/local/lib usr/lib lib; do
                folder=$root/$folder/systemd/system
                # An instance of a template has the template's file and drop-ins, too.
                template=${m_unit%%@*}@.service
                for file in "$folder/$m_unit" "$folder/$m_unit.d"/*.conf "$folder/$template" "$folder/$template.d"/*.conf; do
                    case $file in */50-clustermesh.conf) continue ;; esac
                    [ ! -f "$file" ] || {
                        printf '%s\n' "$file"
                        for environment in $(word "$file" EnvironmentFile); do
                            [ ! -f "$root${environment#-}" ] || printf '%s\n' "$root${environment#-}"
                        done
                    }
                done
            done
            ;;
    esac
}

# Name and id that agents here have already, wherever they have them from: a line each, with the file.
identities() {
    agents_files | while IFS= read -r file; do
        for name in $(word "$file" CLUSTER_NAME) $(word "$file" --cluster-name); do printf 'name %s %s\n' "$name" "$file"; done
        for id in $(word "$file" CLUSTER_ID) $(word "$file" --cluster-id); do printf 'id %s %s\n' "$id" "$file"; done
        for folder in $(word "$file" --config-dir); do
            # As a container sees it; on the host below the folder that its mounts are in.
            for at in "$root/$prefix${folder#/}" "$root$folder"; do
                [ ! -f "$at/cluster-name" ] || printf 'name %s %s\n' "$(cat "$at/cluster-name")" "$at/cluster-name"
                [ ! -f "$at/cluster-id" ] || printf 'id %s %s\n' "$(cat "$at/cluster-id")" "$at/cluster-id"
            done
        done
    done
}

# The name or id that agents have must stay, unless told so.
check_identity() {
    [ "$m_kind" = node ] || return 0
    name=$(option "$1/options/agent.env" CILIUM_CLUSTER_NAME) id=$(option "$1/options/agent.env" CILIUM_CLUSTER_ID)
    there=''
    if [ -f "$2/options/agent.env" ]; then
        there="name $(option "$2/options/agent.env" CILIUM_CLUSTER_NAME) $2/options/agent.env
id $(option "$2/options/agent.env" CILIUM_CLUSTER_ID) $2/options/agent.env"
    fi
    # Where nothing is emitted, agents keep what they have from elsewhere.
    [ -z "$name" ] || there=$there$nl$(identities)
    for line in $there; do
        kind=${line%% *} line=${line#* }
        was=${line%% *} at=${line#* } now=$name
        [ "$kind" = name ] || now=$id
        [ -n "$was" ] && [ "$was" != "$now" ] || continue
        case $was in *[!A-Za-z0-9._-]*) continue ;; esac
        if [ -n "$identity" ]; then
            say "changes the cluster's $kind from \`$was\` (\`$at\`) to \`$now\`: restart all workloads of this node's cluster"
            continue
        fi
        refuse "it would change the cluster's $kind from \`$was\` (in \`$at\`) to \`${now:-none}\`" \
            "put it right in the mesh; --change-identity if it is meant: identities of pods carry the id, so all workloads of the cluster must be restarted"
    done
    [ -n "$there" ] || [ -z "$name" ] || say "note: agents that ran here without a cluster name ran as \`default\`, id 0: after their restart as \`$name\`, restart all workloads"
}
