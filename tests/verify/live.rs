//! Folders that agents watch, without a bundle around them: below a root, outside of one, with links, as a mounted Secret.

use std::fs;
use std::path::PathBuf;

use crate::support::tool;
use crate::verify::bundle::{Bundle, FOLDER};
use crate::verify::codes::told;

fn text(path: &std::path::Path) -> String {
    path.to_str().expect("text").to_owned()
}

/// The bundle's folder of peers as a node has it, below a root of the sandbox.
fn node(bundle: &Bundle) -> (PathBuf, PathBuf) {
    let root = bundle.sandbox.path("node");
    let live = root.join("var/lib/clustermesh");
    fs::create_dir_all(live.parent().expect("a parent")).expect("folders");
    tool("cp", "coreutils", ["-a".as_ref(), bundle.at(FOLDER).as_os_str(), live.as_os_str()]);
    (root, live)
}

#[test]
fn a_directory_is_read_wherever_it_is() {
    let bundle = Bundle::new();
    let (_, live) = node(&bundle);
    let copied = bundle.sandbox.path("copied");
    tool("cp", "coreutils", ["-a".as_ref(), live.as_os_str(), copied.as_os_str()]);
    for folder in [text(&live), text(&copied), text(&bundle.at(FOLDER)), format!("{}/", text(&live))] {
        let told = told(&bundle.sandbox, &[&folder]);
        assert!(told.codes.is_empty(), "{folder}: {}", told.report);
    }
}

#[test]
fn files_outside_of_the_folder_are_found_below_the_root() {
    let bundle = Bundle::new();
    let (root, live) = node(&bundle);
    let secrets = root.join("etc/etcd-secrets");
    fs::create_dir_all(&secrets).expect("a folder");
    for (name, ending) in [("ca.crt", "-ca.crt"), ("tls.crt", ".crt"), ("tls.key", ".key")] {
        let from = live.join(format!("cluster2.etcd-client{ending}"));
        Bundle::edit(
            &live.join("cluster2"),
            &format!("/var/lib/clustermesh/cluster2.etcd-client{ending}"),
            &format!("/etc/etcd-secrets/{name}"),
        );
        fs::rename(from, secrets.join(name)).expect("moved");
    }
    let with_root = told(&bundle.sandbox, &[&text(&live), "--root", &text(&root)]);
    assert!(with_root.codes.is_empty(), "{}", with_root.report);
    let wrong_root = told(&bundle.sandbox, &[&text(&live), "--root", &text(&bundle.sandbox.path("out"))]);
    assert_eq!(wrong_root.codes.iter().collect::<Vec<_>>(), ["CM0706"], "{}", wrong_root.report);
    fs::remove_file(secrets.join("tls.key")).expect("removed");
    let gone = told(&bundle.sandbox, &[&text(&live), "--root", &text(&root)]);
    assert_eq!(gone.codes.iter().collect::<Vec<_>>(), ["CM0706"], "{}", gone.report);
    assert!(gone.report.contains("/etc/etcd-secrets/tls.key"), "{}", gone.report);
    // Of a file of the folder, the place in the folder that was given is shown, not the one on a node.
    let bundle = Bundle::new();
    let (_, live) = node(&bundle);
    let copied = bundle.sandbox.path("copied");
    fs::rename(live, &copied).expect("moved");
    fs::remove_file(copied.join("cluster2.etcd-client.crt")).expect("removed");
    let gone = told(&bundle.sandbox, &[&text(&copied)]);
    let place = format!("looked for at `{}`", text(&copied.join("cluster2.etcd-client.crt")));
    assert!(gone.report.contains(&place), "{}", gone.report);
}

