//! How much the state of a mesh grows whose operator never records anything.

use std::fs;

use crate::evolution::mesh::{cluster, mesh};
use crate::evolution::scene::Scene;

/// Bytes for each unit that changes: what is remembered of a generation that may still be installed.
const MOST: u64 = 64;

#[test]
fn a_unit_that_changes_adds_few_bytes_when_nothing_is_recorded() {
    let clusters: Vec<String> = (1..=24).map(|id| cluster(&format!("site{id:02}"), id)).collect();
    let first = mesh(&clusters).replace("nodes: [n1, n2]", "nodes: [\"edge[01:06]\"]");
    let scene = Scene::new(&first);
    let size = || fs::metadata(scene.sandbox.path("state/inventory.json")).expect("a state").len();
    let changed = || scene.index()["lastChange"]["bundles"].as_object().expect("bundles").len() as u64;
    // The same units change each time, so all that is new is what is remembered of the generation before.
    for port in 2480..2486_u32 {
        let before = (size(), changed());
        scene.change(&first.replace("10.0.3.1:2379", &format!("10.0.3.1:{port}")), &[]);
        let (grown, units) = (size().saturating_sub(before.0), changed());
        assert!(units > 23 * 6, "every node of the others changes: {units}");
        // What the first run changed was everything.
        if before.1 == units {
            assert!(grown <= MOST * units, "{grown} bytes for {units} units");
        }
    }
    assert!(changed() > 0 && !scene.sandbox.path("state/ledger/receipts").exists(), "nothing is recorded");
}
