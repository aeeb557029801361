//! Keys that leaked: what `certs revoke` decides, for whom, and what is remembered of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::evolution::mesh::{cluster, edit, mesh, mesh_of_own};
use crate::evolution::scene::{Scene, difference, set, strings};
use crate::support::openssl::Bench;
use crate::support::receipts::record_everything;
use crate::support::reports::judged;
use crate::support::{Sandbox, tool};

fn revoke(scene: &Scene, words: &[&str]) -> Value {
    let report = scene.sandbox.ok(&[&["certs", "revoke", "mesh.yaml", "--format", "json"], words].concat()).json();
    judged("revoke", &report);
    report
}

/// For each credential, at each etcd: what shuts it out, and who its holder becomes.
fn remedies(report: &Value) -> Vec<(String, String, String, Value)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let credentials = report["credentials"].as_array().expect("credentials").iter();
    let accepted = credentials.flat_map(|one| one["accepted"].as_array().expect("etcds").iter().map(move |at| (one, at)));
    accepted.map(|(one, at)| (text(&one["name"]), text(&at["cluster"]), text(&at["remedy"]), at["becomes"].clone())).collect()
}

fn row(name: &str, cluster: &str, remedy: &str, becomes: Option<&str>) -> (String, String, String, Value) {
    (name.to_owned(), cluster.to_owned(), remedy.to_owned(), becomes.map_or(Value::Null, |user| json!(user)))
}

/// Serial numbers on the list of an etcd.
fn listed(scene: &Scene, cluster: &str) -> BTreeSet<String> {
    let list = scene.sandbox.path(format!("out/bundles/{cluster}/etcd/revoked.crl"));
    let words = ["crl", "-inform", "DER", "-noout", "-text", "-in", list.to_str().expect("text")];
    let text = tool("openssl", "openssl", words);
    text.lines().filter_map(|line| line.trim().strip_prefix("Serial Number: ")).map(str::to_lowercase).collect()
}

/// `a` has all kinds of credentials; only `b` and `c` read it, and each etcd has a CA of its own.
fn three() -> String {
    let a = edit(&cluster("a", 1), "  etcd:\n", "  etcd:\n    localClients: true\n    announce: true\n    peers: true\n");
    mesh_of_own(&[a, cluster("b", 2), cluster("c", 3)])
}

/// Generated with a CA that others made, `corp`.
fn of_corp(mesh: &str) -> Scene {
    let given = "  authority: shared\n  authorities: { corp: { certificate: corp.crt, key: corp.key } }\n";
    let scene = Scene { sandbox: Sandbox::with_mesh(&edit(mesh, "  authority: shared\n", given)) };
    scene.sandbox.authority("corp");
    scene.generate(&["--create-authorities"]);
    scene
}

