//! What `explain` prints.

use meshbundle::diag::{CATALOGUE, Severity};

use crate::explain::page::{SECTIONS, sections};
use crate::support::Sandbox;

#[test]
fn a_page_is_plain_text_with_its_blocks_indented() {
    let sandbox = Sandbox::new();
    for code in CATALOGUE {
        let entry = code.entry();
        let shown = sandbox.ok(&["explain", code.as_str()]).stdout;
        let mut lines = shown.lines();
        assert_eq!(lines.next(), Some(format!("{code}: {}", entry.title).as_str()));
        let severity = if entry.severity == Severity::Error { "error" } else { "warning" };
        let acceptable = if entry.acceptable { "the owner may accept it" } else { "cannot be accepted" };
        assert_eq!(lines.next(), Some(format!("{severity}; {acceptable}").as_str()), "{code}");
        assert!(!shown.contains("```") && !shown.contains("\n## "), "{code}: marks are left\n{shown}");
        assert!(shown.lines().all(|line| line == line.trim_end()), "{code}: spaces at an end");
        if sections(*code).len() == SECTIONS.len() {
            let headings: Vec<&str> = shown.lines().filter(|line| SECTIONS.contains(line)).collect();
            assert_eq!(headings, SECTIONS, "{code}");
        }
    }
}

#[test]
fn one_page_as_it_is_read() {
    let shown = Sandbox::new().ok(&["explain", "cm0105"]).stdout;
    let wrong = "\nWrong\n\n    clusters:\n    - name: paris\n      id: 31\n    - name: tokyo\n      id: 31\n\nRight\n";
    assert!(shown.starts_with("CM0105: two clusters with the same id\nerror; cannot be accepted\n\nWhat\n\n"), "{shown}");
    assert!(shown.contains(wrong), "{shown}");
}

#[test]
fn the_catalogue_is_listed_one_line_each_and_aligned() {
    let listed = Sandbox::new().ok(&["explain"]).stdout;
    assert_eq!(listed.lines().count(), CATALOGUE.len());
    for (line, code) in listed.lines().zip(CATALOGUE) {
        assert_eq!(line.get(..6), Some(code.as_str()));
        assert_eq!(line.get(17..), Some(code.entry().title), "{line}");
    }
}

#[test]
fn programs_get_the_entry() {
    let sandbox = Sandbox::new();
    let entry = sandbox.ok(&["explain", "CM0203", "--format", "json"]).json();
    assert_eq!((&entry["format"], &entry["code"], &entry["severity"]), (&1.into(), &"CM0203".into(), &"error".into()));
    assert_eq!(entry["acceptable"], true);
    assert!(entry["page"].as_str().is_some_and(|page| page.starts_with("# CM0203: ")), "{entry}");
    let all = sandbox.ok(&["explain", "--format", "json"]).json();
    assert_eq!(all["codes"].as_array().map(Vec::len), Some(CATALOGUE.len()));
}
