//! From a mesh to an etcd: the script that `generate` writes lets in whoever gets a certificate, and shuts out who is removed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::authorisation::etcd::start;
use crate::authorisation::script::{Death, Done, SHELLS, Script};
use crate::support::ports::free_port;
use crate::support::receipts::record_everything;
use crate::support::{Ran, Sandbox};

pub(crate) fn mesh(url: &str, clusters: &[(&str, u8)], more: &str) -> String {
    let mut yaml = "version: 1\nmesh: prod\ncilium: { version: \"1.18\" }\naccept:\n\
        - { code: CM0310, at: \"clusters[c1].etcd.endpoints[0]\", reason: a test }\nclusters:\n"
        .to_owned();
    for (name, id) in clusters {
        let url = if *name == "c1" { url.to_owned() } else { format!("https://10.{id}.0.1:2379") };
        let host = url.rsplit_once(':').expect("a port").0.trim_start_matches("https://").to_owned();
        let more = if *name == "c1" { more } else { "" };
        yaml += &format!(
            "- {{ name: {name}, id: {id}, nodes: [n1, n2], etcd: {{ endpoints: [\"{url}\"], members: [{{ name: m1, addresses: [{host}] }}]{more} }} }}\n"
        );
    }
    yaml.replace("nodes: [n1, n2]", "nodes: [{ name: n1 }, { name: n2 }]")
}

/// etcdctl with the files of an unpacked bundle.
pub(crate) fn ctl(url: &str, anchors: &Path, pair: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new("etcdctl");
    command.args(args).env("ETCDCTL_API", "3").env("ETCDCTL_ENDPOINTS", url).env("ETCDCTL_CACERT", anchors);
    Ran::of(command.env("ETCDCTL_CERT", pair.with_extension("crt")).env("ETCDCTL_KEY", pair.with_extension("key")))
}

/// The credential of the agents in `bundle` at the etcd of `c1`, copied to a place of its own.
pub(crate) fn client(sandbox: &Sandbox, bundle: &str) -> PathBuf {
    let top = sandbox.unpack(bundle);
    let entries = walkdir::WalkDir::new(top).into_iter().map(|entry| entry.expect("readable").into_path());
    let file = entries.into_iter().find(|path| path.ends_with("c1.etcd-client.crt")).expect("a certificate for c1");
    let kept = sandbox.path(bundle.replace('/', "-")).with_extension("crt");
    fs::copy(&file, &kept).expect("copied");
    fs::copy(file.with_extension("key"), kept.with_extension("key")).expect("copied");
    kept
}

#[test]
fn a_removed_cluster_is_shut_out() {
    let url = format!("https://127.0.0.1:{}", free_port());
    let three = [("c1", 1), ("c2", 2), ("c3", 3)];
    let more = ", clientName: \"{cluster}.{node}\", announce: true";
    let sandbox = Sandbox::with_mesh(&mesh(&url, &three, more));
    sandbox.generate(&[]);
    let member = sandbox.unpack("c1/etcd/m1").join("payload/etc/etcd/clustermesh");
    let [c2, c3] = ["c2/nodes/n1", "c3/nodes/n2"].map(|bundle| client(&sandbox, bundle));
    let mut command = Command::new("etcd");
    command.arg("--client-cert-auth").arg("--trusted-ca-file").arg(member.join("client-ca.crt"));
    command.arg("--cert-file").arg(member.join("server.crt")).arg("--key-file").arg(member.join("server.key"));
    let _etcd = start(command, &sandbox.path(""), &url);
    let anchors = member.join("client-ca.crt");
    let heartbeat = |pair: &Path| ctl(&url, &anchors, pair, &["get", "--prefix", "cilium/.heartbeat"]).status;
    let server = member.join("server.crt");

    // Nobody here has a certificate for root: its password must do.
    for args in [&["user", "add", "root:password"] as &[&str], &["user", "grant-role", "root", "root"]] {
        assert_eq!(ctl(&url, &anchors, &server, args).status, 0);
    }
    let script = Script::at(&sandbox, sandbox.path("out/bundles/c1/etcd/etcd-auth.sh"));
    let run = |args: &[&str]| -> Done {
        let text = |path: &Path| path.to_str().expect("text").to_owned();
        let environment = [
            ("ETCDCTL_CACERT", text(&anchors)),
            ("ETCDCTL_CERT", text(&server)),
            ("ETCDCTL_KEY", text(&server.with_extension("key"))),
            ("ETCDCTL_USER", "root:password".to_owned()),
        ];
        script.run_in(SHELLS[0], args, &environment, Death::Natural)
    };
    run(&[]).exits(0);
    assert_eq!(ctl(&url, &anchors, &server, &["--user", "root:password", "auth", "enable"]).status, 0);
    assert_eq!((heartbeat(&c2), heartbeat(&c3), heartbeat(&server)), (0, 0, 1), "its own server is nobody");
    assert!(run(&["--check"]).exits(0).ran.stdout.contains("authentication: on"));

    sandbox.write("mesh.yaml", &mesh(&url, &three[..2], more));
    sandbox.generate(&["--remove", "c3"]);
    assert!(!sandbox.path("out/bundles/c3").exists(), "its own script is gone");
    assert_eq!(heartbeat(&c3), 0, "nothing happens by itself");
    let asked = run(&["--check"]).exits(1);
    assert_eq!(
        asked.lines(),
        ["- user c3.n1", "- user c3.n2", "+ generation 2", "authentication: on", "not changed: user root"].into()
    );
    run(&[]).exits(0);
    assert_eq!((heartbeat(&c2), heartbeat(&c3)), (0, 1));
    run(&["--check"]).exits(0);

    // Wanted again, it is retired no longer.
    sandbox.write("mesh.yaml", &mesh(&url, &three, more));
    sandbox.generate(&[]);
    run(&[]).exits(0);
    assert_eq!(heartbeat(&client(&sandbox, "c3/nodes/n1")), 0);
    let inventory: Value = serde_json::from_str(&sandbox.read("state/inventory.json")).expect("JSON");
    assert_eq!(inventory["clusters"]["c1"]["users"], json!(["c2.n1", "c2.n2", "c3.n1", "c3.n2"]));
    assert_eq!(inventory["clusters"]["c1"]["retiredUsers"], Value::Null);
}

