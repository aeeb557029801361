# --- The start of a member's etcd: whether it would start with etcd.env, and use it.
#
# The rules of etcd 3.4 to 3.7 (server/etcdmain/config.go, pkg/flags/flag.go): a config file, set by a flag or a variable, makes etcd
# ignore all other options without a warning. Without one, etcd exits if an option is set both as a flag and as a variable.

env_file=etc/etcd/clustermesh/etcd.env

# Refuses if the etcd on this machine would not start, or would ignore the installed files. If the member is installed already, the
# second case is only a warning.
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
        report="$ready$nl$trouble$nl$fix"
        [ -n "$first" ] || first=$report
        [ -z "$reads" ] || [ -n "$ours" ] || ours=$report
    done
    report=${ours:-$first}
    if [ -z "$report" ]; then
        report "note: no unit or service in \`${root:-/}\` starts an etcd: check that the member's etcd reads \`/$env_file\`"
        return 0
    fi
    ready=${report%%"$nl"*} report=${report#*"$nl"}
    trouble=${report%%"$nl"*} fix=${report#*"$nl"}
    if [ -n "$any_etcd" ] || [ "$ready" = warn ]; then
        report "warning: $trouble" "  "$fix
    else
        refuse "$trouble" $fix "  if this is not the etcd of the member, use --any-etcd"
    fi
}

# Prints the units that may start an etcd: `etcd` is in their files.
etcd_units() {
    seen=''
    set +f
    for folder in etc run usr/local/lib usr/lib lib; do
        for file in "$root/$folder/systemd/system"/*.service; do
            name=${file##*/}
            [ -f "$file" ] && ! has "$seen" "$name" || continue
            # A link with another name is an alias.
            to=$(readlink "$file" || :)
            [ "${to##*/}" = "$name" ] || [ -z "$to" ] || continue
            seen=$seen$nl$name
            case $(cat "$file") in *ExecStart*etcd*) printf 'unit:%s\n' "$name" ;; esac
        done
    done
    set -f
}

# Whether the command of a unit or service starts etcd, directly or through another program.
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

# Reads the command of a unit into $start, and its variables into $vars. For etcd.env it takes the values of the bundle.
read_unit() {
    where=$1 exec='' environments=''
    for line in $(list_unit_settings "$1"); do
        value=${line#*=} name=${line%%=*}
        name=${name%"${name##*[!$blank]}"} value=${value#"${value%%[!$blank]*}"}
        case $name in
            ExecStart) exec=$value ;;
            EnvironmentFile)
                environments=$environments$nl$value
                [ -n "$value" ] || environments=''
                ;;
            Environment)
                vars=$vars$nl$(split_words "$value")
                [ -n "$value" ] || vars=''
                ;;
        esac
    done
    for pattern in $environments; do
        pattern=$(expand_specifiers "${pattern#-}" "$where")
        read_environment "$pattern"
    done
    expand_command
    # etcd's default (embed/config.go). The default of a container image is not known. A container gets no variables from its unit.
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

# read_environment PATTERN: adds the variables of these files to $vars
read_environment() {
    # shellcheck disable=SC2254
    case /$env_file in $1)
        vars=$vars$nl$(list_assignments "$bundle/payload/$env_file") reads=yes
        return
        ;;
    esac
    set +f
    for environment in "$root"$1; do
        [ ! -f "$environment" ] || vars=$vars$nl$(list_assignments "$environment")
    done
    set -f
}

# Adds the words of $exec to $start, with variables expanded.
expand_command() {
    for in in $(split_words "$exec"); do
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
            find_variable "${name%%[!A-Za-z0-9_]*}" || :
            out=$out$got
        done
        for one in $(IFS=$blank && printf '%s\n' $out$in); do
            start=$start${start:+$nl}$one
        done
    done
}

# find_variable NAME: puts the variable's value into $got
find_variable() {
    got='' given=1
    for one in $vars; do
        case $one in "$1="*) got=${one#*=} given=0 ;; esac
    done
    return $given
}

# find_flag NAME: puts the value of the last such flag into $got
find_flag() {
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

# Prints the lines of all services in a compose file, as NAME:KEY:TEXT.
list_services() {
    section='' name_at='' key_at='' name='' key=''
    while IFS= read -r line || [ -n "$line" ]; do
        parse_yaml_line || continue
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

# Prints the services that run an etcd: their image or command names it, or they use the files of a bundle.
etcd_services() {
    seen=''
    for file in $compose_files; do
        for line in $(list_services "$file"); do
            name=${line%%:*} text=${line#*:}
            ! has "$seen" "$name" || continue
            case $text in
                *etc/etcd/clustermesh*) ;;
                image:* | command:* | entrypoint:* | :*) names_etcd "$text" || continue ;;
                *) continue ;;
            esac
            seen=$seen$nl$name
            printf 'service:%s\n' "$name"
        done
    done
}

names_etcd() {
    for token in $(list_tokens "${1#*:}"); do
        case $token in etcd | */etcd | etcd:* | */etcd:* | */etcd@*) return 0 ;; esac
    done
    return 1
}

