# --- How a member's etcd is started: whether it would start with etcd.env, and go by it.
#
# By etcd's own rules, from 3.4 to 3.7 (server/etcdmain/config.go, pkg/flags/flag.go): where a config file is named, by a flag or by
# a variable, nothing else counts, and nothing is said; else a variable beside the flag of the same option ends it at its start.

env_file=etc/etcd/clustermesh/etcd.env

# Refuses where an etcd that is started here would not start, or would go without what is installed; a member that has been installed
# is only warned of the latter.
check_start() {
    [ "$m_kind" = member ] && [ -f "$bundle/payload/$env_file" ] || return 0
    make_scratch
    first='' ours=''
    for candidate in $(etcd_units) $(etcd_services); do
        unsure='' reads='' vars='' start='' listens=''
        case $candidate in
            unit:*) read_unit "${candidate#*:}" ;;
            *) read_service "${candidate#*:}" ;;
        esac
        is_etcd || continue
        judge_start
        [ "$ready" != yes ] || return 0
        report="$ready$nl$trouble$nl$cure"
        [ -n "$first" ] || first=$report
        [ -z "$reads" ] || [ -n "$ours" ] || ours=$report
    done
    report=${ours:-$first}
    if [ -z "$report" ]; then
        say "note: nothing in \`${root:-/}\` was found that starts an etcd: see that it reads \`/$env_file\`"
        return 0
    fi
    ready=${report%%"$nl"*} report=${report#*"$nl"}
    trouble=${report%%"$nl"*} cure=${report#*"$nl"}
    if [ -n "$any_etcd" ] || [ "$ready" = warn ]; then
        say "warning: $trouble" "  "$cure
    else
        refuse "$trouble" $cure "  --any-etcd if the etcd of this member is another one"
    fi
}

# The units that may start an etcd: their files have the word.
etcd_units() {
    seen=''
    set +f
    for folder in etc run usr/local/lib usr/lib lib; do
        for file in "$root/$folder/systemd/system"/*.service; do
            name=${file##*/}
            [ -f "$file" ] && ! has "$seen" "$name" || continue
            # A link to another name is an alias.
            to=$(readlink "$file" || :)
            [ "${to##*/}" = "$name" ] || [ -z "$to" ] || continue
            seen=$seen$nl$name
            case $(cat "$file") in *ExecStart*etcd*) printf 'unit:%s\n' "$name" ;; esac
        done
    done
    set -f
}

# Whether the command of a unit or service is etcd, by itself or by a program that starts it.
is_etcd() {
    case $candidate in service:*) return 0 ;; esac
    one=${start%%"$nl"*}
    one=${one##*[!A-Za-z0-9._/-]}
    case ${one##*/} in
        etcd) return 0 ;;
        sh | bash | dash | ash | env | nice | ionice | taskset | chrt | numactl | docker | podman | nerdctl) ;;
        *) return 1 ;;
    esac
    for one in $start; do
        case $one in */etcd | */etcd:* | */etcd@* | etcd:*) return 0 ;; esac
    done
    return 1
}

# The words that a unit starts with, into $start, and its variables, into $vars: those of the bundle's etcd.env as they will be.
read_unit() {
    where=$1 exec='' environments=''
    for line in $(unit_lines "$1"); do
        value=${line#*=} name=${line%%=*}
        name=${name%"${name##*[!$blank]}"} value=${value#"${value%%[!$blank]*}"}
        case $name in
            ExecStart) exec=$value ;;
            EnvironmentFile)
                environments=$environments$nl$value
                [ -n "$value" ] || environments=''
                ;;
            Environment)
                vars=$vars$nl$(words "$value")
                [ -n "$value" ] || vars=''
                ;;
        esac
    done
    for pattern in $environments; do
        pattern=$(specified "${pattern#-}" "$where")
        read_environment "$pattern"
    done
    expanded
    # Where nothing says otherwise (embed/config.go); of an image nobody knows. A container has only the variables that it is given.
    listens=http://localhost:2379
    case ${start%%"$nl"*} in
        */docker | */podman | */nerdctl)
            vars='' reads='' listens='' before=''
            for one in $start; do
                case $before$one in
                    --env-file=* | --env-file/*) read_environment "/${one#*/}" ;;
                    -e?*=* | --env?*=*) vars=$vars$nl${one#--env=} ;;
                esac
                case $one in
                    -e | --env | --env-file) before=$one ;;
                    *) before='' ;;
                esac
            done
            ;;
    esac
}

