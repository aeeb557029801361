//! Secrets as people write them: apimachinery and the API server's decoder say which files they become, and what is rejected.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use meshbundle::diag::Code;
use meshbundle::verify::{Container, Files, MountedSecrets, read_secrets};
use serde_json::{Value, json};

use crate::support::Ran;
use crate::support::judges::go_program;

/// Keys, as they are in YAML.
const KEYS: [&str; 40] = [
    "oslo",
    "\"oslo\"",
    "'no'",
    "no",
    "off",
    "N",
    "on",
    "y",
    "Yes",
    "true",
    "TRUE",
    "null",
    "~",
    "010",
    "08",
    "\"010\"",
    "0",
    "00",
    "1e3",
    "1E-5",
    "1e6",
    "1.50",
    "0x1f",
    "0o17",
    "0b11",
    "+5",
    "-5",
    "1_000",
    ".inf",
    "-.Inf",
    ".nan",
    "2026-11-29",
    "12:30:00",
    "10.1.1.1",
    "a/b",
    "a b",
    "..a",
    "a..b",
    "\u{fc}",
    "18446744073709551615",
];

/// Values, as they are in YAML at an indentation of four.
const VALUES: [&str; 26] = [
    "T1NMTw==",
    "\"T1NMTw==\"",
    "T1NMTw",
    "T1NMT=",
    "T1N MTw==",
    "T1NMTx==",
    "|\n    T1NM\n    Tw==\n",
    "|-\n    T1NM\n    Tw==\n",
    ">\n    T1NM\n    Tw==\n",
    ">-\n    T1NM\n    Tw==\n",
    "\"T1NM\\nTw==\"",
    "\"T1NM\\r\\nTw==\"",
    "\"T1NM\\tTw==\"",
    "\"T1NM\n    Tw==\"",
    "_-9_",
    "/+9/",
    "\"1234\"",
    "1234",
    "12e4",
    "true",
    "\"yes\"",
    "yes",
    "null",
    "\"\"",
    "{a: b}",
    "2026-11-29",
];

fn secret(field: &str, body: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: cilium-clustermesh\n{field}:\n{body}\n")
}

