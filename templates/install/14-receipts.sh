# --- Receipts: one line of JSON that says what is installed here, for `meshbundle rollout record`. In the records, `counter` orders them,
# and `due` lists what must be restarted before the installed files are in use.

# Reads the last count into $counter. An installation without a count counts from its own time.
read_counter() {
    counter=$(cat "$state/counter" 2>/dev/null || :)
    # Every shell can compare fifteen digits.
    case $counter in '' | *[!0-9]* | 0* | ????????????????*) counter=$(stat -c %Y "$state/current" 2>/dev/null || printf 0) ;; esac
}

# Counts on: one more than the last count, or the clock, whichever is later.
count_on() {
    read_counter
    : >"$state/counter.new"
    clock=$(stat -c %Y "$state/counter.new")
    counter=$((counter + 1))
    [ "$clock" -le "$counter" ] || counter=$clock
    printf '%s\n' "$counter" >"$state/counter.new"
    mv "$state/counter.new" "$state/counter"
}

# Reads what must be restarted into $due.
read_due() {
    due=''
    [ ! -f "$state/due" ] || while IFS= read -r line; do
        case $line in agent | announce | etcd) has "$due" "$line" || due=$due${due:+$nl}$line ;; esac
    done <"$state/due"
}

# write_due LIST: records what must be restarted from now on
write_due() {
    if [ -z "$1" ]; then
        rm -f "$state/due"
    else
        printf '%s\n' "$1" >"$state/due.new"
        mv "$state/due.new" "$state/due"
    fi
}

# What this run asks to restart, a line each.
list_restarts() {
    [ "$restart" = none ] || (IFS=,; printf '%s\n' $restart)
}

# Adds what this run asks to restart. It is recorded before the first file is placed, and again after the last one: a process that
# starts in between may have read old files.
add_due() {
    [ "$restart" != none ] || return 0
    read_due
    for one in $(list_restarts); do
        has "$due" "$one" || due=$due${due:+$nl}$one
    done
    write_due "$due"
}

# drop_due WHAT: notes that WHAT was restarted
drop_due() {
    read_due
    left=''
    for one in $due; do
        [ "$one" = "$1" ] || left=$left${left:+$nl}$one
    done
    [ "$left" = "$due" ] || write_due "$left"
}

# Notes what was restarted by others: every process of that name on this machine is younger than the installed files.
find_restarted() {
    read_due
    [ -n "$due" ] && [ -r /proc/uptime ] || return 0
    # Processes of this machine do not belong to an image or a chroot.
    [ -z "$root" ] || [ "$m_runtime" = compose ] || return 0
    : >"$state/due.now"
    age=$(($(stat -c %Y "$state/due.now") - $(stat -c %Y "$state/due")))
    rm -f "$state/due.now"
    IFS='. ' read -r uptime _ </proc/uptime
    for one in $due; do
        case $one in
            agent) name=cilium-agent ;;
            announce) name=meshbundle ;;
            *) name=etcd ;;
        esac
        is_younger "$name" "$age" || continue
        drop_due "$one"
    done
}

# is_younger NAME SECONDS: whether there are processes of that name, and all are younger
is_younger() {
    youngest=''
    set +f
    for process in /proc/[0-9]*; do
        { IFS= read -r called <"$process/comm"; } 2>/dev/null || continue
        [ "$called" = "$1" ] || continue
        started=$(print_start_time "${process#/proc/}")
        # The kernel counts a hundred ticks a second for programs (proc(5)).
        [ "$started" != 0 ] && [ $((uptime - started / 100)) -lt "$2" ] || {
            youngest=no
            break
        }
        youngest=yes
    done
    set -f
    [ "$youngest" = yes ]
}

# print_receipt GENERATION: prints what is installed; 0 is nothing
print_receipt() {
    receipt="{\"receipt\":1,\"mesh\":\"$m_mesh\""
    [ -z "$m_state" ] || receipt="$receipt,\"state\":\"$m_state\""
    [ "$m_branch" = 0 ] || receipt="$receipt,\"branch\":$m_branch"
    receipt="$receipt,\"unit\":\"$m_cluster/$m_kind/$m_node$m_member\",\"generation\":$1"
    [ -z "$m_digest" ] || [ "$1" = 0 ] || receipt="$receipt,\"digest\":\"$m_digest\""
    receipt="$receipt,\"counter\":$counter,\"due\":["
    separator=''
    for one in $due; do
        receipt="$receipt$separator\"$one\"" separator=,
    done
    printf '%s]}\n' "$receipt" || exit 2
}

# Prints the receipt of what is installed, after it has noted what was restarted.
print_installed() {
    read_due
    before=$due
    if [ "$mode" = restarted ]; then drop_due "$restarted"; else find_restarted; fi
    read_due
    # What was asked for is newer than what was printed before.
    if [ "$mode:$due" = "install:$before" ]; then read_counter; else count_on; fi
    print_receipt "$m_generation"
}

# --receipt and --restarted
report_installed() {
    bundle=$state/current
    [ -d "$bundle" ] || fail "nothing is installed in \`${root:-/}\`"
    take_lock
    repair_records
    read_manifest "$bundle"
    print_installed
    finish 0
}
