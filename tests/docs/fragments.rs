//! What documents and samples show as `mesh.yaml` is a mesh that nothing is wrong with.

use std::path::Path;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::docs::{document, documents};
use crate::support::complete::{add_files, blocks, complete, found};
use crate::support::{Sandbox, sample, tool};

/// A sandbox with every file that documents and samples name. Some are made now, so it is played now.
fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new();
    add_files(&sandbox);
    ["brownfield", "mixed"].into_iter().for_each(|sample| sandbox.find_files_of(sample));
    sandbox.at(&OffsetDateTime::now_utc().format(&Rfc3339).expect("RFC 3339"));
    sandbox
}

fn is_whole(block: &str) -> bool {
    ["version:", "mesh:", "cilium:", "clusters:"].iter().all(|key| block.lines().any(|line| line.starts_with(key)))
}

#[test]
fn every_fragment_in_a_document_lints_clean() {
    let sandbox = sandbox();
    let mut judged = 0;
    for name in documents() {
        let text = document(&name);
        for block in blocks(&text, "yaml") {
            let mesh = if is_whole(block) { block.to_owned() } else { complete(block) };
            let (codes, report) = found(&sandbox, &mesh);
            assert!(codes.is_empty(), "{name}\n{mesh}\n{report}");
            judged += 1;
        }
    }
    assert!(judged > 0, "no document shows a fragment: does the test see them?");
}

#[test]
fn every_sample_lints_clean() {
    let sandbox = sandbox();
    let mut judged = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")).expect("the samples") {
        let name = entry.expect("an entry").file_name().into_string().expect("text");
        if name.ends_with(".yaml") {
            let (codes, report) = found(&sandbox, &sample(&name));
            assert!(codes.is_empty(), "{name}\n{report}");
            judged += 1;
        }
    }
    assert!(judged >= 4, "{judged} samples");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/large.sh");
    let large = tool("sh", "dash", [script.to_str().expect("text"), "20", "5"]);
    let (codes, report) = found(&sandbox, &large);
    assert!(codes.is_empty(), "large.sh\n{report}");
}
