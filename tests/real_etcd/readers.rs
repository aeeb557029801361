//! Every link of every bundle, dialled with its own files.

use crate::real_etcd::etcdctl::{Client, keys_of};
use crate::real_etcd::scene::Scene;

/// Demands that every node reads, at each endpoint of each of its links, what was written into the remote cluster's etcd.
pub(crate) fn read_all(scene: &Scene) {
    for (node, link) in scene.bundles.links() {
        for endpoint in &link.config.endpoints {
            let found = Client::agent(node, link, endpoint).read();
            assert_eq!(found, keys_of(&link.remote), "{}/{} at {endpoint}", node.cluster, node.name);
        }
    }
}
