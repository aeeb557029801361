# Scenes of CM070x, CM0721, CM073x, CM075x and CM076x: node1 of cluster1, on which a bundle was installed.

cluster() { # NAME ID ADDRESS MORE
    echo "- { name: $1, id: $2, nodes: [node1], $4 etcd: {"
    echo "    endpoints: [https://$3:2379], localClients: true, members: [{ name: etcd1, addresses: [$3] }] } }"
}

base() {
    cd /opt/base
    cat >mesh.yaml <<'MESH'
version: 1
mesh: prod
cilium: { version: "1.18" }
defaults: { runtime: systemd }
clusters:
MESH
    cluster cluster1 101 10.1.1.1 >>mesh.yaml
    cluster cluster2 102 10.2.2.2 >>mesh.yaml
    cluster cluster3 103 10.3.3.3 >>mesh.yaml
    cluster paris 31 10.11.0.1 'runtime: { kind: compose, hostRoot: mount },' >>mesh.yaml
    meshbundle generate mesh.yaml --out out --create-authorities
    a_ca new-ca New
}

clustermesh=/var/lib/clustermesh

install_newest() {
    rm -rf cluster1.node1
    unpack cluster1 nodes node1
    ./cluster1.node1/install.sh
}

installed() {
    hostname node1
    cp -a /opt/base/. .
    install_newest
}

installed_long_ago() { # DAYS
    cp /opt/base/mesh.yaml .
    hostname node1
    in_days "-$1" meshbundle generate mesh.yaml --out out --create-authorities
    install_newest
}

stage_CM0701() { installed; cp $clustermesh/cluster2 $clustermesh/.cluster2.swp; }

stage_CM0702() {
    installed
    cd $clustermesh
    for file in cluster2.*; do mv "$file" "cluster2-${file#cluster2.}"; done
    sed -i 's/cluster2\./cluster2-/' cluster2
    mv cluster2 cluster2-cilium-etcd.config
    cd
}
check_CM0702() { meshbundle verify $clustermesh; }

stage_CM0703() { installed; cp $clustermesh/cluster2 $clustermesh/cluster1; }

stage_CM0704() {
    installed
    mv $clustermesh/cluster2 cluster2
    printf '{"endpoints": ["https://10.2.2.2:2379"]}\n' >$clustermesh/cluster2
}
before_CM0704_2() { mv cluster2 $clustermesh; }
check_CM0704() { meshbundle verify $clustermesh; }

stage_CM0705() { installed; echo 'cluster2 moves in May' >$clustermesh/NOTES; }

stage_CM0706() {
    installed
    rm -r /var/lib/etcd-secrets
    mkdir -p mount/var/lib/etcd-secrets
    mv $clustermesh .
    mv clustermesh/cluster2.etcd-client.key mount/var/lib/etcd-secrets/etcd-client.key
    sed -i 's,/.*cluster2.etcd-client.key,/var/lib/etcd-secrets/etcd-client.key,' clustermesh/cluster2
}

stage_CM0707() {
    installed
    chmod 0666 $clustermesh/cluster2
    echo x >$clustermesh/.hidden
    chmod 0666 $clustermesh/.hidden
}
before_CM0707_3() {
    [ "$(stat -c %A $clustermesh/.hidden)" = -rw-r--r-- ]
    rm $clustermesh/.hidden
}

