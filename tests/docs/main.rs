//! The documents say what is true: commands in them run, every field is described, links lead somewhere, what they show of
//! `mesh.yaml` is right, and what they say of the guides is so.

#[path = "../support/complete.rs"]
mod complete;
mod compose;
mod fragments;
mod guides;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use support::Sandbox;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every document for users, but the pages of the codes: tests/explain has those.
fn documents() -> Vec<String> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).expect("the documents");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text"));
    let mut documents: Vec<_> = names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    documents.extend(["README.md", "samples/README.md", "samples/compose/README.md", "docs/codes/README.md"].map(str::to_owned));
    documents.sort();
    documents
}

/// Lines that begin with `$ meshbundle` in `console` blocks, as words.
fn commands(text: &str) -> Vec<Vec<String>> {
    let blocks = text.split("```console\n").skip(1).map(|block| block.split("```").next().unwrap_or_default());
    let lines = blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("$ meshbundle "));
    lines.map(|line| line.split(" #").next().unwrap_or_default().split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn the_readme_runs_as_it_stands() {
    let commands = commands(&document("README.md"));
    assert!(commands.len() >= 4, "{commands:?}");
    let sandbox = Sandbox::new();
    for words in commands {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        sandbox.ok(&words);
    }
    assert!(sandbox.path("out/bundles/cluster1/nodes/node1.tar.gz").is_file());
}

/// So does the page about `verify`, and it shows what is printed.
#[test]
fn the_page_about_verify_runs_as_it_stands() {
    let page = document("docs/verify.md");
    let commands = commands(&page);
    assert!(commands.len() >= 7, "{commands:?}");
    let sandbox = Sandbox::new();
    let mut printed = String::new();
    for words in commands {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        printed += &sandbox.ok(&words).stdout;
    }
    let shown = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a report");
    assert!(printed.contains(shown), "the page shows\n{shown}\nwhere this is printed\n{printed}");
}

/// The report that the README shows is one that people get.
#[test]
fn the_report_in_the_readme_is_real() {
    let report = document("tests/diagnostics/guide-same-pods.txt");
    let first = report.split("\n\n").next().expect("a finding");
    assert!(document("README.md").contains(&format!("```text\n{first}\n```")), "the README shows another report:\n{first}");
}

#[test]
fn every_make_target_that_documents_name_is_there() {
    let makefile = document("Makefile");
    let mut named = BTreeSet::new();
    for name in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "samples/README.md", "tests/conformance/README.md"] {
        let text = document(name);
        named.extend(text.split("make ").skip(1).filter_map(|rest| {
            let target: String = rest.chars().take_while(char::is_ascii_lowercase).collect();
            rest.get(target.len()..).is_some_and(|after| after.starts_with(['`', ' ', '\n'])).then_some(target)
        }));
    }
    for target in ["demo", "test", "help", "conformance"] {
        assert!(named.contains(target), "no document names `make {target}`");
    }
    for target in ["help", "build", "check", "test", "conformance", "bench", "fuzz", "demo", "dist", "dist-check"] {
        assert!(makefile.contains(&format!("\n{target}: ")), "there is no target {target}");
    }
}

#[test]
fn every_field_of_the_schema_is_described() {
    let described = document("docs/mesh-yaml.md");
    let schema = Sandbox::new().ok(&["schema"]).json();
    let mut fields = BTreeSet::new();
    collect(&schema, &mut fields);
    assert!(fields.len() > 50, "{fields:?}");
    for field in fields {
        assert!(
            described.contains(&format!("`{field}`")) || described.contains(&format!("`{field}:")),
            "`{field}` is not described"
        );
    }
}

fn collect(value: &serde_json::Value, fields: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            if let Some(serde_json::Value::Object(properties)) = object.get("properties") {
                fields.extend(properties.keys().cloned());
            }
            object.values().for_each(|value| collect(value, fields));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|value| collect(value, fields)),
        _ => {}
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut checked = 0;
    let project = ["ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"].map(str::to_owned);
    for name in documents().into_iter().chain(project) {
        let folder = root.join(&name).parent().expect("a folder").to_owned();
        for target in document(&name).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("http") || target.starts_with('#') {
                continue;
            }
            let file = target.split('#').next().unwrap_or_default();
            assert!(folder.join(file).exists(), "{name} links to {target}");
            checked += 1;
        }
    }
    assert!(checked > 5, "no links were found");
}

/// What `init` writes is the sample that people read.
#[test]
fn init_writes_the_guides_sample() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["init"]);
    assert_eq!(sandbox.read("mesh.yaml"), document("samples/guide-two-clusters.yaml"));
    sandbox.ok(&["lint", "mesh.yaml", "--deny-warnings"]);
}
