//! `docs/codes/README.md` has every code; `UPDATE=1` writes it.

use std::path::Path;

use meshbundle::diag::{CATALOGUE, Severity};

const HEAD: &str = "\
# Findings, by code

Everything that `lint`, `plan`, `generate`, `verify` and `probe` can report. A code never changes its meaning. `meshbundle explain CODE`
prints its page, and `meshbundle explain` prints this list. To accept a finding, see `accept` in [mesh.yaml](../mesh-yaml.md).

| code | severity | may be accepted | title |
|---|---|---|---|
";

#[test]
fn the_index_is_complete() {
    let rows = CATALOGUE.iter().map(|code| {
        let entry = code.entry();
        let severity = if entry.severity == Severity::Error { "error" } else { "warning" };
        let accepted = if entry.acceptable { "yes" } else { "" };
        format!("| [{code}]({code}.md) | {severity} | {accepted} | {} |\n", entry.title)
    });
    let index = format!("{HEAD}{}", rows.collect::<String>());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/codes/README.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, index).expect("written");
        return;
    }
    let is = std::fs::read_to_string(&path).expect("the index; UPDATE=1 writes it");
    assert_eq!(is, index, "UPDATE=1 cargo test --test suite explain:: writes it");
}