#[test]
fn only_the_holders_of_a_leaked_key_get_anything_new() {
    let scene = Scene::new(&three());
    record_everything(&scene.sandbox, 1);
    let (before, archives, files) = (scene.serials(), scene.archives(), scene.out());
    let expected = [
        row("own/a/agent", "a", "user", Some("admin-a@2")),
        row("own/a/announcer", "a", "user", Some("announce-a@2")),
        row("client/a/b/remote-a", "b", "user", Some("remote-a@2")),
        row("client/a/c/remote-a", "c", "user", Some("remote-a@2")),
    ];
    let report = revoke(&scene, &["a/node/n1"]);
    assert_eq!(remedies(&report), expected);
    let carried = |report: &Value| strings(&report["credentials"][0]["carried"]).join(" ");
    assert_eq!(carried(&report), "a/nodes/n1 a/nodes/n2 a/operator", "nodes of a cluster share credentials");
    assert!(scene.out() == files && scene.serials() == before, "to look changes nothing");

    revoke(&scene, &["a/node/n1", "--apply"]);
    let changed = ["a/nodes/n1", "a/nodes/n2"];
    assert_eq!(difference(&archives, &scene.archives()), set(&changed), "b and c keep what they have");
    let revoked = ["own/a/agent", "own/a/announcer", "client/a/b/remote-a", "client/a/c/remote-a"];
    let serials: BTreeSet<String> = revoked.iter().map(|name| before[*name].to_lowercase()).collect();
    for etcd in ["a", "b", "c"] {
        assert_eq!(listed(&scene, etcd), serials, "one file for all CAs: an etcd compares numbers, and reads one");
    }
    let etcd = |cluster: &str| scene.sandbox.read(format!("out/bundles/{cluster}/etcd/etcd-auth.sh"));
    for line in ["clustermesh-reader remote-a@2", "retired='remote-a'", "revoked='remote-a'"] {
        assert!(etcd("b").contains(line), "{line}");
    }
    assert!(etcd("a").contains("revoked='admin-a\nannounce-a'") && etcd("a").contains("agent='admin-a@2'"));
    assert_eq!(scene.inventory()["clusters"]["b"]["keptUsers"], Value::Null, "nothing keeps a revoked user");
    assert_eq!(scene.wave("users")["users"], json!({ "b": ["remote-a@2"], "c": ["remote-a@2"] }));
    let gone = scene.wave("withdrawal");
    assert_eq!(gone["users"], json!({ "a": ["admin-a", "announce-a"], "b": ["remote-a"], "c": ["remote-a"] }));
    assert_eq!(gone["steps"].as_array().expect("steps").len(), 3, "{gone:#}");
    scene.sandbox.ok(&["verify", "out", "--mesh", "mesh.yaml"]);

    // A second run has nothing to do, and to look again says when it was revoked.
    let (files, state) = (scene.out(), scene.state());
    scene.generate(&[]);
    assert!(scene.out() == files && scene.state() == state);
    let again = scene.sandbox.ok(&["certs", "revoke", "mesh.yaml", "a/node/n2"]);
    assert!(again.said("revoked on 2026-11-21 already") && again.said("becomes `remote-a@3`"), "{}", again.stdout);
}

/// `b` reads the etcds of `a` and `c`, and its own etcd has the same user for these.
#[test]
fn a_name_that_readers_share_goes_at_every_etcd() {
    let all = mesh(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]);
    let scene = Scene::new(&edit(&all, "clusters:\n", "defaults: { etcd: { clientName: remote } }\nclusters:\n"));
    record_everything(&scene.sandbox, 1);
    let report = revoke(&scene, &["b/node/n1"]);
    let expected = ["a", "b", "c"].map(|etcd| row("client/b/mesh/remote", etcd, "user", Some("remote@2")));
    assert_eq!(remedies(&report), expected);
    let steps = report["steps"].as_array().expect("steps").iter();
    for step in steps.filter(|step| ["add-users", "remove-users", "end-connections"].map(Value::from).contains(&step["step"])) {
        assert_eq!(strings(&step["on"]), ["a", "b", "c"], "{step:#}");
    }
}

#[test]
fn who_still_has_it_is_known_until_its_receipt() {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    record_everything(&scene.sandbox, 1);
    let old = scene.sandbox.path("old.tar.gz");
    std::fs::copy(scene.sandbox.path("out/bundles/a/nodes/n1.tar.gz"), &old).expect("copied");
    revoke(&scene, &["a", "--apply"]);
    let status = || {
        let ran = scene.sandbox.run(&["rollout", "status", "--exit-code", "--format", "json"]);
        (ran.status, ran.json())
    };
    let waiting = |status: &Value| -> BTreeSet<String> {
        let revoked = status["revoked"].as_array().expect("revoked").iter();
        revoked.flat_map(|one| strings(&one["waiting"]).into_iter().map(str::to_owned)).collect()
    };
    let (exit, report) = status();
    judged("status", &report);
    assert_eq!((exit, waiting(&report)), (1, set(&["a/etcd/etcd1", "a/nodes/n1", "a/nodes/n2"])));
    let text = scene.sandbox.ok(&["rollout", "status"]);
    assert!(text.said("client/a/mesh/remote-a, on 2026-11-21: 2 of 2: a/node/n1, a/node/n2"), "{}", text.stdout);

    record_everything(&scene.sandbox, 2);
    let (exit, report) = status();
    assert_eq!((exit, waiting(&report)), (1, BTreeSet::new()), "its etcd may still serve who was connected");
    let open: Vec<&Value> = report["units"].as_array().expect("units").iter().filter(|unit| unit["done"] == false).collect();
    assert_eq!(open.iter().map(|unit| unit["unit"].as_str().expect("text")).collect::<Vec<_>>(), ["b/step/end-connections"]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "b/step/end-connections"]);
    assert_eq!(status().0, 0);

    let ran = scene.sandbox.run(&["verify", "old.tar.gz", "--mesh", "mesh.yaml"]);
    assert!(ran.status == 1 && ran.said("CM0767") && ran.said("was revoked on 2026-11-21"), "{}", ran.stdout);
    scene.sandbox.ok(&["verify", "old.tar.gz"]);
}

