# Scenes of CM0709 and CM074x: archives as they were written, and as they were shipped.

base() {
    cd /opt/base
    cat >mesh.yaml <<'MESH'
version: 1
mesh: prod
cilium: { version: "1.18" }
defaults: { runtime: systemd }
clusters:
- { name: tokyo, id: 32, nodes: [n1, n2], etcd: { endpoints: [https://10.12.0.1:2379], members: [{ name: etcd1, addresses: [10.12.0.1] }] } }
- { name: cluster1, id: 101, nodes: [node1], etcd: { endpoints: [https://10.1.1.1:2379], members: [{ name: etcd1, addresses: [10.1.1.1] }] } }
- { name: cluster3, id: 103, nodes: [node1], etcd: { endpoints: [https://10.3.3.3:2379], members: [{ name: etcd1, addresses: [10.3.3.3] }] } }
MESH
    meshbundle generate mesh.yaml --out out --create-authorities
}

generated() { cp -a /opt/base/. .; }

# The archive is here, and unpacked.
shipped() {
    generated
    cp out/bundles/cluster1/nodes/node1.tar.gz .
    unpack cluster1 nodes node1
}

stage_CM0709() { shipped; rm -r cluster1.node1/payload/var/lib/clustermesh; }
stage_CM0741() { generated; }
stage_CM0742() { generated; }
stage_CM0743() { generated; cp out/bundles/tokyo/nodes/*.tar.gz .; }
stage_CM0744() { generated; unpack tokyo nodes n1; }
stage_CM0745() {
    generated
    unpack tokyo nodes n1
    head -c 12000000 /dev/zero >tokyo.n1/payload/zeros
    tar -czf n1.tar.gz tokyo.n1
}
after_CM0745() { cp out/bundles/tokyo/nodes/n1.tar.gz .; }
stage_CM0746() { shipped; echo '# by hand' >>cluster1.node1/options/agent.env; }
check_CM0746() { meshbundle verify cluster1.node1; }
stage_CM0747() { shipped; touch cluster1.node1/payload/extra; }
stage_CM0748() { shipped; rm cluster1.node1/payload/var/lib/clustermesh/cluster3; }
after_CM0748() { rm -r cluster1.node1; unpack cluster1 nodes node1; }
stage_CM0749() { shipped; sed -i s/cluster-id=101/cluster-id=102/ cluster1.node1/options/agent.args; }
before_CM0749_2() { unpack cluster1 nodes node1; }
check_CM0749() { meshbundle verify cluster1.node1; }