/// Wherever configs say that files are, however they say it: an agent would find them, and so does the look.
#[test]
fn files_are_found_wherever_an_agent_finds_them() {
    type Change = fn(&Bundle, &std::path::Path, &std::path::Path) -> PathBuf;
    let cases: [(&str, Change); 6] = [
        ("a folder in the folder", |_, _, live| {
            fs::create_dir(live.join("certs")).expect("a folder");
            for ending in ["-ca.crt", ".crt", ".key"] {
                let name = format!("cluster2.etcd-client{ending}");
                fs::rename(live.join(&name), live.join("certs").join(&name)).expect("moved");
            }
            Bundle::write(
                &live.join("cluster2"),
                Bundle::read(&live.join("cluster2")).replace("clustermesh/cluster2.", "clustermesh/certs/cluster2."),
            );
            live.to_owned()
        }),
        ("configs in one folder, credentials in another", |_, root, live| {
            let etc = root.join("etc/cilium/mesh");
            fs::create_dir_all(&etc).expect("folders");
            fs::rename(live.join("cluster2"), etc.join("cluster2")).expect("moved");
            etc
        }),
        ("a folder that is a link", |bundle, _, live| {
            let data = bundle.sandbox.path("node/data");
            fs::rename(live, &data).expect("moved");
            Bundle::link("../../data", live);
            live.to_owned()
        }),
        ("paths in another spelling", |_, _, live| {
            Bundle::edit(&live.join("cluster2"), "/var/lib/clustermesh/", "/var/lib/./x/..//clustermesh/");
            live.to_owned()
        }),
        ("YAML in braces, with quotes", |_, _, live| {
            let at = "/var/lib/clustermesh/cluster2.etcd-client";
            let text = format!(
                "{{endpoints: [\"https://10.2.2.2:2379\"], \"trusted-ca-file\": \"{at}-ca.crt\",\n  cert-file: {at}.crt, key-file:\n    {at}.key}}\n"
            );
            Bundle::write(&live.join("cluster2"), text);
            live.to_owned()
        }),
        ("links that are absolute on the node", |_, root, live| {
            let pki = root.join("opt/pki");
            fs::create_dir_all(&pki).expect("folders");
            for ending in ["-ca.crt", ".crt", ".key"] {
                let name = format!("cluster2.etcd-client{ending}");
                fs::rename(live.join(&name), pki.join(&name)).expect("moved");
                Bundle::link(&format!("/opt/pki/{name}"), &live.join(&name));
            }
            live.to_owned()
        }),
    ];
    for (what, change) in cases {
        let bundle = Bundle::new();
        let (root, live) = node(&bundle);
        let folder = change(&bundle, &root, &live);
        let told = told(&bundle.sandbox, &[&text(&folder), "--root", &text(&root)]);
        assert!(told.codes.is_empty(), "{what}: {}", told.report);
    }
}

/// Nothing that blocks, and nothing without an end, is opened.
#[test]
fn what_is_no_file_is_not_opened() {
    let bundle = Bundle::new();
    let (_, live) = node(&bundle);
    let pipe = bundle.sandbox.path("pipe");
    tool("mkfifo", "coreutils", [&pipe]);
    tool("mkfifo", "coreutils", [live.join("pipe")]);
    Bundle::link("/dev/zero", &live.join("zero"));
    Bundle::link("/proc/kmsg", &live.join("kmsg"));
    Bundle::link("loop", &live.join("loop"));
    let told = told(&bundle.sandbox, &[&text(&live)]);
    assert!(told.codes.is_subset(&["CM0705", "CM0407"].map(str::to_owned).into()), "{}", told.report);
    for (path, words) in [
        (text(&pipe), "it is a pipe, not a regular file"),
        (text(&live.join("cluster2")), "is a config"),
        (text(&live.join("cluster2.etcd-client.key")), "is a key"),
    ] {
        let ran = bundle.sandbox.run(&["verify", &path]);
        assert_eq!(ran.status, 3, "{path}: {}", ran.stdout);
        assert!(ran.said(words), "{path}: {}", ran.stderr);
    }
    let alone = bundle.sandbox.run(&["verify", &text(&live.join("cluster2.etcd-client.crt"))]);
    assert!(alone.status == 2 && alone.said("a certificate alone proves nothing"), "{}", alone.stderr);
}

