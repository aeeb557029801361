#!/bin/sh
# A machine of the test's own: systemd as process 1 of its own namespaces, on a root with this machine's /usr and nothing else.
# It runs until stdin ends, be it that the test was killed.
# usage: unshare --mount boot.sh ROOT NAME MESHBUNDLE
set -eu
root=$1 name=$2 program=$3

# cgroup2 wherever this machine has it, if at all: the manager gets a group of its own there, which it takes for the root.
mkdir "$root/cgroup"
mount -t cgroup2 none "$root/cgroup"
group=$root/cgroup/meshbundle-test-${root##*/}
mkdir "$group"

machine=$root/machine
mkdir "$machine"
mount -t tmpfs tmpfs "$machine"
cd "$machine"
mkdir -p usr etc/systemd/system home proc sys dev run tmp var/lib var/log var/tmp root
mount --bind /usr usr
mount -t tmpfs tmpfs usr/local
mkdir -p usr/local/bin
: >usr/local/bin/meshbundle
mount --bind "$program" usr/local/bin/meshbundle
for folder in bin sbin lib lib64; do
    [ ! -L "/$folder" ] || ln -s "$(readlink "/$folder")" "$folder"
done
chmod 1777 tmp var/tmp
printf 'root:x:0:0:root:/root:/bin/sh\netcd:x:2379:2379::/nonexistent:/bin/false\n' >etc/passwd
printf 'root:x:0:\netcd:x:2379:\n' >etc/group
printf '127.0.0.1 localhost\n' >etc/hosts
echo 0123456789abcdef0123456789abcdef >etc/machine-id
# Of this machine's own units none: they load modules, set the kernel's parameters, ask for its devices.
units=usr/local/lib/systemd/system
mkdir -p "$units"
for target in basic sysinit shutdown network-online multi-user; do
    printf '[Unit]\nDescription=%s\n' "$target" >"$units/$target.target"
done
for unit in systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket; do
    cp "/usr/lib/systemd/system/$unit" "$units"
done
printf '[Unit]\nDescription=Up\nRequires=systemd-journald.service\nAfter=systemd-journald.service\n' >"$units/up.target"

cat >"$root/init" <<'INIT'
set -eu
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 none sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do
    : >"dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
echo "$1" >proc/sys/kernel/hostname
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mkdir old
pivot_root . old
umount -l /old
exec env -i container=meshbundle-test PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    SYSTEMD_UNIT_PATH="/etc/systemd/system:/run/systemd/system:/$units" \
    /usr/lib/systemd/systemd --system --unit=up.target --show-status=no
INIT
(
    sh -c 'echo $PPID' >"$group/cgroup.procs"
    exec env "units=$units" unshare --pid --fork --kill-child --uts --ipc --net --cgroup --mount sh "$root/init" "$name"
) </dev/null &
unshare=$!
cat >/dev/null
kill -KILL "$unshare"
wait "$unshare" 2>/dev/null || :
# Groups go once their processes have gone.
tries=0
until find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || [ "$tries" = 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
