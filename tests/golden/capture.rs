//! Everything that a run has written, as texts: the folders, each archive in its own order, the state.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::golden::explain::{Explainer, sha256};
use crate::golden::goldens::Goldens;
use crate::support::leaves::{StoredLeaf, stored_leaves};
use crate::support::{Sandbox, tool};

/// Notes what is in `out` and `state` of `sandbox`, but for the inventory's text.
pub(crate) fn capture(sandbox: &Sandbox, explainer: &Explainer, goldens: &mut Goldens) {
    learn(sandbox, explainer);
    goldens.add("out", outside(sandbox, explainer));
    let state = explainer.explain(&(listing(&sandbox.path("state")) + &leaves(&sandbox.path("state"))));
    // Files have random names: their order says nothing.
    let mut lines: Vec<&str> = state.split_inclusive('\n').collect();
    lines.sort_by_key(|line| line.split_once(' ').map(|(_, path)| path));
    goldens.add("state", lines.concat());
    let mut first: BTreeMap<String, (String, String)> = BTreeMap::new();
    for bundle in archives(sandbox) {
        let (kind, name) = bundle.rsplit_once('/').expect("CLUSTER/KIND/NAME");
        let text = explainer.explain(&archive(sandbox, &bundle));
        let nameless = without(&text, name);
        let golden = bundle.replace('/', ".");
        if let Some((example, like)) = first.get(kind) {
            let but = difference(like, &nameless);
            let but = if but.is_empty() { but } else { format!("; but\n{but}") };
            goldens.add(&golden, format!("as {example}, with {name} for its name{}\n", but.trim_end()));
        } else {
            goldens.add(&golden, text);
            first.insert(kind.to_owned(), (bundle.clone(), nameless));
        }
    }
}

/// What diff(1) tells of two texts.
fn difference(one: &str, other: &str) -> String {
    let folder = tempfile::TempDir::new().expect("a folder");
    let files = [("one", one), ("other", other)].map(|(name, text)| {
        fs::write(folder.path().join(name), text).expect("written");
        folder.path().join(name)
    });
    let output = Command::new("diff").args(files).output().expect("diff starts; apt-get install diffutils");
    String::from_utf8(output.stdout).expect("text")
}

/// `text` with a placeholder wherever `name` stands as a word.
fn without(text: &str, name: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric();
    let (mut left, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(name) {
        let (before, behind) = (rest.get(..at).expect("before"), rest.get(at + name.len()..).expect("behind"));
        let whole = !before.ends_with(word) && !behind.starts_with(word);
        left += before;
        left += if whole { "{name}" } else { name };
        rest = behind;
    }
    left + rest
}

/// Learns every number of the state, from the state itself.
fn learn(sandbox: &Sandbox, explainer: &Explainer) {
    for (path, (_, bytes)) in sandbox.tree(".").into_iter().filter(|(path, _)| !path.starts_with("out/")) {
        explainer.learn_certificates(&String::from_utf8(bytes).unwrap_or_else(|_| panic!("{path} is text")));
    }
    let inventory: Value = serde_json::from_str(&sandbox.read("state/inventory.json")).expect("JSON");
    explainer.learn(inventory["id"].as_str().expect("an id"), "name of the state");
    for (cluster, record) in inventory["clusters"].as_object().expect("clusters") {
        if let Some(file) = record["leaves"].as_str() {
            explainer.learn(file, &format!("leaves of {cluster}"));
        }
    }
    for bundle in inventory["bundles"].as_object().expect("bundles").values() {
        let content = bundle["content"].as_str().expect("a digest");
        explainer.learn(content, "digest of what decides it");
        explainer.learn(content.get(..32).expect("32 digits"), "start of the digest of what decides it");
        if let Some(facts) = bundle["facts"].as_str() {
            explainer.learn(facts, "digest of what others depend on");
        }
    }
    for (path, (_, bytes)) in sandbox.tree("out/bundles") {
        explainer.learn(&sha256(&bytes), &format!("sha256 of {path}"));
    }
    for (path, (_, bytes)) in sandbox.tree("out/bundles").into_iter().filter(|(path, _)| path.contains("/helm/secrets/")) {
        explainer.learn_certificates(&decoded(&String::from_utf8(bytes).unwrap_or_else(|_| panic!("{path} is text"))));
    }
    for bundle in archives(sandbox) {
        let bytes = fs::read(sandbox.path(format!("out/bundles/{bundle}.tar.gz"))).expect("an archive");
        explainer.learn(&sha256(&bytes), &format!("sha256 of {bundle}"));
        for (path, bytes) in files(&sandbox.unpack(&bundle)) {
            if path.ends_with(".crt") {
                explainer.learn_certificates(&String::from_utf8(bytes).expect("text"));
            }
        }
    }
}

/// Archives below `out/bundles`, without their ending.
fn archives(sandbox: &Sandbox) -> Vec<String> {
    let tree = sandbox.tree("out/bundles");
    tree.keys().filter_map(|path| path.strip_suffix(".tar.gz")).map(str::to_owned).collect()
}

/// Every file below `folder`, by path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    crate::support::tree(folder).into_iter().map(|(path, (_, bytes))| (path, bytes)).collect()
}