stage_CM0708() {
    installed
    mkdir -p /var/lib/cilium /tmp/cilium/config-map
    echo state >/var/lib/cilium/state
    cp cluster1.node1/options/config-map/* /tmp/cilium/config-map
}
after_CM0708() { check_CM0708() { meshbundle verify $clustermesh; }; }



stage_CM0721() {
    installed
    mkdir project
    cat >project/docker-compose.yaml <<'COMPOSE'
services:
  cilium-agent:
    image: quay.io/cilium/cilium:v1.18.0
    volumes: ["./mount/var/lib/clustermesh:/var/lib/clustermesh"]
COMPOSE
    unpack paris nodes node1
    echo TAG=1 >project/.env
    ./paris.node1/install.sh --root project
    rm project/docker-compose.override.yaml
    cd project
}
check_CM0721() { meshbundle verify project/mount$clustermesh; }

stage_CM0731() { installed_long_ago 400; }
after_CM0731() { install_newest; }
stage_CM0732() { installed_long_ago 310; }
after_CM0732() { install_newest; }

# leaf EXTENSIONS CA-CERTIFICATE CA-KEY [OPTIONS OF A KEY]: the node's client certificate and key, in leaf.crt and leaf.key
leaf() {
    extensions=$1 ca=$2 key=$3
    shift 3
    [ $# -gt 0 ] || set -- -newkey ec -pkeyopt ec_paramgen_curve:P-256
    openssl req -new "$@" -nodes -keyout leaf.key -out leaf.csr -subj /CN=remote-cluster1
    printf '%b' "$extensions" >leaf.ext
    openssl x509 -req -in leaf.csr -CA "$ca" -CAkey "$key" -CAcreateserial -days 90 $digest -extfile leaf.ext -out leaf.crt
}
client='extendedKeyUsage=clientAuth\n'
digest=

# Gives the node that leaf for cluster2.
presented() {
    cp leaf.crt $clustermesh/cluster2.etcd-client.crt
    cp leaf.key $clustermesh/cluster2.etcd-client.key
    chmod 0600 $clustermesh/cluster2.etcd-client.key
}
signed() { leaf "$1" state/authorities/mesh.*.crt state/authorities/mesh.*.key; }
check_of_cluster2() { meshbundle verify $clustermesh; }

stage_CM0733() {
    installed
    signed 'extendedKeyUsage=serverAuth\n'
    presented
    cd $clustermesh
}
anew() {
    cd
    install_newest
    rm -f /var/lib/meshbundle/node/applied
    cp cluster1.node1/payload$clustermesh/* $clustermesh
    cd $clustermesh
}
before_CM0733_2() { anew; }
check_CM0733() { check_of_cluster2; }

# In the folder are ca.crt, intermediate.crt and leaf.crt.
stage_CM0734() {
    installed
    a_ca ca Root
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout intermediate.key -out intermediate.csr -subj /CN=Intermediate
    printf 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n' >intermediate.ext
    openssl x509 -req -in intermediate.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 900 -extfile intermediate.ext -out intermediate.crt
    leaf "$client" intermediate.crt intermediate.key
    presented
    cp ca.crt intermediate.crt leaf.crt $clustermesh
    cd $clustermesh
}
check_CM0734() { check_of_cluster2; }

stage_CM0735() {
    installed
    digest=-sha1
    openssl req -x509 -newkey rsa:2048 -nodes -keyout old.key -out old.crt -days 3650 -subj /CN=old
    leaf "$client" old.crt old.key -newkey rsa:1024
    presented
    cd $clustermesh
}
before_CM0735_2() { anew; }
check_CM0735() { check_of_cluster2; }

stage_CM0751() { installed; rm $clustermesh/cluster3*; }
before_CM0751_2() { cp cluster1.node1/payload$clustermesh/* $clustermesh; }

stage_CM0752() {
    installed
    for file in $clustermesh/cluster3*; do
        cp -p "$file" "$(echo "$file" | sed s/cluster3/cluster9/)"
    done
    sed -i s/cluster3/cluster9/ $clustermesh/cluster9
}

stage_CM0753() { installed; sed -i s/10.2.2.2/10.2.2.7/g mesh.yaml; }
before_CM0753_3() { install_newest; }

stage_CM0767() {
    installed
    meshbundle certs revoke mesh.yaml cluster1/node/node1 --out out --apply
}
stage_CM0768() {
    installed
    meshbundle certs revoke mesh.yaml cluster1/node/node1 --out out --apply
    openssl crl -inform DER -in out/bundles/cluster2/etcd/revoked.crl -out revoked.crl
}
before_CM0767_2() { cp out/bundles/cluster1/nodes/node1.tar.gz .; }

in_the_folder() { # CA FILES
    cp "$1" $clustermesh/ca.crt
    cd $clustermesh
}

stage_CM0756() {
    installed
    in_the_folder state/authorities/mesh.*.crt
    openssl ecparam -name prime256v1 -out ec-parameters.pem
}
check_CM0756() { check_of_cluster2; }

stage_CM0757() {
    installed
    in_the_folder state/authorities/mesh.*.crt
}
check_CM0757() { check_of_cluster2; }

stage_CM0758() {
    stage_CM0734
    sed '3s/[a-z]/A/g' intermediate.crt >damaged.crt
}
check_CM0758() { check_of_cluster2; }

stage_CM0760() { installed; }
after_CM0760() { cp cluster1.node1/payload$clustermesh/* $clustermesh; }
check_CM0760() { check_of_cluster2; }

# secret FIELD: secrets.yaml with what agents here read, in that field.
secret() {
    installed
    sed -i "s,$clustermesh/,/var/lib/cilium/clustermesh/," $clustermesh/*
    printf 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: cilium-clustermesh\n%s:\n' "$1" >secrets.yaml
    for file in $clustermesh/*; do
        case $1 in
            data) echo "  ${file##*/}: $(base64 -w 0 "$file")" ;;
            *) echo "  ${file##*/}: |" && sed 's/^/    /' "$file" ;;
        esac >>secrets.yaml
    done
}

stage_CM0763() { secret stringData; }
stage_CM0764() { secret data && sed -i 's/^  cluster2:/  "no":/' secrets.yaml; }
stage_CM0765() { secret data; }
stage_CM0766() { secret data; }

stage_CM0761() {
    installed
    signed "${client}1.3.6.1.4.1.99999.1=critical,ASN1:UTF8String:x\n"
    presented
    cd $clustermesh
}
before_CM0761_2() {
    cd
    signed "${client}1.3.6.1.4.1.99999.1=ASN1:UTF8String:x\n"
    presented
    cd $clustermesh
}
check_CM0761() { check_of_cluster2; }
