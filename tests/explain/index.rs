//! `docs/codes/README.md` has every code; `UPDATE=1` writes it.

use std::path::Path;

use meshbundle::diag::{CATALOGUE, Severity};

const HEAD: &str = "\
# Every finding there is

What `lint`, `plan`, `generate`, `verify` and `probe` may say, by code. A code never changes its meaning. `meshbundle explain CODE`
prints its page; without a code it prints this list. How a finding is accepted, where it may be: `accept` in [mesh.yaml](../mesh-yaml.md).

| code | severity | may be accepted | what it says |
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
    assert_eq!(is, index, "UPDATE=1 cargo test --test explain writes it");
}
