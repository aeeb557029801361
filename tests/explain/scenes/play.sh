# Sets a scene and pastes lines into it. A family's file has, for the page CMxxxx, what its lines need:
#   stage_CMxxxx       brings about what the page describes, in /root
#   before_CMxxxx_N    what happens before its line N: a step that the page describes in words, the next machine
#   after_CMxxxx       what the page asks for in words after its last line
#   check_CMxxxx       prints the finding while there is one; without it, the last line of `Wrong` that is this program's

scenes=/opt/tests/explain/scenes
. "$scenes/stand_ins.sh"

is_known() { type "$1" >/dev/null 2>&1; }

# Runs a part of the scene, which must succeed.
part() {
    is_known "$1" || return 0
    set -e
    "$1" >/opt/results/part.out 2>&1
    set +e
}

# set_stage FAMILY PAGE
set_stage() {
    page=$2
    . "$scenes/$1.sh"
    part "stage_$page"
}

# in_days N COMMAND: runs it as it ran, or will run, that many days from now.
in_days() {
    days=$1
    shift
    MESHBUNDLE_NOW=$(date -u -d "$days days" +%FT%TZ) "$@"
}

# unpack CLUSTER KIND NAME: ships an archive, and unpacks it.
unpack() { tar -xzf "out/bundles/$1/$2/$3.tar.gz"; }

# a_ca FILE NAME: a CA that somebody else has made, with its key.
a_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.crt" -days 3650 -subj "/CN=$2" \
        -addext keyUsage=critical,keyCertSign,cRLSign
}

# paste N LINE: as a terminal does, in one shell after another line; what it prints and its status are kept.
paste() {
    part "before_${page}_$1"
    eval "$2" >"/opt/results/$1.out" 2>&1 </dev/null
    echo $? >"/opt/results/$1.status"
}

# check NAME N COMMAND: what the scene's own check prints, or the line N, which was COMMAND, unless the scene has gone on since.
check() {
    check=$3
    ! is_known "check_$page" || check=check_$page
    if [ "$check" = "$3" ] && [ -e "/opt/results/$2.out" ] && ! { [ "$1" = after ] && is_known "after_$page"; }; then
        cp "/opt/results/$2.out" "/opt/results/$1.out"
        cp "/opt/results/$2.status" "/opt/results/$1.status"
        return
    fi
    (cd && eval "$check") >"/opt/results/$1.out" 2>&1 </dev/null
    echo $? >"/opt/results/$1.status"
}

done_pasting() { part "after_$page"; }