/// A renewed certificate has the key of the one before, so both are on the list.
#[test]
fn all_certificates_of_a_leaked_key_are_listed_until_they_expire() {
    let mut scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    let first = scene.serials()["client/a/mesh/remote-a"].to_lowercase();
    scene.sandbox.at("2027-09-01T12:00:00Z");
    scene.generate(&["--renew"]);
    let second = scene.serials()["client/a/mesh/remote-a"].to_lowercase();
    revoke(&scene, &["a/node/n1", "--apply"]);
    assert_eq!(listed(&scene, "b"), BTreeSet::from([first, second.clone()]));
    scene.sandbox.at("2027-12-01T12:00:00Z");
    revoke(&scene, &["b/node/n1", "--apply"]);
    let third = scene.inventory()["revocations"]["records"][1]["certificates"][0]["serial"].as_str().expect("text").to_owned();
    assert_eq!(listed(&scene, "b"), BTreeSet::from([second, third]), "what has expired leaves the list");
    assert!(
        scene.sandbox.read("out/bundles/b/etcd/etcd-auth.sh").contains("revoked='remote-a'"),
        "and its user never comes back"
    );
}

#[test]
fn a_revocation_list_is_signed_in_the_name_of_its_ca() {
    let made = edit(&cluster("a", 1), "  etcd:\n", "  etcd:\n    authority: corp\n");
    let scene = of_corp(&mesh(&[made, cluster("b", 2)]));
    revoke(&scene, &["b", "--apply"]);
    let bench = Bench::new();
    bench.write("corp.crt", scene.sandbox.read("corp.crt"));
    let made = scene.inventory()["authorities"]["mesh"]["file"].as_str().expect("a file").to_owned();
    bench.write("shared.crt", scene.sandbox.read(format!("state/authorities/{made}.crt")));
    for (etcd, ca, other) in [("a", "corp", "shared"), ("b", "shared", "corp")] {
        let list = scene.sandbox.path(format!("out/bundles/{etcd}/etcd/revoked.crl"));
        bench.write("list", std::fs::read(list).expect("a list"));
        bench.run(&format!("crl -inform DER -in list -noout -CAfile {ca}.crt"));
        bench.fail(&format!("crl -inform DER -in list -noout -CAfile {other}.crt"));
    }
}

