# Scenes of CM0762 and CM08xx: one machine that is node1 of tokyo, at 10.11.0.1, the member etcd1 of oslo, at 10.12.0.1, and where
# the mesh is kept.

mesh() {
    cat <<'MESH'
version: 1
mesh: prod
cilium: { version: "1.18" }
defaults: { runtime: { kind: systemd } }
clusters:
- name: oslo
  id: 2
  nodes: [node1]
  etcd:
    endpoints: [https://10.12.0.1:2379]
    clientName: remote
    localClients: true
    announce: true
    members: [{ name: etcd1, addresses: [10.12.0.1, 10.12.0.2, 10.12.0.3, 10.12.0.10, etcd1.oslo.example.net] }]
- { name: tokyo, id: 1, nodes: [node1], etcd: { endpoints: [https://10.11.0.1:2379], members: [{ name: etcd1, addresses: [10.11.0.1] }] } }
MESH
}

clustermesh=/var/lib/clustermesh
config=$clustermesh/oslo

network() {
    for last in 1 2 3 9 10; do
        ip route add local 10.12.0.$last dev lo table local src 10.11.0.1 2>/dev/null || :
    done
}
ip address add 10.11.0.1/32 dev lo
network

administrator() {
    export ETCDCTL_API=3 ETCDCTL_ENDPOINTS=https://10.12.0.1:2379 ETCDCTL_CACERT=/root/out/bundles/oslo/etcd/server-ca.crt
    export ETCDCTL_CERT=/root/out/bundles/oslo/etcd/root.crt ETCDCTL_KEY=/root/out/bundles/oslo/etcd/root.key
}

install_member() {
    hostname etcd1
    rm -rf oslo.etcd.etcd1
    unpack oslo etcd etcd1
    ./oslo.etcd.etcd1/install.sh "$@"
    hostname node1
}

install_node() {
    hostname node1
    rm -rf tokyo.node1
    unpack tokyo nodes node1
    ./tokyo.node1/install.sh
}

# etcd, as its unit starts it, which reads two files.
start_etcd() {
    (
        set -a
        . /etc/etcd/etcd.env
        [ -n "${without_bundle:-}" ] || . /etc/etcd/clustermesh/etcd.env
        set +a
        exec etcd >>/var/log/etcd.log 2>&1
    ) &
    etcd=$!
    await_port 2379
}
stop_etcd() { kill $etcd; wait $etcd 2>/dev/null || :; }
await_balancer() { await_socket 'src 10.12.0.10'; }
await_port() { await_socket "sport = :$1"; }
await_socket() {
    for try in $(seq 200); do
        ! ss -ltn "$1" | grep -q LISTEN || return 0
        sleep 0.05
    done
    tail -n 3 /var/log/etcd.log
    return 1
}

restart_etcd() { stop_etcd; start_etcd; }

announced() {
    etcdctl put cilium/cluster-config/oslo '{"id":2}'
    etcdctl put cilium/.heartbeat "$(date -u +%FT%TZ)"
}

base() {
    cd /root
    mesh >mesh.yaml
    meshbundle generate mesh.yaml --out out --create-authorities
    mkdir -p /etc/etcd /var/log
    cat >/etc/etcd/etcd.env <<'ENV'
ETCD_NAME=etcd1
ETCD_DATA_DIR=/var/lib/etcd
ETCD_LISTEN_CLIENT_URLS=https://10.12.0.1:2379,https://127.0.0.1:2379
ETCD_ADVERTISE_CLIENT_URLS=https://10.12.0.1:2379
ETCD_HEARTBEAT_INTERVAL=10
ETCD_ELECTION_TIMEOUT=100
ENV
    cat >/etc/systemd/system/etcd.service <<'UNIT'
[Service]
EnvironmentFile=/etc/etcd/etcd.env
EnvironmentFile=/etc/etcd/clustermesh/etcd.env
ExecStart=/usr/bin/etcd
UNIT
    install_member
    install_node
    unpack oslo nodes node1
    cp -a oslo.node1/payload/var/lib/clustermesh-announce /var/lib
    cp oslo.node1/payload/etc/systemd/system/clustermesh-announce.service /etc/systemd/system
    administrator
    start_etcd
    (cd out/bundles/oslo/etcd && sh etcd-auth.sh --enable)
    stop_etcd
    tar -cf /opt/base/machine.tar /root /etc/etcd /etc/systemd /etc/cilium /var/lib
}

machine() {
    tar -xf /opt/base/machine.tar -C /
    mkdir -p /var/log
    hostname node1
    administrator
}

linked() {
    machine
    start_etcd
    announced
}

# The etcd without rights, for what root's certificate cannot reach.
without_rights() { etcdctl auth disable; }

# a_leaf NAME CA EXTENSIONS: NAME.crt and NAME.key, signed by CA.crt.
a_leaf() {
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
    printf '%b' "$3" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 90 -extfile "$1.ext" -out "$1.crt"
}
san='subjectAltName=IP:10.12.0.1,IP:127.0.0.1\n'

# server CA EXTENSIONS: the etcd presents another certificate.
server() {
    a_leaf etcd "$1" "$san$2"
    cp etcd.crt /etc/etcd/clustermesh/server.crt
    cp etcd.key /etc/etcd/clustermesh/server.key
}

the_ca() {
    cp state/authorities/mesh.*.crt mesh.crt
    cp state/authorities/mesh.*.key mesh.key
}

stage_CM0801() {
    linked
    python3 /opt/tests/dist/dns.py 127.0.0.53 etcd1.bergen.example.net 10.13.0.1 &
    echo nameserver 127.0.0.53 >/etc/resolv.conf
    sed -i s,//10.12.0.1:,//etcd1.oslo.example.net:, $config
}

stage_CM0802() { machine; echo ETCD_LISTEN_CLIENT_URLS=https://127.0.0.1:2379 >>/etc/etcd/etcd.env; start_etcd; ETCDCTL_ENDPOINTS=https://127.0.0.1:2379 announced; }

stage_CM0803() { linked; iptables -A INPUT -p tcp --dport 2379 -j DROP; }

stage_CM0804() {
    linked
    without_rights
    stop_etcd
    sed -i '/^ETCD_LISTEN_CLIENT_URLS=/s/https:/http:/g' /etc/etcd/etcd.env
    start_etcd
}

stage_CM0805() {
    machine
    a_ca oslo-ca 'oslo CA'
    server oslo-ca
    cat oslo-ca.crt >>$ETCDCTL_CACERT
    start_etcd
    announced
}

listens_at() { sed -i "s,^ETCD_LISTEN_CLIENT_URLS=,&https://$1:2379\,," /etc/etcd/etcd.env; }
stage_CM0806() {
    machine
    listens_at 10.12.0.9
    start_etcd
    announced
    sed -i s,10.12.0.1:,10.12.0.9:, $config
}
before_CM0806_3() { sed -i s/10.12.0.2,/10.12.0.9,/ mesh.yaml; }
before_CM0806_4() { cp out/bundles/oslo/etcd/etcd1.tar.gz .; hostname etcd1; }
before_CM0806_5() { hostname node1; }

expired() {
    machine
    rm -rf state out
    in_days -400 meshbundle generate mesh.yaml --out out --create-authorities
    cp state/authorities/mesh.*.crt $clustermesh/oslo.etcd-client-ca.crt
    cp state/authorities/mesh.*.crt /etc/etcd/clustermesh/client-ca.crt
    the_ca
    a_leaf root mesh 'extendedKeyUsage=clientAuth\n'
    ETCDCTL_CERT=/root/root.crt ETCDCTL_KEY=/root/root.key
}

stage_CM0807() {
    expired
    a_leaf etcd mesh "${san}extendedKeyUsage=serverAuth,clientAuth\n"
    openssl x509 -in /etc/etcd/clustermesh/server.crt -noout
    unpack oslo etcd etcd1
    cp oslo.etcd.etcd1/payload/etc/etcd/clustermesh/server.* /etc/etcd/clustermesh
    rm -r oslo.etcd.etcd1
    start_etcd
    without_verifying announced
}
# Of this server, whose certificate is wrong.
without_verifying() {
    unset ETCDCTL_CACERT
    etcdctl() { /usr/bin/etcdctl --insecure-skip-tls-verify --insecure-transport=false "$@"; }
    "$@"
    unset -f etcdctl
    administrator
}
before_CM0807_4() { cp out/bundles/oslo/etcd/etcd1.tar.gz .; hostname etcd1; }
before_CM0807_5() { install_node; }

stage_CM0808() {
    linked
    the_ca
    server mesh 'extendedKeyUsage=clientAuth\n'
}
before_CM0808_4() { cp out/bundles/oslo/etcd/etcd1.tar.gz .; hostname etcd1; }

stage_CM0809() {
    expired
    a_leaf etcd mesh "${san}extendedKeyUsage=serverAuth,clientAuth\n"
    cp etcd.crt /etc/etcd/clustermesh/server.crt
    cp etcd.key /etc/etcd/clustermesh/server.key
    cp mesh.crt $ETCDCTL_CACERT
    unpack tokyo nodes node1
    cp tokyo.node1/payload$clustermesh/* $clustermesh
    start_etcd
    announced
}
before_CM0809_3() { cp out/bundles/tokyo/nodes/node1.tar.gz .; }

stage_CM0810() {
    machine
    mkdir -p /etc/etcd/pki
    a_ca tokyo-ca 'tokyo CA'
    a_leaf remote tokyo-ca 'extendedKeyUsage=clientAuth\n'
    cp remote.crt $clustermesh/oslo.etcd-client.crt
    cp remote.key $clustermesh/oslo.etcd-client.key
    cp /etc/etcd/clustermesh/client-ca.crt /etc/etcd/pki/clients-ca.crt
    sed -i 's,/etc/etcd/clustermesh/client-ca.crt,/etc/etcd/pki/clients-ca.crt,' /etc/etcd/clustermesh/etcd.env
    start_etcd
    announced
}

stage_CM0811() {
    linked
    sed -i -E '/^(cert|key)-file:/d' $config
    cp out/bundles/tokyo/nodes/node1.tar.gz .
}

stage_CM0812() {
    linked
    etcdctl user delete remote
}

# role GRANT...: the user has a role of its own.
role() {
    etcdctl user revoke-role remote clustermesh-reader
    etcdctl role add remote
    etcdctl user grant-role remote remote
    for prefix in cilium/cluster-config/oslo cilium/synced/oslo/; do
        etcdctl role grant-permission remote read --prefix=true $prefix
    done
}
stage_CM0813() {
    linked
    role
    etcdctl role grant-permission remote read --prefix=true cilium/state/
    etcdctl role grant-permission remote read cilium/.heartbeat
}

stage_CM0814() {
    linked
    role
    etcdctl role grant-permission remote read --prefix=true cilium/.heartbeat
    for kind in nodes/v1/oslo/ services/v1/oslo/ serviceexports/v1/oslo/ ip/v1/default/ identities/v1/id/; do
        etcdctl role grant-permission remote read --prefix=true cilium/state/$kind
    done
}

stage_CM0815() {
    linked
    without_rights
    etcdctl del cilium/cluster-config/oslo
    etcdctl put cilium/cluster-config/bergen '{"id":9}'
}

stage_CM0816() {
    linked
    without_rights
    sed 's/^# anchors.*//' $config >$clustermesh/bergen
    etcdctl put cilium/cluster-config/bergen '{"id":2}'
}

stage_CM0817() { linked; etcdctl put cilium/cluster-config/oslo '{"id":2,"capabilities":{"syncedCanaries":true}}'; }

heartbeat_of() { etcdctl put cilium/.heartbeat "$(date -u -d "$1 seconds" +%FT%TZ)"; }

stage_CM0818() { linked; etcdctl del cilium/.heartbeat; }
start_clustermesh_announce() {
    $(sed -n 's,^ExecStart=/usr/local/bin/,,p' /etc/systemd/system/clustermesh-announce.service) >/var/log/announce.log 2>&1 &
    for try in $(seq 100); do
        sleep 0.05
        case $(etcdctl get --print-value-only cilium/.heartbeat) in "$(date -u +%FT%H)"*) return ;; esac
    done
}

# another_etcd: at 10.12.0.2, with other data.
another_etcd() {
    (
        ETCD_LISTEN_CLIENT_URLS=https://10.12.0.2:2379
        . /etc/etcd/clustermesh/etcd.env
        export ETCD_CERT_FILE ETCD_KEY_FILE ETCD_TRUSTED_CA_FILE ETCD_CLIENT_CERT_AUTH
        exec etcd --data-dir /var/lib/etcd2 --listen-client-urls https://10.12.0.2:2379 --advertise-client-urls https://10.12.0.2:2379 \
            --listen-peer-urls http://127.0.0.2:2380 --initial-advertise-peer-urls http://127.0.0.2:2380 \
            --initial-cluster default=http://127.0.0.2:2380 >/var/log/etcd2.log 2>&1
    ) &
    for try in $(seq 100); do
        ! ETCDCTL_ENDPOINTS=https://10.12.0.2:2379 etcdctl put x x || break
        sleep 0.05
    done
}
stage_CM0819() {
    linked
    without_rights
    another_etcd
    (ETCDCTL_ENDPOINTS=https://10.12.0.2:2379 announced)
    sed -i 's,^- https.*,&\n- https://10.12.0.2:2379,' $config
    sed -i 's,endpoints: .https://10.12.0.1:2379,&\, https://10.12.0.2:2379,' mesh.yaml
    unset ETCDCTL_ENDPOINTS
}
before_CM0819_3() { mesh >mesh.yaml; }
after_CM0819() { install_node; }

stage_CM0820() {
    linked
    openssl s_server -quiet -accept 10.12.0.1:443 -cert /etc/etcd/clustermesh/server.crt -key /etc/etcd/clustermesh/server.key -www &
    await_port 443
    sed -i s,:2379,:443, $config
}
after_CM0820() { install_node; }

member() { # NUMBER
    . /etc/etcd/clustermesh/etcd.env
    ETCD_CERT_FILE=$ETCD_CERT_FILE ETCD_KEY_FILE=$ETCD_KEY_FILE ETCD_TRUSTED_CA_FILE=$ETCD_TRUSTED_CA_FILE ETCD_CLIENT_CERT_AUTH=true \
        etcd --name "m$1" --data-dir "/var/lib/etcd$1" --listen-client-urls "https://10.12.0.$1:2379" \
        --advertise-client-urls "https://10.12.0.$1:2379" --listen-peer-urls "http://10.12.0.$1:2380" \
        --initial-advertise-peer-urls "http://10.12.0.$1:2380" --heartbeat-interval 20 --election-timeout 200 \
        --initial-cluster m1=http://10.12.0.1:2380,m2=http://10.12.0.2:2380,m3=http://10.12.0.3:2380 >"/var/log/etcd$1.log" 2>&1 &
}
await_leader() {
    for try in $(seq 100); do
        ! etcdctl --command-timeout 1s get x || return 0
        sleep 0.05
    done
    return 1
}
stage_CM0821() {
    machine
    member 1
    member 2
    second=$!
    member 3
    third=$!
    await_leader
    announced
    kill $second $third
    wait $second $third || :
    # Until the leader has noticed.
    for try in $(seq 100); do
        etcdctl --command-timeout 1s get x || break
    done
    start_etcd() { member 2; member 3; await_leader; }
}

# A writer of heartbeats whose clock is that many seconds off.
writer() {
    while sleep 1; do heartbeat_of "$1"; done >/dev/null 2>&1 &
    writer=$!
}
stage_CM0822() { linked; heartbeat_of -3600; writer -3600; }
synchronised() {
    kill $writer
    heartbeat_of 0
}

stage_CM0823() {
    linked
    python3 "$scenes/slow.py" 10.12.0.10 10.12.0.1 &
    await_balancer
    sed -i s,10.12.0.1:,10.12.0.10:, $config
}
before_CM0823_3() { etcdctl() { [ "$*" = 'check perf' ]; }; }
before_CM0823_4() { sed -i s,10.12.0.10:,10.12.0.1:, $config; }

stage_CM0824() {
    linked
    # Until interrupted: the etcd stops once the link is ready, and what watches once that is reported.
    meshbundle() {
        /opt/bin/meshbundle "$@" --every 1 >watched 2>&1 &
        watch=$!
        await_word ready
        kill $etcd
        await_word CM0824
        kill -INT $watch
        cat watched
    }
}
await_word() { for try in $(seq 1200); do ! grep -q "$1" watched || return 0; sleep 0.05; done; return 1; }
before_CM0824_2() { unset -f meshbundle; }
check_CM0824() { sed -n 's/.*\(CM0824\).*/[\1]/p' watched; }
after_CM0824() { check_CM0824() { meshbundle probe $clustermesh; }; }

stage_CM0825() { linked; sed -i s,:2379,, $config; }

of_p224() {
    machine
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:secp224r1 -nodes -keyout p224.key -out p224.crt -days 900 -subj /CN=P-224 \
        -addext keyUsage=critical,keyCertSign
    server p224
    cp p224.crt $clustermesh/oslo.etcd-client-ca.crt
    cp p224.crt $ETCDCTL_CACERT
    start_etcd
    announced
    unset ETCDCTL_ENDPOINTS ETCDCTL_CACERT ETCDCTL_CERT ETCDCTL_KEY
}
stage_CM0762() {
    of_p224
    unpack oslo etcd etcd1
    cp etcd.crt oslo.etcd.etcd1/payload/etc/etcd/clustermesh/server.crt
    cp etcd.key oslo.etcd.etcd1/payload/etc/etcd/clustermesh/server.key
    tar -czf etcd1.tar.gz oslo.etcd.etcd1
    cp p224.crt tokyo.node1/payload$clustermesh/oslo.etcd-client-ca.crt
    tar -czf node1.tar.gz tokyo.node1
}
after_CM0762() { check_CM0762() { :; }; }

stage_CM0826() { of_p224; }
# That it works is all that is found out.
after_CM0826() { check_CM0826() { :; }; }

stage_CM0830() { linked; heartbeat_of -75; }
before_CM0830_2() { writer 0; }

stage_CM0831() {
    machine
    sed -i s,https://127.0.0.1:2379,http://127.0.0.1:2381, /etc/etcd/etcd.env
    start_etcd
    without_rights
    announced
    cat /etc/etcd/clustermesh/server.crt /etc/etcd/clustermesh/server.key >/etc/haproxy.pem
    mkdir /etc/haproxy
    cat >/etc/haproxy/haproxy.cfg <<'CFG'
defaults
    mode tcp
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend etcd
    bind 10.12.0.10:2379 ssl crt /etc/haproxy.pem alpn h2 ssl-max-ver TLSv1.1
    default_backend etcd
backend etcd
    server etcd1 127.0.0.1:2381
CFG
    start_haproxy
    sed -i s,10.12.0.1:,10.12.0.10:, $config
}
start_haproxy() { haproxy -D -p /run/haproxy.pid -f /etc/haproxy/haproxy.cfg; }
reload_haproxy() {
    old=$(cat /run/haproxy.pid)
    haproxy -D -p /run/haproxy.pid -f /etc/haproxy/haproxy.cfg -sf "$old"
    while kill -0 "$old" 2>/dev/null; do sleep 0.05; done
}

# The unit reads the bundle's file no more: what TLS needs is in the other one.
stage_CM0832() {
    linked
    without_rights
    stop_etcd
    without_bundle=yes
    cp /etc/etcd/etcd.env etcd.env
    echo ETCD_CERT_FILE=/etc/etcd/clustermesh/server.crt >>/etc/etcd/etcd.env
    echo ETCD_KEY_FILE=/etc/etcd/clustermesh/server.key >>/etc/etcd/etcd.env
    start_etcd
    cp etcd.env /etc/etcd
    without_bundle=
}

stage_CM0833() {
    linked
    ip link add way type veth peer name far
    ip address add 10.11.0.1/16 dev way
    ip link set way up
    ip link set far up
    ip route add 10.12.0.0/16 via 10.11.0.254
    {
        echo
        for node in $(seq 40); do printf 'put cilium/state/nodes/v1/oslo/n%s %01000d\n' "$node" "$node"; done
        echo
        echo
    } | etcdctl txn
    iptables -A INPUT -p tcp --sport 2379 -m length --length 5000:65535 -j DROP
    iptables -A INPUT -p icmp -m length --length 1401:65535 -j DROP
}
before_CM0833_4() { iptables -F INPUT; }

stage_CM0834() {
    linked
    without_rights
    the_ca
    # A proxy's certificate must have no name (etcd issue 12296).
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout nameless.key -out nameless.csr -subj /
    echo extendedKeyUsage=clientAuth >nameless.ext
    openssl x509 -req -in nameless.csr -CA mesh.crt -CAkey mesh.key -CAcreateserial -days 90 -extfile nameless.ext -out nameless.crt
    etcd grpc-proxy start --endpoints https://10.12.0.1:2379 --listen-addr 10.12.0.10:2379 --cacert mesh.crt \
        --cert nameless.crt --key nameless.key --cert-file /etc/etcd/clustermesh/server.crt \
        --key-file /etc/etcd/clustermesh/server.key --trusted-ca-file /etc/etcd/clustermesh/client-ca.crt >/var/log/proxy.log 2>&1 &
    proxy=$!
    await_balancer
    sed -i s,10.12.0.1:,10.12.0.10:, $config
}
before_CM0834_2() { kill $proxy; wait $proxy || :; }
before_CM0834_3() { await_balancer; }
