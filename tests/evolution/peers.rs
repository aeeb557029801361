//! Members that trust each other: no step that is known to break their etcd.

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

const OTHER: &str = "    authority: a\n    serverTrust: [a, b]\n    clientTrust: [b]\n";

/// Between the first restart and the last, members would refuse each other.
#[test]
fn an_etcd_of_several_members_does_not_lose_its_quorum_to_a_new_ca() {
    let scene = Scene::new(&with(3, ""));
    let words =
        ["CM0615", "refusing to change the CA that the members of `b` trust as peers", "set `authority` of `b` back to `b`"];
    // In one step, and in the steps that agents survive.
    scene.edit(&with(3, "    authority: a\n"));
    scene.refused(&["--create-authorities", "--renew"], 1, &words);
    scene.plan_refused(&[], &words);
    scene.change(&with(3, "    serverTrust: [b, a]\n    clientTrust: [a]\n"), &[]);
    scene.edit(&with(3, OTHER));
    scene.refused(&[], 1, &words);
    // What the help says works: its clients move alone.
    scene.change(&with(3, "    serverTrust: [b, a]\n    clientSigner: a\n    clientTrust: [b]\n"), &[]);
}

/// It restarts once, and has nobody to refuse.
#[test]
fn an_etcd_of_one_member_changes_its_ca_in_steps() {
    let scene = Scene::new(&with(1, ""));
    scene.change(&with(1, "    serverTrust: [b, a]\n    clientTrust: [a]\n"), &[]);
    scene.change(&with(1, OTHER), &[]);
}
