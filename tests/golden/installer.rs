//! The digest of `install.sh`, which is in every bundle. Where it changes, `LAYOUT` in `src/plan/bundle_digest.rs` must be raised, or nodes
//! out there keep the old one.

use std::fs;

use crate::golden::explain::sha256;
use crate::golden::goldens::Goldens;
use crate::support::Sandbox;

#[test]
fn the_installer_is_the_same_in_all() {
    let mut goldens = Goldens::of("installer");
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    sandbox.generate(&[]);
    let digest = |bundle: &str| sha256(&fs::read(sandbox.unpack(bundle).join("install.sh")).expect("the script"));
    let of_node = digest("cluster1/nodes/node1");
    assert_eq!(digest("cluster2/etcd/etcd1"), of_node);
    goldens.add("install.sh", format!("sha256 {of_node}\n"));
    goldens.hold();
}
