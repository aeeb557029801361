//! A finding stands where its cause stands in the file, and a conflict is shown at both ends.

use serde_json::Value;

use crate::diagnostics::fixture::{folder, one};
use crate::support::Sandbox;

/// The findings of a fixture's JSON report.
fn findings(name: &str) -> Vec<Value> {
    one(name).play(&["--format", "json"]).json()["findings"].as_array().expect("findings").clone()
}

/// The text that a finding's place begins with.
fn text_at(source: &str, finding: &Value) -> String {
    let number = |value: &Value| usize::try_from(value.as_u64().expect("a number")).expect("small");
    let line = source.lines().nth(number(&finding["line"]) - 1).expect("a line of the file");
    line.chars().skip(number(&finding["column"]) - 1).collect()
}

#[test]
fn the_place_is_that_of_the_words_that_the_message_repeats() {
    for (name, code) in [
        ("CM0002-slips", "CM0002"),
        ("CM0006-words", "CM0006"),
        ("CM0101-names", "CM0101"),
        ("CM0201-cidrs", "CM0201"),
        ("CM0202-addresses", "CM0202"),
        ("CM0302-endpoints", "CM0302"),
        ("CM0507-folders", "CM0507"),
    ] {
        let source = std::fs::read_to_string(folder().join(format!("{name}.yaml"))).expect("the fixture");
        let mut seen = 0;
        for finding in findings(name).iter().filter(|finding| finding["code"] == code) {
            let message = finding["message"].as_str().expect("a message");
            let repeated = message.strip_prefix("unknown value ").unwrap_or(message);
            let Some(word) = repeated.strip_prefix('`').and_then(|rest| rest.split('`').next()) else { continue };
            let there = text_at(&source, finding);
            assert!(there.trim_start_matches('"').starts_with(word), "{name}: {message}\nat: {there}");
            seen += 1;
        }
        assert!(seen > 0, "{name} has no {code} that repeats a word");
    }
}

#[test]
fn both_ends_of_a_conflict_are_shown() {
    for (name, code) in [
        ("CM0003-twice", "CM0003"),
        ("CM0003-authority-twice", "CM0003"),
        ("CM0103-twice", "CM0103"),
        ("CM0105-twice", "CM0105"),
        ("CM0110-twice", "CM0110"),
        ("CM0506-twice", "CM0506"),
    ] {
        let text = one(name).play(&[]).stdout;
        for finding in findings(name).iter().filter(|finding| finding["code"] == code) {
            let related = finding["related"].as_array().expect("a second place");
            assert_eq!(related.len(), 1, "{name}: {finding}");
            let (first, second) = (related[0]["line"].as_u64(), finding["line"].as_u64());
            assert!(first.is_some() && first < second, "{name}: the first of the two comes first: {finding}");
            let label = related[0]["text"].as_str().expect("a label");
            assert!(text.contains(label), "{name}: the text shows it too: {label}\n{text}");
        }
    }
}

#[test]
fn a_fault_in_defaults_is_reported_once_and_there() {
    let mut mesh = String::from("version: 1\nmesh: m\ncilium:\n  version: \"1.18\"\n");
    mesh.push_str("defaults:\n  configDir: nowhere\n  etcd:\n    clientName: \"{who}\"\nclusters:\n");
    for id in 1..=20 {
        let etcd = format!(
            "{{ endpoints: [\"https://10.0.0.{id}:2379\"], localClients: true, members: [{{ name: e, addresses: [10.0.0.{id}] }}] }}"
        );
        mesh.push_str(&format!("- name: c{id}x\n  id: {id}\n  etcd: {etcd}\n"));
    }
    let report = Sandbox::with_mesh(&mesh).run(&["lint", "mesh.yaml", "--format", "json"]).json();
    let places: Vec<_> = report["findings"].as_array().expect("findings").iter().map(|f| (&f["code"], &f["line"])).collect();
    assert_eq!(places, [(&Value::from("CM0507"), &Value::from(6)), (&Value::from("CM0403"), &Value::from(8))]);
}

#[test]
fn columns_count_characters_not_bytes() {
    let mesh = "version: 1\nmesh: m\ncilium: { version: \"1.18\", ipam: \"größer\", encryption: nonne }\nclusters: []\n";
    let ran = Sandbox::with_mesh(mesh).run(&["lint", "mesh.yaml", "--format", "json"]);
    let finding = &ran.json()["findings"][0];
    assert_eq!((&finding["line"], &finding["column"]), (&Value::from(3), &Value::from(56)), "{finding}");
}
