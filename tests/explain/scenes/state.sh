# Scenes of CM06xx: a mesh that was generated before, its state and its output.

cluster() { # NAME ID THIRD-OCTET
    echo "- { name: $1, id: $2, nodes: [node1], etcd: {"
    echo "    endpoints: [https://10.$3.0.1:2379], localClients: true, members: [{ name: etcd1, addresses: [10.$3.0.1] }] } }"
}

mesh() { # NAME
    echo "version: 1"
    echo "mesh: $1"
    echo 'cilium: { version: "1.18" }'
    echo 'defaults: { runtime: systemd }'
    echo "clusters:"
    cluster paris 31 11
    cluster tokyo 32 12
    cluster quito 33 13
}

# Two CAs that are user-provided, and what the etcd of tokyo has to do with them.
mesh_of_two_cas() { # WHAT-TOKYO-TRUSTS MEMBERS
    cat <<MESH
version: 1
mesh: prod
cilium: { version: "1.18" }
trust:
  authorities:
    old: { certificate: old.crt, key: old.key }
    new: { certificate: new.crt, key: new.key }
clusters:
- { name: paris, id: 31, etcd: { endpoints: [https://10.11.0.1:2379], authority: old, members: [{ name: etcd1, addresses: [10.11.0.1] }] } }
- { name: tokyo, id: 32, etcd: { endpoints: [https://10.12.0.1:2379], $1, members: [$2] } }
MESH
}

base() {
    cd /opt/base
    mesh prod >mesh.yaml
    meshbundle generate mesh.yaml --out out --create-authorities
    a_ca old old
    a_ca new new
}

generated() { cp -a /opt/base/. .; }

without() { # CLUSTER
    sed -i "/name: $1,/,+1d" mesh.yaml
}

stage_CM0601() {
    mesh prod >mesh.yaml
    mkdir /backup
    cp -a /opt/base/state /backup/state
}
# The second line is of another mesh, whose state is elsewhere.
before_CM0601_3() { rm -rf state out; }
check_CM0601() { meshbundle generate mesh.yaml --out out --state ${state:-state}; }
after_CM0601() { state=/backup/state; }

stage_CM0602() { generated; without quito; }

stage_CM0603() {
    generated
    hostname node1
    unpack tokyo nodes node1
    ./tokyo.node1/install.sh
}
before_CM0603_3() { without tokyo; }
before_CM0603_4() { cluster tokyo2 42 12 >>mesh.yaml; }
before_CM0603_5() { cp out/bundles/tokyo2/nodes/node1.tar.gz .; }

of_two_cas() {
    cp /opt/base/*.crt /opt/base/*.key .
    mesh_of_two_cas "$@" >mesh.yaml
}
one='{ name: etcd1, addresses: [10.12.0.1] }'
stage_CM0604() {
    of_two_cas 'authority: old' "$one"
    meshbundle generate mesh.yaml --out out
    of_two_cas 'authority: new' "$one"
    sed -i 's/authority: old/authority: new/; /^    old:/d' mesh.yaml
}
before_CM0604_2() { of_two_cas 'authority: new' "$one"; }

stage_CM0605() { generated; echo 'links: { hub: paris }' >>mesh.yaml; }

stage_CM0606() {
    mesh prod >prod.yaml
    mesh test >test.yaml
}

stage_CM0607() {
    mesh prod >mesh.yaml
    in_days -300 meshbundle generate mesh.yaml --out out --create-authorities
}

stage_CM0608() { generated; }
before_CM0608_2() { without quito; }

stage_CM0609() { generated; sed -i '/name: paris/,+1s/localClients: true, //' mesh.yaml; }

stage_CM0610() { generated; rm state/issued/paris/*.pem; }

stage_CM0611() {
    generated
    tar -cpf backup.tar state
    rm state/authorities/*.key
    cluster lima 34 14 >>mesh.yaml
}

stage_CM0612() {
    generated
    tar -cpf backup.tar state
    rm state/authorities/*.key
}

stage_CM0613() { generated; in_days 300 meshbundle generate mesh.yaml --out out --renew; }

stage_CM0614() {
    mesh prod >mesh.yaml
    in_days 300 meshbundle generate mesh.yaml --out out --create-authorities
}

# The etcds of a mesh of one CA. mesh_of_ca TRUST ETCD
mesh_of_ca() {
    mesh prod | sed "s|^defaults:.*|trust: { $1 }\ndefaults: { runtime: systemd, etcd: { $2 } }|" >mesh.yaml
}
provided='authorities: { mesh-2: { certificate: mesh-2.crt, key: mesh-2.key } }'
stage_CM0616() {
    mesh prod >mesh.yaml
    in_days -3550 meshbundle generate mesh.yaml --out out --create-authorities
}

stage_CM0617() {
    mesh prod >mesh.yaml
    in_days -3651 meshbundle generate mesh.yaml --out out --create-authorities
}

stage_CM0618() { generated; }

stage_CM0619() { generated; }
before_CM0619_3() { mesh_of_ca 'validity: { server: 2y, client: 2y }' ''; }

# node1 of paris is this machine.
installed() {
    rm -rf paris.node1
    tar -xzf "$1/bundles/paris/nodes/node1.tar.gz"
    ./paris.node1/install.sh --any-host >receipts.txt
}
stage_CM0620() { generated; without tokyo; cluster osaka 32 14 >>mesh.yaml; }
before_CM0620_2() { without osaka; }
before_CM0620_4() { cluster osaka 32 14 >>mesh.yaml; }

# The backup is as old as the first run, and receipts are those of the last one.
stage_CM0621() {
    generated
    meshbundle state backup backup.tar.gz
    rm -r state
    sed -i 's/10.13.0.1/10.13.0.9/g' mesh.yaml
    : >receipts.txt
}
before_CM0621_3() {
    for unit in paris/nodes/node1 quito/nodes/node1 paris/etcd/etcd1 quito/etcd/etcd1; do
        rm -rf bundle
        mkdir -p bundle "$unit"
        tar -xzf "out/bundles/$unit.tar.gz" -C bundle --strip-components=1
        bundle/install.sh --any-host --root "$PWD/$unit" >>receipts.txt
    done
}

# Everything but one node is known to have the first step.
stage_CM0625() {
    generated
    meshbundle certs rotate mesh.yaml --ca mesh --next
    meshbundle rollout record mesh.yaml --by-hand paris --by-hand tokyo --by-hand quito/member/etcd1 --by-hand quito/operator
}

stage_CM0626() {
    of_two_cas 'authority: old' "$one"
    meshbundle generate mesh.yaml --out out
    meshbundle certs rotate mesh.yaml --ca old --to new --next
    of_two_cas 'authority: new' "$one"
    a_ca other other
    sed -i 's/^    new:.*/&\n    other: { certificate: other.crt, key: other.key }/; /tokyo/s/authority: new/authority: other/' mesh.yaml
}
before_CM0626_2() { of_two_cas 'authority: new' "$one"; }

stage_CM0901() { generated; installed out; sed -i 's/"generation.*//' receipts.txt; }

stage_CM0902() {
    generated
    mkdir lab
    mesh lab >lab/mesh.yaml
    meshbundle generate lab/mesh.yaml --out lab/out --create-authorities
    installed lab/out
}

stage_CM0903() {
    generated
    cp -a state old
    sed -i 's/10.13.0.1/10.13.0.9/g' mesh.yaml
    meshbundle generate mesh.yaml --out out
    installed out
    mkdir /backup
    mv state /backup/state
    mv old state
}

stage_CM0904() {
    generated
    installed out
    sed 's/"due":.*/"due":[]}/' receipts.txt >copy
    cat copy >>receipts.txt
}

stage_CM0911() { generated; chmod 644 state/authorities/*.key; }

stage_CM0912() { generated; cp -a state/authorities/mesh.*.key state/authorities/mesh.key.bak; }

stage_CM0913() {
    generated
    meshbundle rollout record mesh.yaml --by-hand paris/operator
    echo '<<<<<<< HEAD' >>state/ledger/receipts
}

stage_CM0914() {
    generated
    cp -a state/authorities old
    meshbundle state encrypt --recipient age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj
    cp -a old/mesh.*.key state/authorities/
}
