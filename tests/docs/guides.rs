//! `docs/guides.md` says of each slip which finding catches it, and shows a mesh that has it.

use std::collections::BTreeSet;
use std::path::Path;

use meshbundle::diag::Code;

use crate::docs::document;

const FIXTURES: &str = "tests/diagnostics/";

/// Code and fixtures of each row of the tables.
fn rows() -> Vec<(String, String)> {
    let text = document("docs/guides.md");
    let lines = text.lines().filter(|line| line.starts_with("| "));
    let cells = lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let rows: Vec<_> = cells.filter(|cells| cells[0] != "mistake or trap").map(<[String; 4]>::try_from).collect();
    assert!(rows.len() > 30, "the tables were not found");
    let four = |row: Result<[String; 4], Vec<String>>| row.unwrap_or_else(|row| panic!("not four cells: {row:?}"));
    rows.into_iter().map(four).map(|[_, _, code, shown_by]| (code, shown_by)).collect()
}

/// The fixture that a cell links to.
fn fixture(cell: &str) -> Option<&str> {
    cell.split_once("](../tests/diagnostics/")?.1.split(".yaml").next()
}

#[test]
fn every_row_has_a_fixture_with_its_code_or_says_why_not() {
    let mut wrong = Vec::new();
    for (code, shown_by) in rows() {
        if code.is_empty() {
            assert!(shown_by.starts_with("nothing to check in a mesh: "), "{shown_by}");
            continue;
        }
        assert!(Code::parse(&code).is_some(), "there is no code {code}");
        let name = fixture(&shown_by).unwrap_or_else(|| panic!("{code} has no fixture: {shown_by}"));
        assert!(shown_by.starts_with(&format!("[{name}]")), "{shown_by}");
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{FIXTURES}{name}.yaml")).is_file(), "{name} is not there");
        let report = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{FIXTURES}{name}.txt"));
        let report = std::fs::read_to_string(report).unwrap_or_default();
        if !report.contains(&format!("[{code}]: ")) {
            wrong.push(format!("the report of {name} has no {code}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fixture_of_a_guide_is_in_a_table() {
    let named: BTreeSet<String> = rows().iter().filter_map(|(_, cell)| fixture(cell).map(str::to_owned)).collect();
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURES)).expect("the fixtures");
    let names =
        entries.filter_map(|entry| Some(entry.expect("an entry").file_name().to_str()?.strip_suffix(".yaml")?.to_owned()));
    for name in names.filter(|name| name.starts_with("guide-")) {
        assert!(named.contains(&name), "docs/guides.md does not mention {name}");
    }
}
