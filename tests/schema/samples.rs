//! The samples are valid.

use std::fs;
use std::path::Path;

use crate::support::schema::{agree, schema_judge};

#[test]
fn every_sample_is_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("samples") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            assert!(agree(&schema_judge(), &fs::read_to_string(&path).expect("text")), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 4, "{seen} samples");
}