#[test]
fn what_no_user_shuts_out_is_said() {
    let outside =
        "- name: x\n  id: 9\n  runtime: external\n  etcd:\n    endpoints: [\"https://10.0.9.1:2379\"]\n    authority: corp\n";
    let helm = "- name: h\n  id: 8\n  runtime: { kind: helm, chart: \"1.18\" }\n  etcd:\n    endpoints: [\"https://10.0.8.1:2379\"]\n    authority: corp\n";
    let a = edit(&cluster("a", 1), "  etcd:\n", "  etcd:\n    localClients: true\n    peers: true\n");
    let scene = of_corp(&mesh(&[a, outside.to_owned(), helm.to_owned()]));
    let node = remedies(&revoke(&scene, &["a/node/n1"]));
    let readers = [row("client/a/corp/remote", "h", "chart", None), row("client/a/corp/remote-a", "x", "operator", None)];
    assert_eq!(node, [&[row("own/a/agent", "a", "user", Some("admin-a@2"))][..], &readers].concat());
    let member = remedies(&revoke(&scene, &["a/member/etcd1"]));
    assert_eq!(member, [row("server/a/etcd1", "a", "server", None), row("peer/a/etcd1", "a", "peer", None)]);
    let root = revoke(&scene, &["a/users"]);
    assert_eq!(remedies(&root), [row("own/a/administrator", "a", "list", None)]);
    let steps: Vec<&str> =
        root["steps"].as_array().expect("steps").iter().map(|step| step["step"].as_str().expect("text")).collect();
    assert_eq!(steps, ["apply", "replace-list", "rotate-authority", "record"]);

    let ran = scene.sandbox.run(&["certs", "revoke", "mesh.yaml", "corp"]);
    assert!(ran.status == 2 && ran.said("a thief of its key makes others"), "{}", ran.stderr);
    assert!(ran.said("meshbundle certs rotate mesh.yaml --ca corp"), "{}", ran.stderr);
    let ran = scene.sandbox.run(&["certs", "revoke", "mesh.yaml", "a/node/n9"]);
    assert!(ran.status == 1 && ran.said("CM0618"), "{}", ran.stdout);
}

/// A user that all readers share goes for all of them, or it would not go.
#[test]
fn readers_that_share_a_user_change_together() {
    let a = edit(&cluster("a", 1), "  etcd:\n", "  etcd:\n    clientName: readers\n");
    let scene = Scene::new(&mesh(&[a, cluster("b", 2), cluster("c", 3)]));
    revoke(&scene, &["b/node/n1", "--apply"]);
    let names: Vec<String> = scene.serials().into_keys().filter(|name| name.ends_with("readers@2")).collect();
    assert_eq!(names, ["client/b/mesh/readers@2", "client/c/mesh/readers@2"]);
    assert!(scene.sandbox.read("out/bundles/a/etcd/etcd-auth.sh").contains("revoked='readers'"));
}

/// What left has nothing that could be revoked by its name; what shuts it out is said.
#[test]
fn a_node_or_cluster_that_left_is_known_and_what_shuts_it_out_is_said() {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]));
    let fewer = edit(&cluster("a", 1), "nodes: [n1, n2]", "nodes: [n1]");
    scene.change(&mesh(&[fewer, cluster("b", 2)]), &["--remove", "c"]);
    for (unit, words) in [
        ("a/node/n2", "`meshbundle certs revoke a` revokes"),
        ("c/node/n1", "`etcd-auth.sh` of each etcd that it read"),
        ("c", "goes when one of these is revoked"),
    ] {
        let ran = scene.sandbox.run(&["certs", "revoke", "mesh.yaml", unit]);
        assert!(
            ran.status == 1 && ran.said(&format!("CM0618]: `{unit}` selects nothing: it has left the mesh")),
            "{}",
            ran.stdout
        );
        assert!(ran.said(words), "{}", ran.stdout);
    }
    let ran = scene.sandbox.run(&["certs", "revoke", "mesh.yaml", "c", "a/node/n7", "a/node/n2"]);
    assert!(["`c` selects", "`a/node/n7` selects", "`a/node/n2` selects"].iter().all(|words| ran.said(words)), "{}", ran.stdout);
}

/// A state of before the revocation learns of it from what was written since: a leaked user does not come back.
#[test]
fn an_old_state_learns_of_a_revocation_from_what_was_written() {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    record_everything(&scene.sandbox, 1);
    scene.sandbox.ok(&["state", "backup", "old.tar.gz"]);
    revoke(&scene, &["a/node/n1", "--apply"]);
    std::fs::remove_dir_all(scene.sandbox.path("state")).expect("removed");
    scene.sandbox.ok(&["state", "restore", "old.tar.gz"]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "out"]);
    record_everything(&scene.sandbox, 2);
    scene.generate(&[]);
    assert!(scene.serials().contains_key("client/a/mesh/remote-a@2"), "{:?}", scene.serials());
    assert!(scene.sandbox.read("out/bundles/b/etcd/etcd-auth.sh").contains("revoked='remote-a'"));
}
