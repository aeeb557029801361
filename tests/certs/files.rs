//! Of files: whatever they are in, each certificate is listed with the dates that openssl reads in it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::Value;
use time::macros::datetime;

use crate::certs::{MESH, list};
use crate::support::kubernetes::secrets_of;
use crate::support::pki::Authority;
use crate::support::{Sandbox, tool};

/// Serial number and end of every certificate in the files below `folder`, by openssl.
fn certificates(folder: &Path) -> BTreeSet<(String, String)> {
    let mut all = BTreeSet::new();
    for file in walkdir::WalkDir::new(folder).into_iter().map(|file| file.expect("readable")) {
        let Ok(text) = fs::read_to_string(file.path()) else { continue };
        for block in text.split_inclusive("-----END CERTIFICATE-----\n").filter(|block| block.contains("BEGIN CERTIFICATE")) {
            let one = tempfile::NamedTempFile::new().expect("a file");
            fs::write(one.path(), block).expect("written");
            let words = ["x509", "-noout", "-serial", "-enddate", "-dateopt", "iso_8601", "-in"].map(OsStr::new);
            let said = tool("openssl", "openssl", words.into_iter().chain([one.path().as_os_str()]));
            let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).expect("a value").to_owned();
            all.insert((value("serial=").to_lowercase(), value("notAfter=").replace(' ', "T")));
        }
    }
    all
}

fn listed(report: &Value) -> BTreeSet<(String, String)> {
    let all = report["certificates"].as_array().expect("certificates").iter();
    let text = |value: &Value| value.as_str().expect("text").to_lowercase();
    all.map(|view| (text(&view["serial"]), view["expires"].as_str().expect("a time").to_owned())).collect()
}

#[test]
fn every_form_of_files_is_listed_as_openssl_reads_it() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&["--unpack"]);
    let top = "out/unpacked/oslo/nodes/node1";
    let member = "out/unpacked/oslo/etcd/etcd1";
    let folder = &format!("{top}/payload/var/lib/clustermesh");
    for (paths, holds) in [
        (vec!["out/bundles/oslo/nodes/node1.tar.gz"], vec![top]),
        (vec!["out/bundles/oslo/etcd/etcd1.tar.gz"], vec![member]),
        (vec![top], vec![top]),
        (vec![member], vec![member]),
        (vec![folder], vec![folder]),
        (vec!["out"], vec!["out/unpacked"]),
        (vec![&*format!("{member}/payload/etc/etcd/clustermesh")], vec![member]),
        (vec![&*format!("{member}/payload/etc")], vec![member]),
        (vec![&*format!("{member}/payload/etc/etcd/clustermesh/server.crt"), folder], vec![member, folder]),
    ] {
        let mut expected: BTreeSet<_> = holds.iter().flat_map(|folder| certificates(&sandbox.path(folder))).collect();
        if paths[0].ends_with("server.crt") {
            expected = certificates(&sandbox.path(paths[0])).union(&certificates(&sandbox.path(folder))).cloned().collect();
        }
        // `out` also has what etcd-auth.sh and the operator use: those are no bundles of nodes and members.
        let found = listed(&list(&sandbox, &paths));
        assert!(
            !found.is_empty() && if paths == ["out"] { found.is_subset(&expected) } else { found == expected },
            "{paths:?}: {found:#?} {expected:#?}"
        );
    }
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    sandbox.generate(&["--unpack"]);
    let [node, member] = ["nodes/node1", "etcd/etcd1"].map(|bundle| sandbox.path("out/unpacked/cluster1").join(bundle));
    sandbox.write("secrets.yaml", &secrets_of(&node, &member));
    let found = listed(&list(&sandbox, &["secrets.yaml"]));
    let presented = [node.join("payload/mount/var/lib/clustermesh"), member];
    let expected: BTreeSet<_> = presented.iter().flat_map(|part| certificates(part)).collect();
    assert_eq!(found, expected);
}

/// A leaf says for whom it is, and which link stops with it.
#[test]
fn files_say_which_links_stop() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    let report = list(&sandbox, &["out/bundles/oslo/nodes/node1.tar.gz"]);
    let client =
        report["certificates"].as_array().expect("a list").iter().find(|view| view["kind"] == "client").expect("a client");
    assert_eq!((client["cluster"].as_str(), &client["links"]["oslo"][0]), (Some("oslo"), &Value::from("tokyo")), "{client:#}");
    let text = sandbox.ok(&["certs", "list", "out/bundles/oslo/nodes/node1.tar.gz"]).stdout;
    assert!(text.contains("client: CN=remote-oslo") && text.contains("oslo → tokyo"), "{text}");
}

/// During a rotation both CAs are trusted. That the old one expires stops nothing.
#[test]
fn an_old_ca_beside_its_successor_wakes_nobody() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&["--unpack"]);
    let folder = "out/unpacked/oslo/nodes/node1/payload/var/lib/clustermesh";
    let ca = format!("{folder}/tokyo.etcd-client-ca.crt");
    let short = Authority::until("old", datetime!(2026-11-26 12:00 UTC), &rcgen::PKCS_ECDSA_P256_SHA256);
    sandbox.write(&ca, &(sandbox.read(&ca) + &short.certificate));
    let report = list(&sandbox, &[folder]);
    let old = report["certificates"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|view| view["name"].as_str().is_some_and(|name| name.contains("old")));
    assert_eq!(old.expect("the old CA")["stops"], false);
    sandbox.ok(&["certs", "list", folder, "--within", "30d"]);
}

/// Names in files of others are shown, and change nothing.
#[test]
fn a_folder_without_certificates_is_no_empty_list() {
    let sandbox = Sandbox::new();
    sandbox.write("pki/README", "nothing\n");
    sandbox.write("machine/etc/hosts", "");
    sandbox.write("machine/usr/bin/true", "");
    sandbox.write("mesh.yaml", MESH);
    for words in [vec!["pki"], vec!["nothing.crt"], vec!["pki", "--state", "state"], vec!["mesh.yaml"], vec!["machine"]] {
        let ran = sandbox.run(&[&["certs", "list"], &*words].concat());
        assert!(
            ran.status >= 2 && ran.stdout.is_empty() && (words.len() > 1 || ran.stderr.contains("help:")),
            "{words:?}: {} {}",
            ran.status,
            ran.stderr
        );
    }
}
