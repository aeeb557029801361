//! `samples/loopback.yaml`, brought up.

use crate::real_etcd::etcd::{self, Etcd};
use crate::real_etcd::scene::Scene;
use crate::real_etcd::strangers::{at_stray_hosts, refused};
use crate::real_etcd::{agreement, readers};
use crate::support::Sandbox;
use crate::support::namespaces::alone;

#[test]
fn every_link_reads_and_no_stray_host_is_trusted() {
    alone("real_etcd::loopback::every_link_reads_and_no_stray_host_is_trusted", || {
        let scene = Scene::play(Sandbox::with_sample("loopback.yaml"), &["--create-authorities"]);
        agreement::judge(&scene);

        let mut etcds = etcd::from_bundles(&scene);
        etcds.iter().for_each(|etcd| etcd.writer.write(&etcd.cluster));
        members_are_one(&etcds);
        readers::read_all(&scene);
        // etcd's own gateway, which shows the server's certificate as a client's, has not complained either.
        etcds.iter().for_each(|etcd| assert_eq!(etcd.complaints(), "", "{}", etcd.cluster));

        refused(&etcds.iter().flat_map(|etcd| at_stray_hosts(&scene, etcd)).collect::<Vec<_>>());
        readers::read_all(&scene);
        etcds.iter_mut().for_each(Etcd::demand_running);
    });
}

/// Each etcd has as many members as the mesh has, and all of them have started.
fn members_are_one(etcds: &[Etcd]) {
    let sizes: Vec<_> = etcds.iter().map(|etcd| (etcd.cluster.as_str(), etcd.started())).collect();
    assert_eq!(sizes, [("alpha", 1), ("beta", 3), ("gamma", 1)]);
}
