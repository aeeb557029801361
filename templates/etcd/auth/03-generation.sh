# --- The generation that this etcd has: the etcd itself keeps it, as the name of a role without rights,
# clustermesh-generation-GENERATION-PHASE-COUNTER-DIGEST. The phase is `added`, or `withdrawn` when nothing is left to remove as well. The
# counter orders the receipts of this etcd. A run that was killed may leave several such roles, and the highest one counts.

# Every shell can compare fifteen digits.
is_number() {
    case $1 in
        '' | *[!0-9]* | 0* | ????????????????*) return 1 ;;
    esac
}

# Splits the name of such a role into role_… variables. Returns 1 for every other role.
split_record() {
    rest=${1#clustermesh-generation-}
    [ "$rest" != "$1" ] || return 1
    role_generation=${rest%%-*} rest=${rest#*-}
    role_phase=${rest%%-*} rest=${rest#*-}
    role_counter=${rest%%-*} role_digest=${rest#*-}
    case $role_phase:$role_digest in
        added:*[!0-9a-f]* | withdrawn:*[!0-9a-f]*) return 1 ;;
        added:* | withdrawn:*) ;;
        *) return 1 ;;
    esac
    [ ${#role_digest} = 32 ] && is_number "$role_generation" && is_number "$role_counter"
}

# Whether the role that was split is behind the highest one so far. Of two runs in one second, neither has surely withdrawn.
is_behind() {
    if [ "$role_generation" != "$had_generation" ]; then
        [ "$role_generation" -lt "$had_generation" ]
    elif [ "$role_counter" != "$had_counter" ]; then
        [ "$role_counter" -lt "$had_counter" ]
    else
        [ "$role_phase" = withdrawn ]
    fi
}

# read_records ROLES: sets $records to the roles that record a generation, had_… to the parts of the highest one, and $last_counter
read_records() {
    records='' record='' had_generation=0 had_phase='' had_counter=0 had_digest='' last_counter=0
    while IFS= read -r one; do
        split_record "$one" || continue
        records=$records${records:+$nl}$one
        [ "$role_counter" -le "$last_counter" ] || last_counter=$role_counter
        is_behind && continue
        record=$one had_generation=$role_generation had_phase=$role_phase had_counter=$role_counter had_digest=$role_digest
    done <<ROLES
$1
ROLES
}

# Refuses to replace a generation that is not older than this one.
check_generation() {
    way="Run the etcd-auth.sh that \`meshbundle generate\` wrote last. If the state was lost, or is an older backup, compare both scripts first:
after \`etcdctl role delete $record\` this one goes on"
    [ "$had_generation" -le "$generation" ] ||
        cannot "this etcd has generation $had_generation, and this script is generation $generation, so it changes nothing.
$way"
    [ "$had_generation:$had_digest" = "$generation:$digest" ] || [ "$had_generation" != "$generation" ] ||
        cannot "this etcd has another generation $generation, which was generated from another state, so this script changes nothing.
$way"
}

# drop_records LIST: removes what is recorded, but for the highest one. What stays is removed by the next run.
drop_records() {
    for one in $1; do
        [ "$one" = "$record" ] || ctl role delete -- "$one" >/dev/null 2>&1 || :
    done
}

# keep_record PHASE: records this generation, unless somebody else has recorded one since this run began
keep_record() {
    before=$records
    now=$(ctl role list) || cannot 'cannot list the roles'
    read_records "$now"
    [ "$records" = "$before" ] || cannot "another run of etcd-auth.sh recorded generation $had_generation while this one was at work:
run the script of the highest generation again"
    counter=$((last_counter + 1)) clock=$(date +%s)
    [ "$clock" -le "$counter" ] || counter=$clock
    records=clustermesh-generation-$generation-$1-$counter-$digest
    ctl role add "$records" >/dev/null || cannot "failed: + generation $generation"
    read_records "$records"
    drop_records "$before"
}

# Records what was added before the first thing is removed: a run that is killed in between must leave its generation behind.
begin_withdrawal() {
    [ "$had_generation" = "$generation" ] || keep_record added
}

# Records this generation, with what was done.
record_generation() {
    phase=withdrawn words="+ generation $generation"
    [ $open = 0 ] || phase=added words="$words, not withdrawn"
    if [ "$had_generation:$had_phase" = "$generation:$phase" ]; then
        [ "$mode" = check ] || drop_records "$records"
        return
    fi
    different=1
    [ "$mode" = check ] || keep_record "$phase"
    printf '%s\n' "$words"
}

# Prints what this etcd has, for `meshbundle rollout record`. `due` has `withdrawal` until everything was removed that had to be.
print_receipt() {
    due=''
    [ "$had_phase" = withdrawn ] || due='"withdrawal"'
    printf '{"receipt":1,"mesh":"%s","state":"%s","unit":"%s/users",' "$mesh" "$state" "$cluster"
    printf '"generation":%s,"digest":"%s","counter":%s,"due":[%s]}\n' "$had_generation" "$had_digest" "$had_counter" "$due"
}

