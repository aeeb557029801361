//! A CA that nears its end leads to its rotation, and the mesh outlives it.

use crate::evolution::scene::Scene;
use crate::rotation::scene::{rotate, ship, two};

#[test]
fn a_ca_near_its_end_leads_to_its_rotation() {
    let mut scene = Scene::new(&two());
    ship(&scene);
    scene.sandbox.at("2036-06-01T12:00:00Z");
    let said = |scene: &Scene| scene.generate(&["--renew"]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = said(&scene);
    assert!(first.contains("CM0616") && first.contains("`meshbundle certs rotate mesh.yaml --out out --ca mesh`"), "{first}");
    ship(&scene);
    rotate(&scene, "mesh", &["--next"]);
    ship(&scene);
    assert!(said(&scene).contains("CM0616"), "the old one still signs");
    rotate(&scene, "mesh", &["--next"]);
    ship(&scene);
    assert!(!said(&scene).contains("CM0616"));
    rotate(&scene, "mesh", &["--next"]);
    ship(&scene);
    // Years after the end of the first one.
    scene.sandbox.at("2041-01-01T12:00:00Z");
    let later = said(&scene);
    assert!(!later.contains("CM06") && !later.contains("CM0428"), "{later}");
    scene.sandbox.at("2046-02-01T12:00:00Z");
    let again = said(&scene);
    assert!(again.contains("--ca mesh --again`"), "{again}");
}
