//! `samples/brownfield.yaml`, joined to etcds that openssl alone set up and that were running before.

use crate::real_etcd::etcd::{self, Etcd};
use crate::real_etcd::etcdctl::{Client, keys_of};
use crate::real_etcd::mesh::Mesh;
use crate::real_etcd::scene::Scene;
use crate::real_etcd::strangers::{Reason, Stranger, at_stray_hosts, refused};
use crate::real_etcd::{agreement, readers};
use crate::support::Sandbox;
use crate::support::namespaces::{add_addresses, alone};

#[test]
fn running_etcds_take_the_mesh_in_and_go_on() {
    alone("real_etcd::brownfield::running_etcds_take_the_mesh_in_and_go_on", || {
        let sandbox = Sandbox::with_sample("brownfield.yaml");
        sandbox.find_files_of("brownfield");
        let before = sandbox.tree("brownfield");

        let mesh = Mesh::read(&sandbox.read("mesh.yaml"));
        add_addresses(mesh.addresses());
        let mut etcds = etcd::from_brownfield(&sandbox, &mesh);
        for etcd in &etcds {
            etcd.writer.write(&etcd.cluster);
            assert_eq!(etcd.writer.read(), keys_of(&etcd.cluster));
        }

        let scene = Scene::play(sandbox, &[]);
        assert!(scene.plan.authorities.iter().all(|authority| authority.action != "create"));
        assert_eq!(scene.sandbox.tree("brownfield"), before, "the owner's files are the owner's");
        agreement::judge(&scene);
        readers::read_all(&scene);
        etcds.iter().for_each(|etcd| assert_eq!(etcd.complaints(), "", "{}", etcd.cluster));

        let of = |name: &str| etcds.iter().find(|etcd| etcd.cluster == name).expect("a cluster of the sample");
        refused(&[by_address(of("helm"))]);
        refused(&etcds.iter().flat_map(|etcd| at_stray_hosts(&scene, etcd)).collect::<Vec<_>>());

        for etcd in &mut etcds {
            etcd.demand_running();
        }
        assert_eq!(scene.sandbox.tree("brownfield"), before, "the owner's files are the owner's");
    });
}

/// Helm's server certificate names no node, so that its etcd has to be dialled by name.
fn by_address(helm: &Etcd) -> Stranger<'_> {
    let door = helm.door();
    let client = Client { endpoint: format!("https://{door}"), ..helm.writer.clone() };
    Stranger { etcd: helm, client, reason: Reason::Server(door.ip().to_string()) }
}