# read_environment PATTERN: the files' variables
read_environment() {
    # shellcheck disable=SC2254
    case /$env_file in $1)
        vars=$vars$nl$(assignments "$bundle/payload/$env_file") reads=yes
        return
        ;;
    esac
    set +f
    for environment in "$root"$1; do
        [ ! -f "$environment" ] || vars=$vars$nl$(assignments "$environment")
    done
    set -f
}

# The words of $exec with their variables put in.
expanded() {
    for in in $(words "$exec"); do
        out=''
        while :; do
            case $in in *\$*) ;; *) break ;; esac
            out=$out${in%%\$*} in=${in#*\$}
            case $in in
                \{*\}*) name=${in#\{} in=${in#*\}} ;;
                [A-Za-z_]*) name=$in in=${in#"${in%%[!A-Za-z0-9_]*}"} ;;
                *)
                    out=$out\$
                    continue
                    ;;
            esac
            lookup "${name%%[!A-Za-z0-9_]*}" || :
            out=$out$got
        done
        for one in $(IFS=$blank && printf '%s\n' $out$in); do
            start=$start${start:+$nl}$one
        done
    done
}

# lookup NAME: the variable's value, into $got
lookup() {
    got='' given=1
    for one in $vars; do
        case $one in "$1="*) got=${one#*=} given=0 ;; esac
    done
    return $given
}

# flag NAME: the value of the last such flag, into $got
flag() {
    got='' given=1 take=''
    for one in $start; do
        case $take$one in
            "--$1="* | "-$1="*) got=${one#*=} given=0 ;;
            "--$1" | "-$1")
                got=true given=0
                case $1 in *-auth) ;; *) take=: ;; esac
                ;;
            :*) got=$one take='' ;;
        esac
    done
    return $given
}

# The lines of services in a compose file: NAME:KEY:TEXT
services() {
    section='' name_at='' key_at='' name='' key=''
    while IFS= read -r line || [ -n "$line" ]; do
        yaml_line || continue
        if [ "$indent" = 0 ]; then
            section=${text%%:*} name_at=''
            continue
        fi
        [ "$section" = services ] || continue
        name_at=${name_at:-$indent}
        if [ "$indent" = "$name_at" ]; then
            name=${text%%:*} key='' key_at='' text=${text#*:}
        else
            key_at=${key_at:-$indent}
            case $indent:$text in
                "$key_at":-*) ;;
                "$key_at":*) key=${text%%:*} text=${text#*:} ;;
            esac
        fi
        printf '%s:%s:%s\n' "$name" "$key" "$text"
    done <"$1"
}

# The services that are an etcd: by image or words, or as they have our files.
etcd_services() {
    seen=''
    for file in $composed; do
        for line in $(services "$file"); do
            name=${line%%:*} text=${line#*:}
            ! has "$seen" "$name" || continue
            case $text in
                *etc/etcd/clustermesh*) ;;
                image:* | command:* | entrypoint:* | :*) is_of_etcd "$text" || continue ;;
                *) continue ;;
            esac
            seen=$seen$nl$name
            printf 'service:%s\n' "$name"
        done
    done
}

is_of_etcd() {
    for token in $(tokens "${1#*:}"); do
        case $token in etcd | */etcd | etcd:* | */etcd:* | */etcd@*) return 0 ;; esac
    done
    return 1
}

