//! Members that trust each other: no phase of another CA takes their quorum.

use crate::evolution::mesh::{cluster, edit, mesh_of_own};
use crate::evolution::scene::Scene;

/// `b` has an etcd of `members` members with peer certificates; `trust` are more fields of it.
fn with(members: u8, trust: &str) -> String {
    let listed: String = (1..=members).map(|n| format!("{{ name: etcd{n}, addresses: [10.0.2.{n}] }}, ")).collect();
    let b = edit(
        &cluster("b", 2),
        "    members: [{ name: etcd1, addresses: [10.0.2.1] }]\n",
        &format!("    peers: true\n{trust}    members: [{listed}]\n"),
    );
    mesh_of_own(&[cluster("a", 1), b])
}

/// How many CAs the members trust as peers.
fn peer_cas(scene: &Scene) -> usize {
    let files = scene.bundle("b/etcd/etcd1").payload();
    let (_, bytes) = &files["etc/etcd/clustermesh/peer-ca.crt"];
    String::from_utf8_lossy(bytes).matches("BEGIN").count()
}

/// There was one CA in `peer-ca.crt` at every step, and between the first restart and the last, members refused each other.
#[test]
fn members_trust_the_new_ca_of_their_peers_before_one_of_them_presents_it() {
    let scene = Scene::new(&with(3, ""));
    let servers = || scene.serials().into_iter().filter(|(key, _)| key.starts_with("peer/b/")).collect::<Vec<_>>();
    let before = servers();
    scene.change(&with(3, "    authority: a\n"), &[]);
    assert_eq!(peer_cas(&scene), 2);
    scene.record_all(1, &["etcd"]);
    scene.generate(&[]);
    assert_eq!(servers(), before, "they have the file, and read it only when they start");
    scene.record_all(2, &[]);
    scene.generate(&[]);
    assert_ne!(servers(), before);
    assert_eq!(peer_cas(&scene), 2);
    scene.record_all(3, &[]);
    scene.generate(&[]);
    assert_eq!(peer_cas(&scene), 1);
}

/// It has no peer: only its readers are waited for.
#[test]
fn an_etcd_of_one_member_need_not_restart_before_it_presents_another_ca() {
    let scene = Scene::new(&with(1, ""));
    scene.change(&with(1, "    authority: a\n    clientSigner: b\n"), &[]);
    scene.record_all(1, &["etcd"]);
    let before = scene.serials();
    scene.generate(&[]);
    assert_ne!(scene.serials()["server/b/etcd1"], before["server/b/etcd1"]);
}
