//! Recipes with jq, in help and docs, print something: the keys in them are in the reports.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::schema::reports::failing_links;
use crate::support::{Ran, Sandbox};

/// The verb and what follows it, and the words of jq: of each line with `meshbundle VERB … --format json | jq …`.
fn recipes(text: &str) -> Vec<(String, String)> {
    let recipe = |line: &str| {
        let (before, filter) = line.split_once(" --format json | jq ")?;
        let command = before.split_once("meshbundle ")?.1;
        // Help has a remark behind some examples.
        let filter = filter.split("    ").next().unwrap_or_default();
        Some((command.to_owned(), filter.trim().to_owned()))
    };
    text.lines().filter_map(recipe).collect()
}

fn pages() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    // One page tells a story with its recipe, and tests/certs plays it.
    let is_told = |path: &std::path::PathBuf| path.ends_with("certificates.md");
    let pages = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md") && !is_told(path));
    let pages = pages.chain([root.join("README.md")]);
    pages.map(|page| fs::read_to_string(page).expect("text")).collect()
}

#[test]
fn recipes_with_jq_print_what_they_are_for() {
    let (sandbox, folder) = failing_links();
    let help = |verb: &str| sandbox.ok(&[verb, "--help"]).stdout;
    let text = ["lint", "plan", "explain", "generate", "verify", "probe", "announce"].map(help).concat() + &pages();
    let recipes = recipes(&text);
    let mesh = sandbox.read("mesh.yaml").replace("serviceCIDRs", "serviceCIDR");
    let bad = Sandbox::with_mesh(&mesh);
    let mut verbs = Vec::new();
    for (command, filter) in recipes {
        let words: Vec<&str> =
            command.split(' ').map(|word| if word == "/var/lib/clustermesh" { folder } else { word }).collect();
        let verb = words[0];
        // A plan of a mesh that was never generated has waves; a mesh with slips has findings.
        let scene = match verb {
            "lint" => &bad,
            "plan" => &Sandbox::with_mesh(&sandbox.read("mesh.yaml")),
            _ => &sandbox,
        };
        let report = scene.run(&[&words[..], &["--format", "json"]].concat());
        assert!(report.status < 2, "{command}: {}", report.stderr);
        sandbox.write("report.json", &report.stdout);
        let mut jq = Command::new("sh");
        let ran = Ran::of(jq.args(["-c", &format!("jq {filter} <report.json")]).current_dir(sandbox.path(".")));
        assert_eq!(ran.status, 0, "jq {filter} (apt-get install jq): {}", ran.stderr);
        let printed = ran.stdout.trim();
        assert!(!printed.is_empty() && !printed.contains("null"), "`{command} | jq {filter}` prints: {printed}");
        verbs.push(verb.to_owned());
    }
    for verb in ["lint", "plan", "explain", "probe"] {
        assert!(verbs.iter().any(|other| other == verb), "no recipe of {verb} was found: {verbs:?}");
    }
}
