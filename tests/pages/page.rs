//! `report` as a user runs it.

use crate::pages::broken_mesh::{NOW, OBSERVED, broken_mesh, probe, turned_round};
use crate::support::receipts::record_everything;
use crate::support::{Sandbox, sample};

fn report(sandbox: &Sandbox, more: &[&str]) -> crate::support::Ran {
    sandbox.run(&[&["report", "mesh.yaml", "--out", "mesh.html"], more].concat())
}

/// The summary of the page, in its own words.
fn shows(sandbox: &Sandbox, words: &str) {
    let html = sandbox.read("mesh.html");
    assert!(html.contains(words), "the page does not say: {words}");
}

/// What is asked of somebody who sees only the page: which links are broken, what expires first, which firewall rule is missing.
#[test]
fn a_stranger_finds_what_is_wrong_with_a_mesh_of_eight() {
    let sandbox = broken_mesh();
    let ran = report(&sandbox, &OBSERVED);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    assert_eq!(ran.stdout, "wrote mesh.html: 8 clusters, 56 links: 2 broken, 7 expires soon, 31 proven, 16 live\n");
    for words in [
        "2 of 56 links are broken; 21 were probed",
        "paris reads rome: CM0803",
        "tokyo reads lima: CM0805",
        "Expires first: server certificate of quito/etcd1, on 2026-11-10, in 8 days",
        "7 links stop with it",
        "from paris to https://10.7.0.1:2379, the etcd of rome",
        "11 of 18 bundles known to be installed",
    ] {
        shows(&sandbox, words);
    }
    // What is installed is not taken from what was generated.
    let row = |cluster: &str| {
        let html = sandbox.read("mesh.html");
        let row = html.split("<tr><th scope=\"row\">").find(|row| row.starts_with(cluster)).expect("a row").to_owned();
        row.split("<td>").skip(5).take(2).filter_map(|cell| cell.split('<').next()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!((row("oslo").as_str(), row("quito").as_str()), ("2 of 2, 1 of 1", "0 of 1, 0 of 1"));
}

/// The bytes follow from the mesh, not from the order of its file.
#[test]
fn the_order_of_clusters_in_the_file_changes_nothing() {
    let sandbox = broken_mesh();
    let all = |name: &str| {
        let formats = ["svg", "dot", "mermaid"]
            .map(|format| sandbox.ok(&[&["graph", "mesh.yaml", "--format", format], &OBSERVED[..]].concat()).stdout);
        let out = format!("{name}.html");
        sandbox.run(&[&["report", "mesh.yaml", "--out", out.as_str()], &OBSERVED[..]].concat());
        (formats, sandbox.read(out))
    };
    let before = all("one");
    sandbox.write("mesh.yaml", &turned_round());
    assert!(before == all("other"), "the order of the file shows");
}

#[test]
fn a_page_says_what_has_changed_since_the_one_that_it_replaces() {
    let sandbox = broken_mesh();
    report(&sandbox, &OBSERVED);
    shows(&sandbox, "There is no earlier report to compare with.");
    report(&sandbox, &OBSERVED);
    shows(&sandbox, "Since the report of 2026-11-02 09:00 UTC");
    shows(&sandbox, "<p>Nothing.</p>");
    sandbox.write("probe-paris.json", &probe("paris", &[]).to_string());
    let mesh = sandbox.read("mesh.yaml");
    sandbox.write("mesh.yaml", &mesh.replace("clusters:\n", "links: { hub: cairo }\nclusters:\n"));
    report(&sandbox, &OBSERVED);
    for words in ["<li>paris reads rome: no longer</li>", "<li>tokyo reads lima: no longer</li>"] {
        shows(&sandbox, words);
    }
    // A page of somebody else is not replaced.
    sandbox.write("mesh.html", "<html>mine</html>");
    let ran = report(&sandbox, &OBSERVED);
    assert!(ran.status == 3 && ran.said("`mesh.html` is there, and is no page of `meshbundle report`"), "{}", ran.stderr);
    assert_eq!(sandbox.read("mesh.html"), "<html>mine</html>");
}

/// What was renewed and not shipped still ends when it did.
#[test]
fn a_renewal_counts_when_it_is_known_to_be_there() {
    let mut sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    sandbox.generate(&[]);
    record_everything(&sandbox, 1);
    sandbox.at("2027-10-15T00:00:00Z");
    sandbox.ok(&["generate", "mesh.yaml", "--renew"]);
    let days = || {
        report(&sandbox, &[]);
        let html = sandbox.read("mesh.html");
        let first = html.split("Expires first").nth(1).and_then(|rest| rest.split(" days").next()).expect("a day").to_owned();
        first.rsplit(' ').next().expect("a number").parse::<usize>().expect("a number")
    };
    let before = days();
    record_everything(&sandbox, 2);
    let after = days();
    assert!(before < 60 && after > 300, "{before}, {after}");
}

/// Nobody who gets the page learns where a machine is.
#[test]
fn a_redacted_page_has_no_address() {
    let mut sandbox = Sandbox::with_mesh(
        &sample("guide-two-clusters.yaml")
            .replace("https://10.2.2.2:2379", "https://etcd.fra.example.net:2379")
            .replacen("- node1\n", "- ip-10-1-77-8\n", 1)
            .replace("10.2.0.0/16", "10.2.0.1/16"),
    );
    sandbox.at(NOW);
    sandbox.generate(&[]);
    let lint = sandbox.run(&["lint", "mesh.yaml"]);
    assert!(lint.stdout.contains("10.2.0.1/16"), "a finding has an address: {}", lint.stdout);
    let secret = ["10.1.", "10-1-", "10.2.", "10.60.", "fra.example.net"];
    let found = |html: &str| secret.iter().filter(|part| html.contains(**part)).copied().collect::<Vec<_>>();
    report(&sandbox, &[]);
    assert!(found(&sandbox.read("mesh.html")).len() > 1, "an open page has addresses");
    report(&sandbox, &["--redact"]);
    assert!(found(&sandbox.read("mesh.html")).is_empty(), "{:?}", found(&sandbox.read("mesh.html")));
    shows(&sandbox, "addresses are left out");
    let broken = broken_mesh();
    report(&broken, &[&OBSERVED[..], &["--redact"]].concat());
    let html = broken.read("mesh.html");
    assert!(!html.contains("10.7.0.1") && !html.contains("10.3.0.1"), "faults have addresses");
    assert!(html.contains("paris reads rome: CM0803"));
}

/// A mesh with errors: the page has them, and what was generated last.
#[test]
fn a_mesh_with_errors_has_a_page() {
    let sandbox = broken_mesh();
    let mesh = sandbox.read("mesh.yaml");
    sandbox.write("mesh.yaml", &mesh.replace("id: 3,", "id: 2,"));
    let ran = report(&sandbox, &OBSERVED);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    for words in ["The mesh has errors.", "those that were generated last", "CM0105", "2 of 56 links are broken"] {
        shows(&sandbox, words);
    }
    let drawn = sandbox.run(&["graph", "mesh.yaml"]);
    assert!(
        drawn.status == 1
            && drawn.stdout.contains("Mesh atlas: 8 clusters, 56 links, as it was generated last: its file has errors"),
        "{}",
        drawn.stdout
    );
    assert!(drawn.stderr.contains("CM0105"), "{}", drawn.stderr);
    let fresh = Sandbox::with_mesh("version: 1\n");
    assert_eq!(report(&fresh, &[]).status, 1);
    shows(&fresh, "there is nothing else to show");
    assert!(!fresh.read("mesh.html").contains("No link is known to be broken"), "no link is known at all");
    let drawn = fresh.run(&["graph", "mesh.yaml"]);
    assert!(drawn.status == 1 && drawn.stdout.contains("Nothing to draw: the file of the mesh has errors"), "{}", drawn.stdout);
    // A state that is named has to be there.
    let elsewhere = sandbox.run(&["graph", "mesh.yaml", "--state", "nowhere"]);
    assert!(elsewhere.status == 3 && elsewhere.stderr.contains("nowhere"), "{}", elsewhere.stderr);
}

/// Files, links and receipts are three things, and a state is not taken for another mesh's.
#[test]
fn what_is_observed_counts_for_what_it_is() {
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    let words = |sandbox: &Sandbox, more: &[&str]| {
        let _ = std::fs::remove_file(sandbox.path("mesh.html"));
        report(sandbox, more).stdout.trim_start_matches("wrote mesh.html: ").trim_end().to_owned()
    };
    assert_eq!(words(&sandbox, &[]), "2 clusters, 2 links: 2 unproven");
    sandbox.generate(&[]);
    assert_eq!(words(&sandbox, &[]), "2 clusters, 2 links: 2 proven");
    let verified = sandbox.ok(&["verify", "out", "--format", "json"]).stdout;
    sandbox.write("files.json", &verified);
    assert_eq!(words(&sandbox, &["--observed", "files.json"]), "2 clusters, 2 links: 2 proven");
    sandbox.write("files.json", &verified.replace("\"proven\": \"both\"", "\"proven\": \"refuted\""));
    assert_eq!(words(&sandbox, &["--observed", "files.json"]), "2 clusters, 2 links: 2 broken");
    sandbox.write("files.json", &verified.replace("\"proven\": \"both\"", "\"proven\": \"unknown\""));
    assert_eq!(words(&sandbox, &["--observed", "files.json"]), "2 clusters, 2 links: 2 proven", "on paper");
    let mut late = sandbox;
    late.at("2027-10-16T12:00:00Z");
    assert_eq!(words(&late, &[]), "2 clusters, 2 links: 2 expires soon");
    late.at("2027-11-22T12:00:00Z");
    assert_eq!(words(&late, &[]), "2 clusters, 2 links: 2 broken");
    late.write("mesh.yaml", &late.read("mesh.yaml").replace("mesh: guide", "mesh: other"));
    let other = report(&late, &[]);
    assert!(other.status == 3 && other.said("not of `other`"), "{}{}", other.stdout, other.stderr);
}
