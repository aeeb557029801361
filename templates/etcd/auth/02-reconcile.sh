# Prints the roles of a user, separated by spaces.
read_roles() {
    said=$(ctl user get -- "$1") || return
    printf '%s' "${said#*"${nl}"Roles:}"
}

# Prints the grants that a role has, such as `read prefix cilium/`.
read_grants() {
    contains "$roles_there" "$1" || return 0
    printed=$(ctl role get -- "$1") || return
    reads='' writes='' section=''
    while IFS= read -r line; do
        case $line in
            'KV Read:') section='read' ;;
            'KV Write:') section='write' ;;
            "$tab"*)
                range=${line#"$tab"}
                case $range in
                    '['*') (prefix '*')') kind=prefix range=${range#*') (prefix '} end=')' ;;
                    '['*', <open ended>'*) kind=from range=${range#'['} end=', <open ended>*' ;;
                    '['*', '*')') kind=range range=${range#'['} end=')' ;;
                    *) kind=key end='' ;;
                esac
                # shellcheck disable=SC2295 # $end is a pattern
                range="$kind ${range%$end}"
                if [ "$section" = "read" ]; then reads=$reads$nl$range; else writes=$writes$nl$range; fi
                ;;
        esac
    done <<PRINTED
$printed
PRINTED
    reads=${reads#"$nl"} writes=${writes#"$nl"}
    add_prefix readwrite "$(both "$reads" "$writes")"
    add_prefix read "$(without "$reads" "$writes")"
    add_prefix write "$(without "$writes" "$reads")"
}

# Prints the grants that a role should have.
plan_grants() {
    while IFS= read -r line; do
        case $line in
            "$1 "*) printf '%s\n' "${line#"$1 "}" ;;
        esac
    done <<GRANTS
$grants
GRANTS
}

# add_prefix WORD LINES: prints each line with the word before it.
add_prefix() {
    while IFS= read -r line; do
        [ -z "$line" ] || printf '%s %s\n' "$1" "$line"
    done <<LINES
$2
LINES
}

# check_cluster ROLE GRANTS: an old ETCDCTL_ENDPOINTS must not give the etcd of one cluster the grants of another.
check_cluster() {
    while IFS= read -r line; do
        case $line in
            *' key cilium/cluster-config/'*)
                [ "${line##*/}" = "$cluster" ] || cannot "the role $1 of this etcd is for the cluster ${line##*/}, and this script is for $cluster:
check ETCDCTL_ENDPOINTS; if it is the right etcd, delete that role first"
                ;;
        esac
    done <<OF
$2
OF
}

# grant ROLE ACCESS KIND KEY. If the range is granted with other access, etcd replaces it in one step.
grant() {
    case $3 in
        prefix) change "+ grant $*" role grant-permission --prefix -- "$1" "$2" "$4" ;;
        key) change "+ grant $*" role grant-permission -- "$1" "$2" "$4" ;;
    esac
}

# revoke ROLE ACCESS KIND KEY
revoke() {
    case $3 in
        prefix) change "- grant $*" role revoke-permission --prefix -- "$1" "$4" ;;
        from) change "- grant $*" role revoke-permission --from-key -- "$1" "$4" ;;
        range) change "- grant $*" role revoke-permission -- "$1" "${4%%, *}" "${4#*, }" ;;
        key) change "- grant $*" role revoke-permission -- "$1" "$4" ;;
    esac
}

