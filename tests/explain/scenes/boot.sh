# Becomes a machine of its own: a root with the tools of this one, an /etc with little in it, everything else empty, and no network
# but its own loopback. All of it ends with the process.
# usage: boot.sh ROOT PROGRAM TESTS RESULTS BASE SCRIPT      in namespaces of its own
set -eu
root=$1 program=$2 tests=$3 results=$4 base=$5 script=$6
mount -t tmpfs none "$root"
for folder in usr bin sbin lib lib32 lib64 libx32; do
    if [ -L /$folder ]; then
        cp -P /$folder "$root"
    elif [ -d /$folder ]; then
        mkdir "$root/$folder"
        mount --rbind /$folder "$root/$folder"
    fi
done
cd "$root"
mkdir -p dev proc etc/ssl etc/systemd/system opt/bin opt/tests opt/results opt/base root run tmp var/lib var/tmp
chmod 1777 tmp var/tmp
mount --rbind /dev dev
mount -t proc none proc
for file in passwd group alternatives ld.so.cache ld.so.conf ld.so.conf.d ssl/openssl.cnf; do
    [ ! -e /etc/$file ] || cp -a /etc/$file etc/$file
done
echo '127.0.0.1 localhost' >etc/hosts
touch opt/bin/meshbundle
mount --bind "$program" opt/bin/meshbundle
mount --bind "$tests" opt/tests
mount --bind "$results" opt/results
mount --bind "$base" opt/base
ip link set lo up
exec chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 PATH=/opt/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    sh -c 'cd; . /opt/tests/explain/scenes/play.sh; '"$script"
