//! What a PATH may be: everything that `generate` has written, the roots of nodes, folders that hold several of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use meshbundle::mesh::CiliumVersion;
use rcgen::{ExtendedKeyUsagePurpose, SanType};
use serde_json::Value;
use time::Duration;
use time::macros::datetime;

use crate::support::{Ran, Sandbox, sample, tool};
use crate::verify::bundle::{Bundle, FOLDER};
use crate::verify::codes::told;
use crate::verify::forge::client;

/// Three clusters of two versions under systemd, generated.
fn generated() -> Sandbox {
    let sandbox = Sandbox::with_sample("own-authorities.yaml");
    sandbox.generate(&[]);
    sandbox
}

/// What `verify` has read, by file.
fn subjects(sandbox: &Sandbox, words: &[&str]) -> BTreeMap<String, Value> {
    let report = sandbox.ok(&[&["verify", "--format", "json"], words].concat()).json();
    let subjects = report["subjects"].as_array().expect("subjects").clone();
    subjects.into_iter().map(|subject| (subject["file"].as_str().expect("a file").to_owned(), subject)).collect()
}

fn proofs(subject: &Value) -> Vec<&str> {
    subject["links"].as_array().expect("links").iter().filter_map(|link| link["proven"].as_str()).collect()
}

#[test]
fn out_is_read_whole_and_each_cluster_by_its_own_version() {
    let sandbox = generated();
    let archives = sandbox.tree("out/bundles").into_keys().filter(|path| path.ends_with(".tar.gz"));
    let archives: Vec<String> = archives.map(|path| format!("out/bundles/{path}")).collect();
    for words in [&[][..], &["out"], &["out/bundles"], &["out/"]] {
        let subjects = subjects(&sandbox, words);
        let files: Vec<String> = subjects.keys().map(|file| file.replace("//", "/")).collect();
        assert_eq!(files, archives, "{words:?}");
        for (file, subject) in subjects.iter().filter(|(file, _)| file.contains("/nodes/")) {
            let version = if file.contains("/osl/") { "1.19" } else { "1.20" };
            assert_eq!(subject["cilium"], version, "{file}");
            assert_eq!(proofs(subject), ["both", "both"], "{file}");
        }
    }
    let asked = subjects(&sandbox, &["--cilium", "1.18"]);
    assert!(
        asked.iter().all(|(file, subject)| !file.contains("/nodes/") || subject["cilium"] == "1.18"),
        "the flag counts first"
    );
    // A member from another mesh is the other end of nobody's link.
    let other = generated();
    let member = "out/bundles/fra/etcd/fra-etcd1.tar.gz";
    fs::copy(other.path(member), sandbox.path(member)).expect("copied");
    let mixed = told(&sandbox, &[]);
    assert!(mixed.codes.contains("CM0404"), "{}", mixed.report);
    fs::remove_dir_all(sandbox.path("out/bundles")).expect("removed");
    fs::create_dir(sandbox.path("out/bundles")).expect("made");
    let empty = sandbox.run(&["verify"]);
    assert!(empty.status == 3 && empty.said("`out` has no archive below `bundles/`"), "{}", empty.stderr);
}

/// Installs a node's bundle below a root of the sandbox, as its installer does it.
fn install(sandbox: &Sandbox, node: &str, root: &str) {
    run_installer(sandbox, &sandbox.unpack(node), root);
}

fn run_installer(sandbox: &Sandbox, top: &Path, root: &str) {
    fs::create_dir_all(sandbox.path(root)).expect("a root");
    let mut installer = Command::new("sh");
    installer.arg(top.join("install.sh")).args(["--any-host", "--root"]).arg(sandbox.path(root));
    let ran = Ran::of(&mut installer);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
}