# split_grant COMMAND ROLE GRANT: runs the command with the parts of the grant as arguments.
split_grant() {
    part_kind=${3#* }
    "$1" "$2" "${3%% *}" "${part_kind%% *}" "${part_kind#* }"
}

# Reads the roles. They must be those of this cluster.
read_etcd() {
    roles_there=$(ctl role list) || cannot "cannot list the roles: with authentication on, only the user root may"
    for role in $roles; do
        there=$(read_grants "$role") || cannot "cannot read the role $role"
        check_cluster "$role" "$there"
    done
    read_records "$roles_there"
    records_there=$records
}

# Adds first and removes last, so that no user loses a right in between.
reconcile() {
    read_etcd
    check_generation
    users_there=$(ctl user list) || cannot "cannot list the users: with authentication on, only the user root may"
    different=0 open=0 excess='' too_many='' left=''
    for role in $roles; do
        there=$(read_grants "$role") || cannot "cannot read the role $role"
        wanted=$(plan_grants "$role")
        contains "$roles_there" "$role" || change "+ role $role" role add "$role"
        while IFS= read -r line; do
            [ -z "$line" ] || split_grant grant "$role" "$line"
        done <<MISSING
$(without "$wanted" "$there")
MISSING
        excess=$excess$nl$(add_prefix "$role" "$(without "$there" "$wanted")")
    done

    names=$(printf '%s\n' "$users" | cut -d ' ' -f 2-)
    missing=$(without "$names" "$users_there")
    while IFS= read -r line; do
        [ -n "$line" ] || continue
        name=${line#* } wanted=${line%% *} had=''
        if contains "$missing" "$name"; then
            change "+ user $name" user add --no-password -- "$name"
        else
            had=$(read_roles "$name") || cannot "cannot read the user $name"
        fi
        for role in $(printf '%s' "$wanted" | tr , ' '); do
            case " $had " in
                *" $role "*) ;;
                *) change "+ user $name: role $role" user grant-role -- "$name" "$role" ;;
            esac
        done
        for role in $had; do
            case ,$wanted, in
                *,"$role",*) continue ;;
            esac
            if contains "$roles${nl}clustermesh-reader" "$role"; then
                too_many=$too_many$nl"$role $name"
            else
                left=$left$nl"user $name: role $role"
            fi
        done
    done <<USERS
$users
USERS

    while IFS= read -r line; do
        [ -n "$line" ] || continue
        name=${line#* } role=${line%% *}
        change "- user $name: role $role" user revoke-role -- "$name" "$role"
    done <<TOO_MANY
$too_many
TOO_MANY
    while IFS= read -r line; do
        [ -n "$line" ] || continue
        role=${line%% *} line=${line#* }
        if contains "$(plan_grants "$role" | cut -d ' ' -f 2-)" "${line#* }"; then
            change "- grant $role $line"
        else
            split_grant revoke "$role" "$line"
        fi
    done <<EXCESS
$excess
EXCESS
    # A user with other roles is used for something else, so it keeps them. Only the reader's role is removed.
    while IFS= read -r name; do
        [ -n "$name" ] || continue
        if contains "$revoked" "$name"; then
            change "- user $name, which was revoked" user delete -- "$name"
            continue
        fi
        had=$(read_roles "$name") || cannot "cannot read the user $name"
        more=''
        for role in $had; do
            [ "$role" = clustermesh-reader ] || more=$more$nl"user $name: role $role"
        done
        if [ -z "$more" ]; then
            change "- user $name" user delete -- "$name"
            continue
        fi
        left=$left$more
        case " $had " in
            *' clustermesh-reader '*) change "- user $name: role clustermesh-reader" user revoke-role -- "$name" clustermesh-reader ;;
        esac
    done <<RETIRED
$(both "$retired" "$users_there")
RETIRED
    # The roles of local clients stay even if the mesh no longer has them: an edit of the mesh must not stop the local agents.
    if contains "$roles_there" clustermesh-reader && ! contains "$roles" clustermesh-reader; then
        change '- role clustermesh-reader' role delete clustermesh-reader
    fi

    left=$left$nl$(add_prefix user "$(without "$users_there" "$names$nl$retired")")
    left=$left$nl$(add_prefix role "$(without "$roles_there" "$roles${nl}clustermesh-reader${nl}root$nl$records_there")")
    while IFS= read -r line; do
        [ -z "$line" ] || printf 'not changed: %s\n' "$line"
    done <<LEFT
$left
LEFT
    [ $different != 0 ] || echo 'users and roles match the mesh'
    record_generation
    [ "$mode" = check ] || print_receipt
}