/// The leaves in each file of a state.
fn leaves(state: &Path) -> String {
    let path =
        |leaf: &StoredLeaf| leaf.file.strip_prefix(state.parent().expect("a parent")).expect("below").display().to_string();
    stored_leaves(state).iter().map(|leaf| format!("leaf {} {}\n", path(leaf), leaf.serial)).collect()
}

/// Mode and path of everything below `folder`.
fn listing(folder: &Path) -> String {
    let mut text = String::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.expect("readable");
        let path = entry.path().strip_prefix(folder.parent().expect("a parent")).expect("below").display();
        let mode = entry.metadata().expect("metadata").permissions().mode() & 0o7777;
        let slash = if entry.file_type().is_dir() { "/" } else { "" };
        let _ = writeln!(text, "{mode:04o} {path}{slash}");
    }
    text
}

/// What is in the output folder outside of archives.
fn outside(sandbox: &Sandbox, explainer: &Explainer) -> String {
    let mut text = listing(&sandbox.path("out"));
    for (path, bytes) in files(&sandbox.path("out")).iter().filter(|(path, _)| !path.ends_with(".tar.gz")) {
        let content = String::from_utf8(bytes.clone()).expect("text");
        let content = match path.rsplit_once('/') {
            Some((_, "etcd-auth.sh")) => without_program(&content),
            Some((folder, _)) if folder.ends_with("/secrets") => decoded(&content),
            Some((_, "values.yaml")) => unindented(&content),
            _ => content,
        };
        let _ = write!(text, "\n==> {path}\n{content}");
    }
    explainer.explain(&text)
}

/// Values with certificates in a block, whose lines are as they are in PEM.
fn unindented(content: &str) -> String {
    let mut is_pem = false;
    let line = |line: &str| {
        is_pem |= line.ends_with("-----BEGIN CERTIFICATE-----");
        let text = if is_pem { line.trim_start() } else { line };
        is_pem &= !line.ends_with("-----END CERTIFICATE-----");
        format!("{text}\n")
    };
    content.lines().map(line).collect()
}

/// A Secret with its values as text.
fn decoded(content: &str) -> String {
    let value = |line: &str| -> Option<String> {
        let (key, value) = line.strip_prefix("  \"")?.strip_suffix('"')?.split_once("\": \"")?;
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, value).expect("base64");
        Some(format!("--> {key}\n{}", String::from_utf8(bytes).expect("text")))
    };
    let (head, data) = content.split_once("\ndata:\n").expect("a Secret with data");
    format!("{head}\ndata:\n{}", data.lines().map(|line| value(line).unwrap_or_else(|| panic!("{line}"))).collect::<String>())
}

/// `etcd-auth.sh` as far as it is its cluster's own. The rest is the template's, of which only the digest is kept: it is long,
/// and the same in all. Where it changes, `SCRIPT` in `src/plan/bundle_digest.rs` must be raised.
fn without_program(content: &str) -> String {
    let template = concat!(
        include_str!("../../templates/etcd/auth/01-head.sh.hbs"),
        include_str!("../../templates/etcd/auth/02-reconcile.sh"),
        include_str!("../../templates/etcd/auth/03-generation.sh"),
        include_str!("../../templates/etcd/auth/04-switch.sh"),
        include_str!("../../templates/etcd/auth/05-main.sh"),
    );
    let program = template.rsplit_once("}}\n").expect("filled in").1;
    let own = content.strip_suffix(program).expect("the template's");
    let digest = sha256(program.as_bytes());
    // A certificate stands on lines of its own, to be read as one.
    let own = own.replace("'-----BEGIN", "'\n-----BEGIN").replace("-----'", "-----\n'");
    format!("{own}(and the template's program: sha256 {}...)\n", digest.get(..16).expect("hex"))
}

/// An archive: its listing, then its files, in its own order.
fn archive(sandbox: &Sandbox, bundle: &str) -> String {
    let file = sandbox.path(format!("out/bundles/{bundle}.tar.gz"));
    let args = ["--full-time", "--numeric-owner", "-tvzf"].map(OsStr::new).into_iter().chain([file.as_os_str()]);
    let listed = tool("tar", "tar", args);
    let top = sandbox.unpack(bundle);
    let (mut head, mut body) = (String::new(), String::new());
    for line in listed.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [mode, owner, _, date, _, path] = fields[..] else { panic!("{line}") };
        assert_eq!((owner, date), ("0/0", "2000-01-01"), "{line}");
        let _ = writeln!(head, "{mode} {path}");
        if path.ends_with('/') {
            continue;
        }
        let below = path.split_once('/').expect("below the top folder").1;
        let content = fs::read_to_string(top.join(below)).expect("text");
        let content = match below {
            "SHA256SUMS" => sums(&top, &content),
            // Long, and the same in all: templates/install/ has it, and installer.rs its digest.
            "install.sh" => "(the installer)\n".to_owned(),
            _ => content,
        };
        let _ = write!(body, "\n==> {below}\n{content}");
    }
    head + &body
}

/// `SHA256SUMS` with each digest that is right as words.
fn sums(top: &Path, content: &str) -> String {
    let line = |line: &str| {
        let (digest, path) = line.split_once("  ").expect("DIGEST  PATH");
        assert_eq!(digest, sha256(&fs::read(top.join(path)).expect("a file")), "{path}");
        format!("<sha256>  {path}\n")
    };
    content.lines().map(line).collect()
}
