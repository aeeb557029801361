//! A cluster that was written here and is external now.

use crate::support::Sandbox;

const MESH: &str = "\
version: 1
mesh: handed
cilium: { version: \"1.18\" }
clusters:
- { name: a, id: 1, etcd: { endpoints: ['https://10.0.0.1:2379'], members: [{ name: m, addresses: [10.0.0.1] }] } }
- { name: b, id: 2, etcd: { endpoints: ['https://10.0.0.2:2379'], members: [{ name: m, addresses: [10.0.0.2] }] } }
";

#[test]
fn a_cluster_is_not_handed_over_in_passing() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let before = (sandbox.tree("out"), sandbox.tree("state"));
    sandbox.write("mesh.yaml", &MESH.replace("name: b, id: 2,", "name: b, id: 2, runtime: external,"));
    let ran = sandbox.run(&["generate", "mesh.yaml", "--out", "out"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("refusing to stop generating bundles for `b`"), "{}", ran.stdout);
    assert_eq!(before, (sandbox.tree("out"), sandbox.tree("state")));
}
