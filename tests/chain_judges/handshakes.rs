//! `verify` finds an error in a link if and only if a handshake by Go's rules fails: those of the Go that Cilium 1.14 was built
//! with, and today's.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use meshbundle::diag::{Code, Diagnostic};
use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{Directory, Ends, Entry, Files, Tree, UnpackedBundle, View, identify, inspect};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use serde_json::json;

use crate::chain_judges::forge::noon;
use crate::chain_judges::kits::{HOST, Kit, Side, kit};
use crate::chain_judges::mint::Mint;
use crate::support::dice::Dice;
use crate::support::judges::{pem, run};
use crate::support::rounds::rounds;

const KITS: usize = 1200;
/// Cilium's, and the Go that judges for it: the newest of those that its 1.14 was built with that can still be had everywhere.
const GENERATIONS: [(CiliumVersion, &str, &[&str]); 2] =
    [(CiliumVersion::OLDEST, "go1.21.13", &[]), (CiliumVersion::NEWEST, "local", &["-modfile=today.mod"])];

/// Codes about certificates and keys that are errors: what keeps a link from working.
const BREAKING: [Code; 10] = [
    Code::LinkUnproven,
    Code::NotACertificate,
    Code::AuthorityUnfit,
    Code::KeyMismatch,
    Code::NotAKey,
    Code::NotValidNow,
    Code::WrongUsage,
    Code::CertificateRefused,
    Code::CaFileRefused,
    Code::ChainUnreadable,
];

#[test]
fn an_error_means_that_a_handshake_fails_and_none_that_it_does_not() {
    let (mint, mut dice) = (Mint::new(), Dice::new(13));
    let count = rounds(KITS);
    let kits: Vec<Kit> = (0..count).map(|number| kit(&mint, &mut dice, number)).collect();
    let mut complaints = Vec::new();
    for (version, toolchain, words) in GENERATIONS {
        let go = shake(&kits, toolchain, words);
        let ours: Vec<Vec<Diagnostic>> = kits.par_iter().map(|kit| judge(kit, version)).collect();
        let (mut good, mut unjudged) = (0, 0);
        for (kit, (go, ours)) in kits.iter().zip(go.iter().zip(&ours)) {
            let works = go.iter().all(String::is_empty);
            good += usize::from(works);
            let errors: Vec<_> = ours.iter().filter(|finding| finding.is_error()).collect();
            if errors.is_empty() && ours.iter().any(|finding| finding.code == Code::LinkUnjudged) {
                unjudged += 1;
            } else if works != errors.is_empty() {
                let told: Vec<String> = errors.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect();
                complaints.push(format!("{}\n  Cilium {version}: {told:?}\n  {toolchain}: {go:?}", kit.name));
            }
        }
        eprintln!("Cilium {version}: {good} of {count} links work, {unjudged} cannot be judged");
        assert!((count / 5..=count * 4 / 5).contains(&good), "{good} of {count} links work: the kits say little");
        assert!(unjudged < count / 50, "{unjudged} of {count} cannot be judged");
    }
    assert!(complaints.is_empty(), "{} complaints\n{}", complaints.len(), complaints.join("\n"));
}

/// Old and new Go differ in some kits: else one of them judges for nothing.
#[test]
fn the_two_generations_differ() {
    let (mint, mut dice) = (Mint::new(), Dice::new(14));
    let kits: Vec<Kit> = (0..300).map(|number| kit(&mint, &mut dice, number)).collect();
    let [old, new] = GENERATIONS.map(|(_, toolchain, words)| shake(&kits, toolchain, words));
    let works = |answer: &[String; 2]| answer.iter().all(String::is_empty);
    let differ = old.iter().zip(&new).filter(|(old, new)| works(old) != works(new)).count();
    assert!(differ > 3, "only {differ} differ");
}

/// What `verify` finds in the files of both ends, as far as it is about certificates.
fn judge(kit: &Kit, version: CiliumVersion) -> Vec<Diagnostic> {
    let view = View::new(version, noon());
    let look = |files: &dyn Files| inspect(files, identify(files, None), &view);
    let member = look(&member(&kit.server, &kit.client));
    let mut node = look(&folder(&kit.client, &kit.server));
    let ends = Ends::new(std::iter::once(&member), Vec::new());
    let proven = ends.prove(&node, &view);
    let mut findings = member.findings.clone();
    findings.append(&mut node.findings);
    findings.extend(proven.findings);
    // The files of the bundle around them are not the kit's.
    let around = [Code::SumMissing, Code::OptionsDiffer];
    findings.retain(|finding| !around.contains(&finding.code));
    let strangers: Vec<_> = findings.iter().filter(|one| one.is_error() && !BREAKING.contains(&one.code)).collect();
    assert!(strangers.is_empty(), "{}: {strangers:?}", kit.name);
    findings
}

