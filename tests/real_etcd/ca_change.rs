//! Another CA for three members that are each other's peers, in three phases and under traffic: none of it takes their quorum, and no client
//! is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::real_etcd::bundle::Bundles;
use crate::real_etcd::etcdctl::Client;
use crate::real_etcd::member::Member;
use crate::real_etcd::scene::Scene;
use crate::real_etcd::traffic::{ENDPOINTS, client, work};
use crate::real_etcd::upgrade::await_health;
use crate::support::Sandbox;
use crate::support::generations::{Generation, generations};
use crate::support::namespaces::{INSIDE, add_addresses, alone};
use crate::support::receipts::record_all;

#[test]
fn three_peers_move_to_another_ca_under_traffic() {
    // They are built outside: inside there is no network.
    if std::env::var_os(INSIDE).is_none() {
        generations();
    }
    alone("real_etcd::ca_change::three_peers_move_to_another_ca_under_traffic", || {
        // Members of these lost their quorum when the CA changed in one step.
        for generation in generations().iter().filter(|generation| ["3.6", "3.7"].contains(&generation.minor)) {
            move_to_another_ca(generation);
        }
    });
}

fn move_to_another_ca(generation: &Generation) {
    let scene = Scene::play(Sandbox::with_sample("own-authorities.yaml"), &["--create-authorities"]);
    if generation.minor == "3.6" {
        add_addresses(scene.mesh.addresses());
    }
    let mut members = Member::all_of_fra(&scene);
    members.iter_mut().for_each(|member| member.start(generation));
    await_health(&scene, &mut members, [generation.minor; 3]);

    let operator = scene.sandbox.path("out/bundles/fra/operator");
    let writer = client(&operator, "etcd-client", "etcd-client-ca.crt");
    let mut links = scene.bundles.links();
    let link = links.find(|(node, link)| (node.cluster.as_str(), link.remote.as_str()) == ("ams", "fra"));
    let (node, link) = link.expect("a link");
    let reader = Client::agent(node, link, ENDPOINTS);
    let stop = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&stop);
    let traffic = thread::spawn(move || work(&until, &writer, &|| reader.command()));

    let mesh = scene.sandbox.read("mesh.yaml");
    let moved = mesh.replacen("  id: 11\n  etcd:\n", "  id: 11\n  etcd:\n    authority: ams\n", 1);
    assert_ne!(moved, mesh);
    scene.sandbox.write("mesh.yaml", &moved);
    for (phase, trusted) in (1..).zip([2, 2, 1]) {
        let ran = scene.sandbox.ok(&["generate", "mesh.yaml", "--out", "out"]);
        assert!(!ran.said(" 0 archives"), "phase {phase} changes nothing: {}", ran.stdout);
        // Everything is in place at once: etcd reads its certificates anew, and its CAs only when it starts.
        let installed = Bundles::unpack(&scene.sandbox, &scene.mesh);
        let own = installed.members_of("fra").next().expect("a member");
        let peers = std::fs::read_to_string(own.unpacked("ETCD_PEER_TRUSTED_CA_FILE")).expect("readable");
        assert_eq!(peers.matches("BEGIN").count(), trusted, "phase {phase}");
        await_health(&scene, &mut members, [generation.minor; 3]);
        for index in 0..members.len() {
            members[index].stop();
            members[index].start(generation);
            await_health(&scene, &mut members, [generation.minor; 3]);
        }
        record_all(&scene.sandbox, phase, &[]);
    }
    stop.store(true, Ordering::Relaxed);
    let counted = traffic.join().expect("every request succeeds within its attempts");
    eprintln!("etcd {}: {counted:?}", generation.minor);
    assert!(counted.written > 10, "{counted:?}");
    members.iter_mut().for_each(Member::stop);
}