#[test]
fn the_roots_of_many_nodes_are_read_each_by_the_version_that_was_installed() {
    let sandbox = generated();
    for (node, root) in [("fra/nodes/fra-edge01", "roots/fra1"), ("osl/nodes/osl-edge02", "roots/osl2")] {
        install(&sandbox, node, root);
    }
    // What somebody has put beside them is no reason to read nothing.
    sandbox.write("roots/README", "copied on Friday\n");
    let expected = [("roots/fra1/var/lib/clustermesh", "fra", "1.20"), ("roots/osl2/var/lib/clustermesh", "osl", "1.19")];
    let is = |subjects: &BTreeMap<String, Value>| -> Vec<(String, String, String)> {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        subjects.iter().map(|(file, subject)| (file.clone(), text(&subject["cluster"]), text(&subject["cilium"]))).collect()
    };
    let expected: Vec<_> = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())).into();
    assert_eq!(is(&subjects(&sandbox, &["roots"])), expected);
    assert_eq!(is(&subjects(&sandbox, &["roots/osl2"])), expected[1..]);
    assert_eq!(is(&subjects(&sandbox, &["roots/osl2/var/lib/clustermesh"])), expected[1..]);
    // Both ends, with the members of `out`.
    let both = subjects(&sandbox, &["roots", "out"]);
    assert_eq!(proofs(&both["roots/fra1/var/lib/clustermesh"]), ["both", "both"]);
    // A node whose agents have lost a key is found among the others.
    fs::remove_file(sandbox.path("roots/osl2/var/lib/clustermesh/fra.etcd-client.key")).expect("removed");
    let lost = told(&sandbox, &["roots"]);
    assert!(lost.codes.contains("CM0706") && lost.report.contains("roots/osl2/"), "{}", lost.report);
}

/// The folder that was installed is read, wherever the mesh wants it.
#[test]
fn a_root_with_another_config_dir_is_read() {
    let mesh = sample("own-authorities.yaml").replace("configDir: /var/lib/clustermesh", "configDir: /srv/mesh/remotes");
    let sandbox = Sandbox::with_mesh(&mesh);
    sandbox.generate(&[]);
    install(&sandbox, "osl/nodes/osl-edge01", "root");
    let subjects = subjects(&sandbox, &["root"]);
    assert_eq!(subjects.keys().collect::<Vec<_>>(), ["root/srv/mesh/remotes"]);
    assert_eq!(subjects["root/srv/mesh/remotes"]["cilium"], "1.19");
}

#[test]
fn unpacked_bundles_below_one_folder_are_read() {
    let sandbox = generated();
    sandbox.generate(&["--unpack"]);
    let subjects = subjects(&sandbox, &["out/unpacked"]);
    assert_eq!(subjects.len(), 18, "{:?}", subjects.keys());
    assert!(subjects.values().filter(|subject| subject["member"].is_null()).all(|node| proofs(node) == ["both", "both"]));
}

/// A link to a node's root is followed, and of a compose project the installer's record tells the version, too.
#[test]
fn links_to_roots_and_compose_projects_are_read() {
    let bundle = Bundle::new();
    install(&bundle.sandbox, "cluster1/nodes/node2", "elsewhere/project");
    fs::create_dir(bundle.sandbox.path("all")).expect("a folder");
    Bundle::link("../elsewhere/project", &bundle.sandbox.path("all/node2"));
    for path in ["all", "elsewhere", "elsewhere/project"] {
        let subjects = subjects(&bundle.sandbox, &[path]);
        let (file, subject) = subjects.first_key_value().expect("a subject");
        assert!(subjects.len() == 1 && file.ends_with("/mount/var/lib/clustermesh"), "{path}: {file}");
        assert_eq!(subject["cilium"], "1.18", "{path}");
    }
}

/// A folder that agents watch stays one, whatever else is in it.
#[test]
fn a_folder_with_configs_is_read_as_agents_read_it() {
    let bundle = Bundle::new();
    let live = bundle.sandbox.path("live");
    tool("cp", "coreutils", ["-a".as_ref(), bundle.at(FOLDER).as_os_str(), live.as_os_str()]);
    fs::create_dir_all(live.join("old")).expect("a folder");
    fs::copy(bundle.sandbox.path("out/bundles/cluster2/nodes/node1.tar.gz"), live.join("old/node1.tar.gz")).expect("copied");
    let ran = bundle.sandbox.run(&["verify", "live"]);
    assert!(ran.stdout.starts_with("live: agents"), "{}", ran.stdout);
}