# Like read_unit, for a compose service. It does not see what the service merges from other parts of the file.
read_service() {
    where=$1 given_later=''
    for file in $compose_files; do
        for line in $(list_services "$file"); do
            [ "${line%%:*}" = "$where" ] || continue
            made_in=$file line=${line#*:}
            key=${line%%:*}
            case $key in '' | '<<' | extends) [ -z "${line#:}" ] || unsure=yes ;; esac
            before=''
            for token in $(list_tokens "${line#*:}"); do
                case $key:$token in
                    command:* | entrypoint:*) start=$start${start:+$nl}$token ;;
                    :* | environment:ETCD_*=*) given_later=$given_later$nl$token ;;
                    env_file:*"$env_file") vars=$vars$nl$(list_assignments "$bundle/payload/$env_file") reads=yes ;;
                    env_file:/*) [ ! -f "$token" ] || vars=$vars$nl$(list_assignments "$token") ;;
                    env_file:*) [ ! -f "${file%/*}/$token" ] || vars=$vars$nl$(list_assignments "${file%/*}/$token") ;;
                    environment:*) [ -z "$before" ] || given_later=$given_later$nl$before=$token ;;
                esac
                before=''
                case $token in ETCD_*:) before=${token%:} ;; esac
            done
        done
    done
    vars=$vars$given_later
}

# Decides what etcd would do. Sets $ready to yes, warn or no, $trouble to one line, and $fix to one or more lines.
judge_start() {
    ready=no shadowed='' unused=''
    find_flag config-file || find_variable ETCD_CONFIG_FILE || :
    config=$got
    for line in $(list_assignments "$bundle/payload/$env_file"); do
        variable=${line%%=*} value=${line#*=}
        etcd_option
        if [ -n "$config" ]; then
            # etcd 3.4 and 3.5 have no key for it.
            [ "$key" = cert-allowed-cn ] || [ "$(config_value)" = "$value" ] || unused=config
        elif find_flag "$option"; then
            if find_variable "$variable"; then
                shadowed="$shadowed${shadowed:+, }\`--$option\`"
            else
                find_flag "$option"
                [ "$got" = "$value" ] || unused="$unused${unused:+, }\`--$option\`"
            fi
        else
            find_variable "$variable" && [ "$got" = "$value" ] || unused="$unused${unused:+, }\`$variable\`"
        fi
    done
    find_flag listen-client-urls || find_variable ETCD_LISTEN_CLIENT_URLS || got=$listens
    case $candidate in
        unit:*) by="\`$where\`" edit="\`systemctl cat $where\` prints its files" ;;
        *) by="the service \`$where\`" edit="it is in \`$made_in\`" ;;
    esac
    if [ -n "$shadowed" ]; then
        trouble="etcd would not start: $by sets $shadowed, and \`/$env_file\` sets the variables of the same options"
        fix="remove $shadowed from its command: \`/$env_file\` sets the same options; $edit"
    elif [ -n "$config" ] && [ -n "$unused" ]; then
        trouble="etcd would ignore \`/$env_file\`: $by starts it with the config file \`$config\`, and etcd then reads no variables"
        fix="set these keys in \`$config\`:$(config_lines)"
    elif [ -n "$unused" ] && [ -z "$reads" ]; then
        trouble="etcd would ignore \`/$env_file\`: $by does not read it"
        folder=$root/etc/systemd/system/$where.d
        case $candidate in
            unit:*) fix="mkdir -p '$folder' && printf '[Service]\\nEnvironmentFile=/$env_file\\n' >'$folder/50-clustermesh.conf'" ;;
            *) fix="add \`env_file: $env_file\` to the service; $edit" ;;
        esac
    elif [ -n "$unused" ]; then
        trouble="etcd would ignore a part of \`/$env_file\`: $by sets other values for $unused, and those win"
        fix="remove $unused from its other settings; $edit"
    else
        # With a config file, the listen addresses are in that file.
        [ -z "$config" ] || got=''
        case $got in
            '' | *https:* | *unixs:* | *\$*)
                ready=yes
                return
                ;;
        esac
        trouble="etcd would ignore \`/$env_file\`: $by listens for clients on \`$got\`, without TLS"
        fix="use https in \`ETCD_LISTEN_CLIENT_URLS\` and \`ETCD_ADVERTISE_CLIENT_URLS\`; $edit"
    fi
    if [ -n "$unsure" ]; then
        ready=warn trouble="the service \`$where\` takes settings from elsewhere, which install.sh does not read; without those, $trouble"
    elif [ -z "$shadowed" ] && { [ -d "$state/current" ] || [ "$mode" = rollback ]; }; then
        # This member is installed, so its etcd runs already.
        ready=warn
    fi
}

# Sets $option, and $of and $key for the config file, from $variable.
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

# Prints the value of $key below $of in the config file.
config_value() {
    for at in "$root$config" $(case $candidate in service:*) find_mount_source "$made_in" "$config" ;; esac); do
        [ -f "$at" ] || continue
        section=''
        while IFS= read -r line || [ -n "$line" ]; do
            parse_yaml_line || continue
            [ "$indent" != 0 ] || section=${text%%:*}
            [ "$section" = "$of" ] || continue
            case $text in "$key:"*) list_tokens "${text#*:}" ;; esac
        done <"$at"
    done
}

# Prints the lines that the config file should have.
config_lines() {
    section=''
    for line in $(list_assignments "$bundle/payload/$env_file"); do
        variable=${line%%=*}
        etcd_option
        [ "$key" != cert-allowed-cn ] || continue
        [ "$of" = "$section" ] || printf '\n  %s:' "$of"
        section=$of
        printf '\n    %s: %s' "$key" "${line#*=}"
    done
}
