//! Any bytes as what meshbundle keeps between two runs: the state's record, and the output folder's index.
//!
//! First byte: odd, the index; even, the record, and a mesh is planned with it.
//!
//! A crash is a panic, a hang or too much memory: whatever a record holds, planning ends with a plan or with findings.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use meshbundle::lint::{CheckedMesh, ProvidedFiles, lint};
use meshbundle::mesh::parse;
use meshbundle::plan::{Inventory, Request, Floors, StateFacts, plan};
use meshbundle::store::Index;
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH.saturating_add(Duration::days(20_000));
const MESH: &str = include_str!("../../../samples/guide-two-clusters.yaml");

fn mesh() -> &'static CheckedMesh {
    static CHECKED: OnceLock<CheckedMesh> = OnceLock::new();
    CHECKED.get_or_init(|| {
        let parsed = parse(MESH);
        let linted = lint(parsed.mesh.expect("a mesh"), &ProvidedFiles::new(NOW), parsed.findings);
        linted.checked.expect("a mesh without errors")
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    if kind % 2 == 1 {
        if let Ok(index) = serde_json::from_slice::<Index>(rest) {
            let written = serde_json::to_vec(&index).expect("JSON");
            assert!(serde_json::from_slice::<Index>(&written).is_ok_and(|again| again == index), "the same index");
        }
        return;
    }
    let Ok(inventory) = serde_json::from_slice::<Inventory>(rest) else { return };
    let written = serde_json::to_vec(&inventory).expect("JSON");
    assert!(serde_json::from_slice::<Inventory>(&written).is_ok_and(|again| again == inventory), "the same record");
    let request = Request { create_authorities: true, ..Request::default() };
    let planned = plan(mesh(), &inventory, &Floors::default(), &StateFacts::default(), &request, NOW);
    assert!(planned.plan.is_some() || !planned.findings.is_empty(), "no plan, and no reason");
});