# As read_unit. What is merged in from elsewhere in the file is not seen.
read_service() {
    where=$1 given_later=''
    for file in $composed; do
        for line in $(services "$file"); do
            [ "${line%%:*}" = "$where" ] || continue
            made_in=$file line=${line#*:}
            key=${line%%:*}
            case $key in '' | '<<' | extends) [ -z "${line#:}" ] || unsure=yes ;; esac
            before=''
            for token in $(tokens "${line#*:}"); do
                case $key:$token in
                    command:* | entrypoint:*) start=$start${start:+$nl}$token ;;
                    :* | environment:ETCD_*=*) given_later=$given_later$nl$token ;;
                    env_file:*"$env_file") vars=$vars$nl$(assignments "$bundle/payload/$env_file") reads=yes ;;
                    env_file:/*) [ ! -f "$token" ] || vars=$vars$nl$(assignments "$token") ;;
                    env_file:*) [ ! -f "${file%/*}/$token" ] || vars=$vars$nl$(assignments "${file%/*}/$token") ;;
                    environment:*) [ -z "$before" ] || given_later=$given_later$nl$before=$token ;;
                esac
                before=''
                case $token in ETCD_*:) before=${token%:} ;; esac
            done
        done
    done
    vars=$vars$given_later
}

# What etcd would make of it. Into $ready: yes, warn or no; into $trouble one line, into $cure one or more.
judge_start() {
    ready=no shadowed='' unused=''
    flag config-file || lookup ETCD_CONFIG_FILE || :
    config=$got
    for line in $(assignments "$bundle/payload/$env_file"); do
        variable=${line%%=*} value=${line#*=}
        etcd_option
        if [ -n "$config" ]; then
            # etcd 3.4 and 3.5 have no key for it.
            [ "$key" = cert-allowed-cn ] || [ "$(config_value)" = "$value" ] || unused=config
        elif flag "$option"; then
            if lookup "$variable"; then
                shadowed="$shadowed${shadowed:+, }\`--$option\`"
            else
                flag "$option"
                [ "$got" = "$value" ] || unused="$unused${unused:+, }\`--$option\`"
            fi
        else
            lookup "$variable" && [ "$got" = "$value" ] || unused="$unused${unused:+, }\`$variable\`"
        fi
    done
    flag listen-client-urls || lookup ETCD_LISTEN_CLIENT_URLS || got=$listens
    case $candidate in
        unit:*) by="\`$where\`" edit="\`systemctl cat $where\` shows its files" ;;
        *) by="the service \`$where\`" edit="it is in \`$made_in\`" ;;
    esac
    if [ -n "$shadowed" ]; then
        trouble="etcd would not start: $by gives it $shadowed, and \`/$env_file\` the variables of the same names"
        cure="take $shadowed out of its command, and \`/$env_file\` says it; $edit"
    elif [ -n "$config" ] && [ -n "$unused" ]; then
        trouble="etcd would ignore \`/$env_file\`: $by starts it with the config file \`$config\`, and then no variable counts"
        cure="write into \`$config\`, in place of what it has below these keys:$(config_lines)"
    elif [ -n "$unused" ] && [ -z "$reads" ]; then
        trouble="etcd would ignore \`/$env_file\`: $by does not read it"
        folder=$root/etc/systemd/system/$where.d
        case $candidate in
            unit:*) cure="mkdir -p '$folder' && printf '[Service]\\nEnvironmentFile=/$env_file\\n' >'$folder/50-clustermesh.conf'" ;;
            *) cure="write \`env_file: $env_file\` into it; $edit" ;;
        esac
    elif [ -n "$unused" ]; then
        trouble="etcd would ignore a part of \`/$env_file\`: $by has other values for $unused, and those win"
        cure="take $unused out of what it has besides; $edit"
    else
        # In a config file it is not ours to find.
        [ -z "$config" ] || got=''
        case $got in
            '' | *https:* | *unixs:* | *\$*)
                ready=yes
                return
                ;;
        esac
        trouble="etcd would ignore \`/$env_file\`: $by has it listen to clients on \`$got\`, without TLS"
        cure="say https in \`ETCD_LISTEN_CLIENT_URLS\` and \`ETCD_ADVERTISE_CLIENT_URLS\`; $edit"
    fi
    if [ -n "$unsure" ]; then
        ready=warn trouble="some of the service \`$where\` is not in its own lines, and without that $trouble"
    elif [ -z "$shadowed" ] && { [ -d "$state/current" ] || [ "$mode" = rollback ]; }; then
        # It runs so, for whatever reason.
        ready=warn
    fi
}

# Of $variable: the $option, and where config files have it.
etcd_option() {
    case $variable in
        *CLIENT_CERT_AUTH) key='client-cert-auth' ;;
        *TRUSTED_CA_FILE) key='trusted-ca-file' ;;
        *CERT_FILE) key='cert-file' ;;
        *KEY_FILE) key='key-file' ;;
        *) key='cert-allowed-cn' ;;
    esac
    case $variable in
        ETCD_PEER_*) option=peer-$key of=peer-transport-security ;;
        *) option=$key of=client-transport-security ;;
    esac
}

# What the config file has for $key below $of.
config_value() {
    for at in "$root$config" $(case $candidate in service:*) mounted_from "$made_in" "$config" ;; esac); do
        [ -f "$at" ] || continue
        section=''
        while IFS= read -r line || [ -n "$line" ]; do
            yaml_line || continue
            [ "$indent" != 0 ] || section=${text%%:*}
            [ "$section" = "$of" ] || continue
            case $text in "$key:"*) tokens "${text#*:}" ;; esac
        done <"$at"
    done
}

# What it should have.
config_lines() {
    section=''
    for line in $(assignments "$bundle/payload/$env_file"); do
        variable=${line%%=*}
        etcd_option
        [ "$key" != cert-allowed-cn ] || continue
        [ "$of" = "$section" ] || printf '\n  %s:' "$of"
        section=$of
        printf '\n    %s: %s' "$key" "${line#*=}"
    done
}