fn file(text: impl Into<Vec<u8>>) -> Entry {
    let bytes: Vec<u8> = text.into();
    Entry::File { mode: Some(0o600), bytes: bytes.into() }
}

fn joined(ders: &[Vec<u8>]) -> String {
    ders.iter().map(|der| pem(der)).collect()
}

/// A folder that agents watch.
fn folder(own: &Side, other: &Side) -> Directory {
    let stem = "/var/lib/clustermesh/oslo.etcd-client";
    let config = format!(
        "endpoints:\n- https://{HOST}:2379\ntrusted-ca-file: {stem}-ca.crt\ncert-file: {stem}.crt\nkey-file: {stem}.key\n"
    );
    let mut tree = Tree::default();
    tree.insert("oslo", file(config));
    tree.insert("oslo.etcd-client-ca.crt", file(joined(&other.anchors)));
    tree.insert("oslo.etcd-client.crt", file(joined(&own.presented)));
    tree.insert("oslo.etcd-client.key", file(own.key.as_str()));
    Directory::new("clustermesh", tree)
}

/// A member's unpacked bundle.
fn member(own: &Side, other: &Side) -> UnpackedBundle {
    let manifest = json!({
        "format": 1, "kind": "member", "cluster": { "name": "oslo", "id": 1 }, "member": "etcd1", "generation": 1,
    });
    let mut tree = Tree::default();
    tree.insert("manifest.json", file(manifest.to_string()));
    let at = |name: &str| format!("payload/etc/etcd/clustermesh/{name}");
    tree.insert(at("server.crt"), file(joined(&own.presented)));
    tree.insert(at("server.key"), file(own.key.as_str()));
    tree.insert(at("client-ca.crt"), file(joined(&other.anchors)));
    tree.insert(at("etcd.env"), file(""));
    UnpackedBundle::new("etcd1", tree)
}

/// What both ends say in a real handshake, the server first.
fn shake(kits: &[Kit], toolchain: &str, words: &[&str]) -> Vec<[String; 2]> {
    let program = program(toolchain, words);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let input = dir.path().join("questions");
    let end =
        |own: &Side, other: &Side| json!({ "Chain": joined(&own.presented), "Key": own.key, "Anchors": joined(&other.anchors) });
    let question = |kit: &Kit| {
        let (server, client) = (end(&kit.server, &kit.client), end(&kit.client, &kit.server));
        json!({ "Server": server, "Client": client, "Host": HOST, "At": noon().unix_timestamp() }).to_string()
    };
    fs::write(&input, kits.iter().map(question).collect::<Vec<_>>().join("\n")).expect("questions are written");
    let output = run(Command::new(&program).stdin(File::open(&input).expect("questions")), "it was just built");
    let answers = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<[String; 2]>();
    let answers: Vec<[String; 2]> = answers.map(|answer| answer.expect("two words")).collect();
    assert_eq!(answers.len(), kits.len(), "one answer to each question");
    answers
}

/// The Go program, built once by each Go.
fn program(toolchain: &str, words: &[&str]) -> PathBuf {
    static BUILT: std::sync::Mutex<BTreeMap<String, PathBuf>> = std::sync::Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().expect("no test has failed in here");
    let entry = built.entry(toolchain.to_owned()).or_insert_with(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("handshake-{toolchain}"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chain_judges/go_handshake");
        let mut build = Command::new("go");
        build.arg("build").args(words).arg("-o").arg(&program).arg(".").current_dir(source).env("GOTOOLCHAIN", toolchain);
        run(&mut build, "Go 1.26 or later, which gets an older Go by its module proxy: go.dev/dl");
        if toolchain != "local" {
            let version = run(Command::new(&program).arg("version"), "it was just built").stdout;
            assert_eq!(String::from_utf8_lossy(&version).trim(), toolchain, "another Go has built it");
        }
        program
    });
    entry.clone()
}