#[test]
fn what_is_shipped_and_when() {
    let two = [("c1", 1), ("c2", 2)];
    let sandbox = Sandbox::with_mesh(
        &mesh("https://10.1.0.1:2379", &two, "")
            .replace("accept:\n- { code: CM0310, at: \"clusters[c1].etcd.endpoints[0]\", reason: a test }\n", ""),
    );
    let wave = |name: &str| sandbox.wave(name);
    sandbox.generate(&["--cluster", "c2"]);
    assert!(!sandbox.path("out/bundles/c1").exists(), "not selected");
    sandbox.generate(&[]);
    let script = sandbox.path("out/bundles/c1/etcd/etcd-auth.sh");
    assert!(script.is_file() && sandbox.path("out/bundles/c2/etcd/etcd-auth.sh").is_file());
    assert_eq!(wave("users")["ship"], json!(["c1/etcd/etcd-auth.sh", "c2/etcd/etcd-auth.sh"]));
    assert_eq!(wave("users")["users"]["c1"], json!(["remote-c2"]));
    assert_eq!(wave("members")["ship"], json!(["c1/etcd/m1.tar.gz", "c2/etcd/m1.tar.gz"]));
    let generation = |sandbox: &Sandbox| {
        let inventory: Value = serde_json::from_str(&sandbox.read("state/inventory.json")).expect("JSON");
        inventory["bundles"]["c1/etcd"]["generation"].as_u64()
    };
    assert_eq!(generation(&sandbox), Some(1));

    // Announced: only the script changes.
    record_everything(&sandbox, 1);
    let text = sandbox.read("mesh.yaml");
    sandbox.write("mesh.yaml", &text.replacen("members:", "announce: true, members:", 1));
    let plan = sandbox.ok(&["plan", "mesh.yaml", "--out", "out", "--format", "json"]).json();
    let roles = plan["clusters"][0]["authorisation"]["roles"].as_array().expect("roles").clone();
    assert_eq!(
        roles.iter().map(|role| role["name"].as_str().expect("text")).collect::<Vec<_>>(),
        ["clustermesh-announcer", "clustermesh-reader"]
    );
    sandbox.generate(&[]);
    assert_eq!((wave("users")["ship"].clone(), wave("members")), (json!(["c1/etcd/etcd-auth.sh"]), Value::Null));
    assert_eq!(generation(&sandbox), Some(2));

    // A link that is removed leaves its reader to be deleted.
    sandbox.write("mesh.yaml", &text.replacen("clusters:", "links: []\nclusters:", 1));
    sandbox.generate(&["--remove", "c1/c2", "--remove", "c1:announce"]);
    assert_eq!(
        wave("withdrawal"),
        json!({ "wave": "withdrawal", "ship": ["c1/etcd/etcd-auth.sh", "c2/etcd/etcd-auth.sh"],
        "users": { "c1": ["remote-c2"], "c2": ["remote-c1"] } })
    );
    let text = sandbox.read("out/bundles/c1/etcd/etcd-auth.sh");
    assert!(text.contains("retired='remote-c2'") && text.contains("users=''") && text.contains("roles=''"), "{text}");
    let before = sandbox.tree("out");
    sandbox.generate(&[]);
    assert_eq!(sandbox.tree("out"), before);
}