#[test]
fn a_folder_with_nothing_to_verify_says_what_was_looked_for() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.path("attic/boxes")).expect("folders");
    let ran = sandbox.run(&["verify", "attic"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""), "{}", ran.stderr);
    for word in ["`attic` holds nothing to verify", "manifest.json", "var/lib/clustermesh", "help: "] {
        assert!(ran.said(word), "{word}: {}", ran.stderr);
    }
}

/// Bundles of releases before the manifest had a version are read as the newest agents read them, and installed.
#[test]
fn a_manifest_without_a_version_is_read_and_installed() {
    let sandbox = generated();
    let root = sandbox.unpack("osl/nodes/osl-edge01");
    let older = Bundle { sandbox, root };
    Bundle::edit(&older.at("manifest.json"), "  \"cilium\": \"1.19\",\n", "");
    older.reseal();
    let top = older.root.to_str().expect("text");
    let newest = CiliumVersion::NEWEST.to_string();
    assert_eq!(subjects(&older.sandbox, &[top])[top]["cilium"], newest.as_str());
    run_installer(&older.sandbox, &older.root, "root");
    assert_eq!(subjects(&older.sandbox, &["root"])["root/var/lib/clustermesh"]["cilium"], newest.as_str());
}

/// The exit codes of a timer: quiet while all is good, and one finding for each certificate once it is not.
#[test]
fn what_expires_within_the_time_that_is_asked_for_is_an_error() {
    let mut bundle = Bundle::new();
    // Issued at noon of 2026-11-21 for 330 days: those of the other cluster last longer.
    for (now, within, status) in [
        ("2027-09-17T12:00:00Z", "30d", 0),
        ("2027-09-17T12:00:01Z", "30d", 1),
        ("2027-10-10T12:00:00Z", "7d", 0),
        ("2027-10-10T12:00:01Z", "7d", 1),
        ("2027-10-17T11:00:00Z", "1h", 0),
        ("2027-10-17T11:00:01Z", "1h", 1),
        ("2026-11-22", "1y", 1),
    ] {
        bundle.sandbox.at(now);
        let ran = bundle.sandbox.run(&["verify", "--quiet", "--expires-within", within]);
        assert_eq!((ran.status, ran.stdout.is_empty()), (status, status == 0), "{now} {within}: {}", ran.stdout);
        assert_eq!(ran.stdout.contains("error[CM0732]"), status == 1, "{now} {within}: {}", ran.stdout);
    }
    // Without it the same is a warning, which may count as an error, too.
    bundle.sandbox.at("2027-10-10T12:00:01Z");
    assert_eq!(bundle.sandbox.run(&["verify"]).status, 0);
    assert_eq!(bundle.sandbox.run(&["verify", "--deny-warnings"]).status, 1);
    // A server's certificate that is named counts, too: here it is all that expires.
    let server = server_for(&bundle, 20);
    let folder = bundle.at(FOLDER);
    let words = [folder.to_str().expect("text"), server.to_str().expect("text"), "--at", "2026-12-01"];
    let soon = told(&bundle.sandbox, &[&words[..], &["--expires-within", "20d"]].concat());
    assert!(soon.codes.contains("CM0732") && soon.report.contains("server.pem"), "{}", soon.report);
    let later = told(&bundle.sandbox, &[&words[..], &["--expires-within", "1d"]].concat());
    assert!(later.codes.is_empty(), "{}", later.report);
}

/// A server certificate for the etcd of `cluster2` that is good for so many days from 2026-11-21 on.
fn server_for(bundle: &Bundle, days: i64) -> PathBuf {
    let start = datetime!(2026-11-21 12:00 UTC);
    let (certificate, _) = client(bundle, |params| {
        params.subject_alt_names = vec![SanType::IpAddress([10, 2, 2, 2].into())];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.not_before = start;
        params.not_after = start + Duration::days(days);
    });
    let path = bundle.sandbox.path("server.pem");
    Bundle::write(&path, certificate);
    path
}