/// Whatever stands in a config by mistake, it is not shown.
#[test]
fn no_secret_is_shown() {
    let bundle = Bundle::new();
    let (_, live) = node(&bundle);
    let good = Bundle::read(&live.join("cluster2"));
    for line in [
        "passwort: hunter2\n",
        "password: hunter2\n",
        "username: bob\npassword: [hunter2]\n",
        "key-file: |\n  -----BEGIN EC PRIVATE KEY-----\n  hunter2\n",
        "-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----\n",
    ] {
        Bundle::write(&live.join("cluster2"), good.clone() + line);
        for format in ["text", "json"] {
            let ran = bundle.sandbox.run(&["verify", &text(&live), "--format", format]);
            assert!(!(ran.stdout + &ran.stderr).contains("hunter2"), "{format}: {line}");
        }
    }
    Bundle::write(&live.join("cluster2"), good.replace("https://10", "https://bob:hunter2@10"));
    for verb in ["verify", "probe"] {
        let ran = bundle.sandbox.run(&[verb, &text(&live), "--format", "json"]);
        assert!(!(ran.stdout + &ran.stderr).contains("hunter2"), "{verb}");
    }
}

/// The own cluster is known by the environment file that the bundle has put on the node.
#[test]
fn the_local_cluster_is_known_by_the_nodes_environment() {
    let bundle = Bundle::new();
    let (root, live) = node(&bundle);
    fs::create_dir_all(root.join("etc/cilium")).expect("a folder");
    fs::copy(bundle.at("options/agent.env"), root.join("etc/cilium/clustermesh.env")).expect("copied");
    fs::copy(live.join("cluster2"), live.join("cluster1")).expect("copied");
    let own = told(&bundle.sandbox, &[&text(&live), "--root", &text(&root)]);
    assert_eq!(own.codes.iter().collect::<Vec<_>>(), ["CM0703"], "{}", own.report);
}

/// A Secret is mounted as links into `..data`, which is itself a link to a folder.
#[test]
fn a_mounted_secret_is_read_through_its_links() {
    let bundle = Bundle::new();
    let (_, live) = node(&bundle);
    let inner = live.join("..2026_11_22");
    fs::create_dir(&inner).expect("a folder");
    for entry in fs::read_dir(&live).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let name = path.file_name().expect("a name").to_str().expect("text").to_owned();
            fs::rename(&path, inner.join(&name)).expect("moved");
            Bundle::link(&format!("..data/{name}"), &path);
        }
    }
    Bundle::link("..2026_11_22", &live.join("..data"));
    let told = told(&bundle.sandbox, &[&text(&live)]);
    assert!(told.codes.is_empty(), "{}", told.report);
}

#[test]
fn an_empty_directory_has_no_links() {
    let bundle = Bundle::new();
    let empty = bundle.sandbox.path("empty");
    fs::create_dir(&empty).expect("a folder");
    let told = told(&bundle.sandbox, &[&text(&empty)]);
    assert_eq!(told.codes.iter().collect::<Vec<_>>(), ["CM0708"], "{}", told.report);
}

/// What stands there is read only: not one file is touched.
#[test]
fn nothing_is_changed() {
    let bundle = Bundle::new();
    let (_, live) = node(&bundle);
    Bundle::write(&live.join(".cluster2.swp"), "endpoints: x");
    let before = crate::support::tree(&live);
    told(&bundle.sandbox, &[&text(&live)]);
    assert_eq!(crate::support::tree(&live), before);
}

#[test]
fn a_path_that_is_not_there_is_no_finding() {
    let bundle = Bundle::new();
    let ran = bundle.sandbox.run(&["verify", "nowhere"]);
    assert_eq!(ran.status, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.said("`nowhere` is not there"), "{}", ran.stderr);
}
