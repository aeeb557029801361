//! The documents say what is true: commands in them run, every field is described, links lead somewhere, what they show of
//! `mesh.yaml` is right, and what they say of the guides is so.

mod certificates;
mod compose;
mod fragments;
mod gitops;
mod guides;
mod history;
mod leaked;
mod names;
mod smoke;
mod year;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::kubernetes::secrets_of;
use crate::support::{self, Sandbox, complete};

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every document for users, but the pages of the codes: tests/explain has those.
fn documents() -> Vec<String> {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")).expect("the documents");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text"));
    let mut documents: Vec<_> = names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    documents.extend(
        ["README.md", "samples/README.md", "samples/compose/README.md", "samples/gitops/README.md", "docs/codes/README.md"]
            .map(str::to_owned),
    );
    documents.sort();
    documents
}

/// Lines that begin with `$ meshbundle` in `console` blocks, as words.
fn commands(text: &str) -> Vec<Vec<String>> {
    let blocks = text.split("```console\n").skip(1).map(|block| block.split("```").next().unwrap_or_default());
    let lines = blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("$ meshbundle "));
    lines.map(|line| line.split(" #").next().unwrap_or_default().split_whitespace().map(str::to_owned).collect()).collect()
}

/// The mesh of the README's first screen, the commands that follow it, and what they print.
#[test]
fn the_readme_is_what_a_user_sees() {
    let readme = document("README.md");
    let mesh = complete::blocks(&readme, "yaml").into_iter().next().expect("a mesh");
    assert!(mesh.lines().count() <= 10, "the first screen shows ten lines");
    let sandbox = Sandbox::new();
    sandbox.write("mesh.yaml", mesh);
    for block in complete::blocks(&readme, "console").into_iter().filter(|block| block.contains("$ meshbundle ")) {
        for shown in block.split("$ meshbundle ").skip(1) {
            let (command, printed) = shown.split_once('\n').expect("a command, and what it prints");
            let words: Vec<_> = command.split_whitespace().collect();
            assert_eq!(sandbox.ok(&words).stdout, printed, "meshbundle {command}");
        }
    }
    let tree =
        complete::blocks(&readme, "text").into_iter().find(|block| block.starts_with("oslo.node1/")).expect("a bundle's tree");
    let archive = sandbox.path("out/bundles/oslo/nodes/node1.tar.gz");
    let listed = support::tool("tar", "tar", [std::ffi::OsStr::new("-tzf"), archive.as_os_str()]);
    for line in tree.lines().skip(1) {
        let name = line.trim_start_matches(['│', '├', '└', '─', ' ']).split(' ').next().expect("a name");
        assert!(listed.lines().any(|path| path.ends_with(&format!("/{name}"))), "the archive has no `{name}`:\n{listed}");
    }
}

/// The page about `verify` runs as well, and shows what is printed.
#[test]
fn the_page_about_verify_runs_as_written() {
    let page = document("docs/verify.md");
    let commands = commands(&page);
    assert!(commands.len() >= 7, "{commands:?}");
    let sandbox = Sandbox::new();
    let mut printed = String::new();
    for words in commands {
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        if words.contains(&"secrets.yaml") {
            let [node, member] = ["nodes/node1", "etcd/etcd1"].map(|bundle| sandbox.path("out/unpacked/cluster1").join(bundle));
            sandbox.write("secrets.yaml", &secrets_of(&node, &member));
        }
        printed += &sandbox.ok(&words).stdout;
    }
    for heading in ["# Check files", "## Kubernetes Secrets"] {
        let section = page.split(heading).nth(1).expect("a section");
        let shown = section.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a report");
        assert!(printed.contains(shown), "the page shows\n{shown}\nwhere this is printed\n{printed}");
    }
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
    for name in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/testing.md", "samples/README.md"] {
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
    let project = ["ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md", "STYLE.md"].map(str::to_owned);
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