fn texts() -> Vec<String> {
    let mut texts = Vec::new();
    for field in ["data", "stringData"] {
        for key in KEYS {
            texts.push(secret(field, &format!("  {key}: \"T1NMTw==\"")));
            texts.push(secret(field, &format!("  {key}: \"T1NMTw==\"\n  false: \"\"\n  b: \"T1NM\"")));
        }
        for value in VALUES {
            texts.push(secret(field, &format!("  oslo: {value}")));
            texts.push(secret(field, &format!("  oslo: {value}\n  a.key: \"T1NM\"\n")).replace('\n', "\r\n"));
            texts.push(secret(field, &format!("  oslo: \"T1NM\"\n  oslo: {value}")));
            texts.push(secret("data", &format!("  oslo: \"T1NM\"\n  rome: {value}\nstringData:\n  oslo: plain")));
        }
    }
    let plain = secret("data", "  oslo: \"T1NM\"");
    let indented = plain.replace('\n', "\n  ");
    let json = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"cilium-clustermesh"},"stringData":{"no":"a\/b\u0041","010":""}}"#;
    let item = json.replace(r#""apiVersion":"v1","kind":"Secret","#, "");
    texts.extend([
        plain.clone(),
        format!("---\n{plain}---\n# nothing\n---\nnull\n"),
        format!("--- # a comment\r\n{plain}---   \n{{}}\n").replace("{}", "{apiVersion: v1, kind: ConfigMap}"),
        format!("{plain}--- {{a: b}}\n"),
        format!("{plain}...\n"),
        format!("{plain}...\nfoo: bar\n"),
        format!("{plain}-----BEGIN X-----\n"),
        format!("\u{feff}{plain}"),
        format!("apiVersion: v1\nkind: List\nitems:\n- {indented}"),
        format!(
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  - {}",
            plain.replace('\n', "\n    ")
        ),
        format!("apiVersion: v1\nkind: List\nitems: []\n---\n{plain}"),
        json.to_owned(),
        format!("{json}{json}\n\n{json}"),
        format!(r#"{{"apiVersion":"v1","kind":"List","items":[{json},{{"apiVersion":"v1","kind":"List","items":[{json}]}}]}}"#),
        format!(r#"{{"apiVersion":"v1","kind":"SecretList","items":[{item}]}}"#),
        format!("{{\n\t\"apiVersion\": \"v1\",\n\t\"kind\":\t\"List\",\n\t\"items\": [\n\t\t{json}\n\t]\n}}\n"),
        secret("Data", "  oslo: T1NM"),
        secret("stringdata", "  oslo: T1NM"),
        secret("data", "  oslo: T1NM\nfoo: bar"),
        secret("data", "  - T1NM"),
        plain.replace("data:\n  oslo: \"T1NM\"", "data:"),
        plain.replace("data:\n  oslo: \"T1NM\"", "data: {}"),
        plain.replace("data:\n  oslo: \"T1NM\"", "data: text"),
        format!("{plain}data: {{rome: T1NM}}\n"),
        format!("{plain}type: kubernetes.io/tls\n"),
        secret("stringData", "  tls.crt: a\n  tls.key: b\ntype: kubernetes.io/tls"),
        secret("data", "  tls.crt: \"\"\n  tls.key: null\ntype: kubernetes.io/tls"),
        secret("stringData", &format!("  oslo: {}", "x".repeat(1 << 20))),
        secret("stringData", &format!("  oslo: {}", "x".repeat((1 << 20) + 1))),
        secret("data", "\toslo: T1NM"),
        secret("data", "  oslo: &a T1NM\n  rome: *a"),
        secret("data", "  oslo: T1NM  # a comment"),
        format!("{}{}", secret("stringData", "  oslo: a"), "immutable: true\n"),
        format!("{}---\n{}", secret("stringData", "  oslo: a\n  rome: b"), secret("stringData", "  oslo: c")),
    ]);
    texts
}

/// The files of the Secret, or nothing if it is rejected.
fn ours(text: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let read = read_secrets(&[("secrets.yaml", text.as_bytes())]);
    if read.findings.iter().any(|finding| finding.code == Code::SecretRefused) {
        assert!(read.findings.iter().any(meshbundle::diag::Diagnostic::is_error), "{text}");
        return None;
    }
    let mut files = BTreeMap::new();
    for set in &read.sets {
        let mounted = MountedSecrets::of(set, Container::Agents).expect("the Secret");
        files.extend(mounted.entries().map(|(name, entry)| (name.to_owned(), entry.bytes().expect("a file").to_vec())));
    }
    Some(files)
}

fn theirs(answer: &Value) -> Option<BTreeMap<String, Vec<u8>>> {
    if answer["refused"] != "" {
        return None;
    }
    let secret = answer["secrets"].get("cilium-clustermesh").and_then(Value::as_object);
    let file =
        |(key, value): (&String, &Value)| (key.clone(), STANDARD.decode(value.as_str().unwrap_or_default()).expect("base64"));
    Some(secret.into_iter().flatten().map(file).collect())
}

#[test]
fn secrets_become_the_files_that_kubernetes_makes_of_them() {
    let judge = go_program("secretjudge", "tests/verify/kubernetes");
    let texts = texts();
    let folder = tempfile::tempdir().expect("a folder");
    let questions = folder.path().join("questions");
    fs::write(&questions, json!(texts).to_string()).expect("written");
    let ran = Ran::of(Command::new(judge).stdin(File::open(&questions).expect("questions")));
    let answers: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    assert_eq!(answers.len(), texts.len());
    let refused = answers.iter().filter(|answer| answer["refused"] != "").count();
    assert!(refused > 30 && texts.len() - refused > 100, "{refused} of {} are rejected", texts.len());
    let mut misfits = Vec::new();
    for (text, answer) in texts.iter().zip(&answers) {
        let (ours, theirs) = (ours(text), theirs(answer));
        if ours != theirs {
            let short: String = text.chars().take(300).collect();
            misfits.push(format!("{short:?}\n  ours: {ours:?}\n  Go: {theirs:?} {}", answer["refused"]));
        }
    }
    assert!(misfits.is_empty(), "{} misfits\n{}", misfits.len(), misfits.join("\n"));
}
