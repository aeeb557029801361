//! What is trusted after a state was restored: runs after the backup may have let a CA go that the backup knows to be trusted. It signs only
//! when it is known to be trusted again.

use crate::evolution::foreign::{by_hand, client_signer, units};
use crate::evolution::scene::Scene;
use crate::evolution::trust::{entry, foreign, next, scene_of, with};
use crate::rollout::restored::{BACKUP, receipts, restore};

/// The state is the one of the backup again. What later runs wrote is taken in, and is installed everywhere.
fn restored(scene: &Scene, counter: u64) {
    scene.sandbox.write("receipts.txt", &receipts(scene, counter));
    restore(&scene.sandbox);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "out"]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
}

/// Runs until `mesh` is reached, each of them installed and recorded.
fn settle(scene: &Scene, mesh: &str, counter: u64, steps: &[&str]) {
    scene.edit(mesh);
    for round in 0..4 {
        scene.generate(&[]);
        scene.record_all(counter + round, &[]);
        let asked = units(scene);
        steps.iter().filter(|step| asked.iter().any(|unit| unit.ends_with(*step))).for_each(|step| by_hand(scene, step));
    }
}

#[test]
fn an_etcd_of_others_is_asked_again_for_a_ca_that_its_operator_may_have_dropped() {
    let step = "b/step/client-trust";
    let to = |ca: &str| foreign(&format!("    authority: old\n    clientSigner: {ca}\n"));
    let scene = scene_of(&to("old"));
    // The word of before is about another change.
    settle(&scene, &to("new"), 10, &[step]);
    settle(&scene, &to("old"), 20, &[step]);
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    settle(&scene, &to("new"), 30, &[step]);
    let signer = client_signer(&scene);
    restored(&scene, 40);
    scene.edit(&to("old"));
    scene.generate(&[]);
    assert_eq!((client_signer(&scene), units(&scene)), (signer.clone(), vec![format!("members {step}")]));
    by_hand(&scene, step);
    scene.generate(&[]);
    assert_ne!(client_signer(&scene), signer);
}

#[test]
fn a_member_that_was_shipped_without_a_ca_gets_it_again_before_it_signs() {
    let scene = scene_of(&with("    authority: old\n"));
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    settle(&scene, &with("    authority: new\n"), 10, &[]);
    let signer = client_signer(&scene);
    restored(&scene, 20);
    scene.edit(&with("    authority: old\n"));
    scene.generate(&[]);
    assert_eq!(client_signer(&scene), signer);
    assert_eq!(next(&scene), [entry("servers", "old", 3), entry("clients", "old", 1)]);
    settle(&scene, &with("    authority: old\n"), 30, &[]);
    assert_ne!(client_signer(&scene), signer);
    assert_eq!(next(&scene), []);
}
