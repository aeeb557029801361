//! Keys are where they must be, 0600, and nowhere else: not in what is said, planned or recorded.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::reproducible::{bundles, with_umask};
use crate::support::leaves::{StoredLeaf, stored_leaves};
use crate::support::{Ran, Sandbox, tool, tree};

/// The ways in which a key may show: its PEM lines, its DER, its secret number, raw or in hex.
struct Needles {
    file: String,
    needles: Vec<Vec<u8>>,
}

impl Needles {
    /// Those of the key in `text`, a part of `file`.
    fn of(file: String, text: &str) -> Self {
        let block = text.split_once("-----BEGIN PRIVATE KEY-----").expect("a key").1.split_once("-----END").expect("an end").0;
        // The secret number of a P-256 key stands in the first two lines; behind it is the public key, which others may see.
        let lines = block.trim().lines().take(2).map(|line| line.as_bytes().to_vec());
        let base64 = block.replace('\n', "").into_bytes();
        let alone = tempfile::NamedTempFile::new().expect("a file");
        fs::write(alone.path(), text).expect("written");
        let told = tool("openssl", "openssl", ["pkey", "-in", alone.path().to_str().expect("text"), "-noout", "-text"]);
        let digits = told.split_once("priv:\n").expect("a secret number").1;
        let digits: String = digits.lines().take_while(|line| line.starts_with(' ')).collect();
        let hex = digits.replace([' ', ':'], "");
        let secret = hex::decode(&hex).expect("hexadecimal");
        assert!(secret.len() >= 32, "{told}");
        let der = pem::parse(text.get(text.find("-----BEGIN PRIVATE").expect("a key")..).expect("behind"))
            .expect("PEM")
            .into_contents();
        assert!(find(&der, &secret), "the number that openssl tells is the one in the file");
        let mut needles: Vec<Vec<u8>> =
            lines.chain([base64, secret, hex.to_uppercase().into_bytes(), hex.into_bytes()]).collect();
        needles.push(der);
        Self { file, needles }
    }

    fn in_bytes(&self, hay: &[u8]) -> bool {
        self.needles.iter().any(|needle| find(hay, needle))
    }
}

fn find(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

/// The needles of every key in the state: authorities' first, then leaves'.
fn keys(sandbox: &Sandbox) -> (Vec<Needles>, Vec<Needles>) {
    let folder = sandbox.path("state/authorities");
    let authorities = tree(&folder).into_iter().filter(|(path, _)| path.ends_with(".key"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let authorities: Vec<_> =
        authorities.map(|(path, (_, bytes))| Needles::of(folder.join(path).display().to_string(), &text(bytes))).collect();
    // A cluster has one file for all its leaves: their serial numbers tell them apart.
    let name = |leaf: &StoredLeaf| format!("{} {}", leaf.file.display(), leaf.serial);
    let leaves: Vec<_> = stored_leaves(&sandbox.path("state")).iter().map(|leaf| Needles::of(name(leaf), &leaf.text)).collect();
    assert!(!authorities.is_empty() && !leaves.is_empty());
    (authorities, leaves)
}

/// Everything that every verb says about a mesh, before, during and after.
fn said(sandbox: &Sandbox) -> Vec<(String, Ran)> {
    let plan: &[&str] = &["plan", "mesh.yaml", "--out", "out"];
    let generate: &[&str] = &["generate", "mesh.yaml", "--out", "out", "--create-authorities"];
    let json: &[&str] = &["--format", "json"];
    let mut said = Vec::new();
    let mut run = |words: &[&str]| said.push((words.join(" "), sandbox.run(words)));
    run(&[generate, &["--unpack"]].concat());
    run(plan);
    run(&[plan, json].concat());
    run(&[generate, json].concat());
    run(&[generate, &["--remove", "nobody"]].concat());
    run(&["lint", "mesh.yaml", "--format", "json"]);
    said
}

#[test]
fn no_key_is_said_planned_or_recorded() {
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    let said = said(&sandbox);
    let (authorities, leaves) = keys(&sandbox);
    let every = || authorities.iter().chain(&leaves);
    for (words, ran) in &said {
        for key in every() {
            assert!(!key.in_bytes(ran.stdout.as_bytes()) && !key.in_bytes(ran.stderr.as_bytes()), "`{words}` tells {}", key.file);
        }
    }
    let mut found = 0;
    for (path, (_, bytes)) in tree(&sandbox.path(".")) {
        let place = Path::new(&path);
        let is_state = path.starts_with("state/authorities/") && path.ends_with(".key") || path.starts_with("state/issued/");
        let is_loose =
            path.starts_with("out/bundles/") && (path.ends_with("/etcd/root.key") || path.ends_with("/operator/etcd-client.key"));
        let is_key = place.extension().is_some_and(|ending| ending == "key");
        let is_shipped = is_key && (path.starts_with("out/unpacked/") || is_loose);
        for key in every().filter(|key| key.in_bytes(&bytes)) {
            assert!(is_state || is_shipped && !key.file.contains("/authorities/"), "{path} holds {}", key.file);
            found += 1;
        }
    }
    assert!(found > authorities.len() + leaves.len(), "the search finds keys where they are: {found}");
}

/// An authority's key never leaves the state; a leaf's stands in the archives of its holder, in files for keys.
#[test]
fn no_archive_holds_a_key_of_another() {
    let sandbox = Sandbox::with_sample("own-authorities.yaml");
    sandbox.generate(&[]);
    let (authorities, leaves) = keys(&sandbox);
    let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
    for bundle in bundles(&sandbox) {
        let cluster = bundle.split('/').next().expect("a cluster");
        for (path, (mode, bytes)) in tree(&sandbox.unpack(&bundle)) {
            assert!(!authorities.iter().any(|key| key.in_bytes(&bytes)), "{bundle}: {path} holds an authority's key");
            for key in leaves.iter().filter(|key| key.in_bytes(&bytes)) {
                assert!(key.file.contains(&format!("/issued/{cluster}/")), "{bundle} holds {}", key.file);
                assert!(path.ends_with(".key") && mode == 0o600, "{bundle}: {path} holds a key");
                *holders.entry(&key.file).or_default() += 1;
            }
        }
    }
    for (path, (mode, bytes)) in sandbox.tree("out") {
        for key in leaves.iter().filter(|key| key.in_bytes(&bytes)) {
            let cluster = path.split('/').nth(1).expect("a cluster");
            assert!(key.file.contains(&format!("/issued/{cluster}/")), "{path} holds {}", key.file);
            assert!(path.ends_with(".key") && mode == 0o600, "{path} holds a key");
            *holders.entry(&key.file).or_default() += 1;
        }
    }
    assert_eq!(holders.len(), leaves.len(), "every leaf has a holder");
}

#[test]
fn whatever_holds_keys_is_closed_to_others() {
    for umask in ["000", "022"] {
        let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
        let generate = sandbox.command(&["generate", "mesh.yaml", "--out", "out", "--create-authorities"]);
        let ran = Ran::of(&mut with_umask(umask, &generate, &sandbox.path(".")));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        for entry in walkdir::WalkDir::new(sandbox.path("state")) {
            let entry = entry.expect("readable");
            let mode = entry.metadata().expect("metadata").permissions().mode() & 0o7777;
            let wanted = if entry.file_type().is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode, wanted, "{}", entry.path().display());
        }
        for (path, (mode, _)) in sandbox.tree("out") {
            let wanted = match path.rsplit_once('.') {
                Some((_, "gz" | "key")) => 0o600,
                Some((_, "sh")) => 0o755,
                _ => 0o644,
            };
            assert_eq!(mode, wanted, "{path}");
        }
    }
}
