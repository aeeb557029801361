//! A law for Secrets: a clustermesh directory, and the Secret that is made of it, are judged alike.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use meshbundle::diag::{Code, Diagnostic};
use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{Container, Directory, Entry, MountedSecrets, Tree, View, identify, inspect, read_secrets};
use proptest::collection::btree_map;
use proptest::prelude::*;
use time::macros::datetime;

use crate::support::pki::{Authority, Wish};

const DIRECTORY: &str = "/var/lib/cilium/clustermesh";

/// How a value is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    OneLine,
    Folded,
    Escaped,
    Text,
}

/// What may be in a file of the directory.
#[derive(Debug, Clone)]
enum Content {
    Config { stem: &'static str, host: &'static str, more: &'static str },
    Ca,
    Chain,
    Key,
    Other(Vec<u8>),
}

fn contents() -> impl Strategy<Value = Content> {
    let stems = prop::sample::select(vec!["oslo.etcd-client", "rome.etcd-client", "common", "nowhere"]);
    let hosts = prop::sample::select(vec!["10.2.2.2:2379", "etcd.test:2379", "etcd.test", "[fd00::1]:2379"]);
    let more = prop::sample::select(vec!["", "dial-timeout: 5s\n", "ca-file: /x\n", "endpoints: 7\n", "a: [\n", "# \u{fc}\r\n"]);
    prop_oneof![
        4 => (stems, hosts, more).prop_map(|(stem, host, more)| Content::Config { stem, host, more }),
        2 => Just(Content::Ca),
        2 => Just(Content::Chain),
        2 => Just(Content::Key),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Content::Other),
    ]
}

fn names() -> impl Strategy<Value = String> {
    let parts = ["", ".etcd-client.crt", ".etcd-client.key", ".etcd-client-ca.crt", ".bak", ".config"];
    let stems = ["oslo", "rome", "no", "010", "common", "Bad_Name", "default", ".x", "nowhere"];
    (prop::sample::select(stems.to_vec()), prop::sample::select(parts.to_vec())).prop_map(|(stem, part)| format!("{stem}{part}"))
}

fn forms() -> impl Strategy<Value = Form> {
    prop::sample::select(vec![Form::OneLine, Form::Folded, Form::Escaped, Form::Text])
}

/// The Secret in YAML. What is not text stays in `data`.
fn yaml(files: &BTreeMap<String, (Vec<u8>, Form)>) -> String {
    let (mut data, mut text) = (String::from("data:\n"), String::from("stringData:\n"));
    for (name, (bytes, form)) in files {
        let symbols = STANDARD.encode(bytes);
        match (form, std::str::from_utf8(bytes)) {
            (Form::Text, Ok(plain)) => text += &format!("  \"{name}\": {}\n", serde_json::json!(plain)),
            (Form::Folded, _) if !symbols.is_empty() => {
                let lines = symbols.as_bytes().chunks(60).map(|line| format!("    {}\n", String::from_utf8_lossy(line)));
                data += &format!("  '{name}': |\n{}", lines.collect::<String>());
            }
            (Form::Escaped, _) => data += &format!("  \"{name}\": \"{}\\n\"\n", symbols.replace('=', "\\n=")),
            _ => data += &format!("  \"{name}\": \"{symbols}\"\n"),
        }
    }
    format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: cilium-clustermesh}}\n{data}{text}")
}

/// What is told, without how the place is called.
fn told(findings: &[Diagnostic]) -> Vec<(Code, bool, String, Option<usize>, String)> {
    let told = findings.iter().map(|finding| {
        let place = finding.place.as_ref().expect("a place");
        let name = place.file.rsplit(['/', ' ']).next().unwrap_or_default().to_owned();
        let name = if matches!(name.as_str(), "directory" | "cilium-clustermesh") { String::new() } else { name };
        (finding.code, finding.is_error(), finding.message.clone(), place.line.as_ref().map(|line| line.0), name)
    });
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_secret_is_judged_as_the_directory_that_it_was_made_of(
        files in btree_map(names(), (contents(), forms()), 0..8),
        minor in 14_u16..=20,
    ) {
        let ca = Authority::new("CA");
        let leaf = ca.issue(&Wish::named("remote"));
        let files: BTreeMap<String, (Vec<u8>, Form)> = files.into_iter().map(|(name, (content, form))| {
            let bytes = match content {
                Content::Config { stem, host, more } => format!(
                    "endpoints:\n- https://{host}\ntrusted-ca-file: {DIRECTORY}/{stem}-ca.crt\nkey-file: {DIRECTORY}/{stem}.key\n\
                     cert-file: {DIRECTORY}/{stem}.crt\n{more}"
                ).into_bytes(),
                Content::Ca => ca.certificate.clone().into_bytes(),
                Content::Chain => (leaf.certificate.clone() + &ca.certificate).into_bytes(),
                Content::Key => leaf.key.clone().into_bytes(),
                Content::Other(bytes) => bytes,
            };
            (name, (bytes, form))
        }).collect();
        let mut tree = Tree::default();
        for (name, (bytes, _)) in &files {
            tree.insert(name.clone(), Entry::File { mode: None, bytes: bytes.clone().into() });
        }
        let view = View::new(CiliumVersion::new(1, minor), datetime!(2026-11-29 12:00 UTC));
        let directory = Directory::new("directory", tree);
        let of_directory = inspect(&directory, identify(&directory, None), &view);
        let text = yaml(&files);
        let read = read_secrets(&[("secrets.yaml", text.as_bytes())]);
        prop_assert!(read.findings.is_empty(), "{:?}\n{text}", read.findings);
        let mounted = MountedSecrets::of(&read.sets[0], Container::Agents).expect("the Secret");
        let owner = identify(&mounted, None);
        let of_secret = mounted.inspect(owner, &view);
        prop_assert_eq!(told(&of_secret.findings), told(&of_directory.findings), "{}", text);
        let names = |seen: &meshbundle::verify::Inspection| seen.peers.iter().map(|peer| peer.name.clone()).collect::<Vec<_>>();
        prop_assert_eq!(names(&of_secret), names(&of_directory));
    }
}
