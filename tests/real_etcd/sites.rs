//! `samples/own-authorities.yaml`, brought up: nine members at addresses of both families.

use crate::real_etcd::etcd::{self, Etcd};
use crate::real_etcd::scene::Scene;
use crate::real_etcd::strangers::{at_stray_hosts, refused};
use crate::real_etcd::{agreement, readers};
use crate::support::Sandbox;
use crate::support::namespaces::{add_addresses, alone};

#[test]
fn every_member_answers_by_both_families() {
    alone("real_etcd::sites::every_member_answers_by_both_families", || {
        let scene = Scene::play(Sandbox::with_sample("own-authorities.yaml"), &["--create-authorities"]);
        agreement::judge(&scene);
        for (node, link) in scene.bundles.links() {
            let families = ["https://10.", "https://[fd00:"];
            let counts =
                families.map(|family| link.config.endpoints.iter().filter(|endpoint| endpoint.starts_with(family)).count());
            assert_eq!(counts, [3, 3], "{}/{}: {:?}", node.cluster, node.name, link.config.endpoints);
        }

        add_addresses(scene.mesh.addresses());
        let mut etcds = etcd::from_bundles(&scene);
        etcds.iter().for_each(|etcd| etcd.writer.write(&etcd.cluster));
        assert_eq!(etcds.iter().map(Etcd::started).collect::<Vec<_>>(), [3, 3, 3]);
        readers::read_all(&scene);
        etcds.iter().for_each(|etcd| assert_eq!(etcd.complaints(), "", "{}", etcd.cluster));

        refused(&etcds.iter().flat_map(|etcd| at_stray_hosts(&scene, etcd)).collect::<Vec<_>>());
        etcds.iter_mut().for_each(Etcd::demand_running);
    });
}
