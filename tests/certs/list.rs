//! Of a mesh: a machine that was not served counts, and not what was issued last.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::certs::{MESH, list, one};
use crate::support::receipts::{manifest, receipt_line, record_everything, unit};
use crate::support::{Sandbox, tool};

/// What openssl reads in the first certificate of a file: its end as RFC 3339, and its serial number.
fn dates(file: &Path) -> (String, String) {
    let words = ["x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-serial", "-in"].map(std::ffi::OsStr::new);
    let said = tool("openssl", "openssl", words.into_iter().chain([file.as_os_str()]));
    let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).expect("a value").to_owned();
    (value("notAfter=").replace(' ', "T"), value("serial=").to_lowercase())
}

/// Records that one bundle is installed as it was written last.
fn record(sandbox: &Sandbox, bundle: &str, counter: u64) {
    let line = receipt_line(&manifest(sandbox, bundle), &unit(bundle), counter, &[]);
    sandbox.write("receipts.txt", &line);
    sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
}

/// Machines, each with the bundle that was shipped to it last.
struct Machines {
    sandbox: Sandbox,
    installed: Vec<(&'static str, PathBuf)>,
}

impl Machines {
    /// Everything is installed and recorded once.
    fn new(mesh: &str) -> Self {
        let mut machines = Self { sandbox: Sandbox::with_mesh(mesh), installed: Vec::new() };
        machines.sandbox.authority("second");
        fs::set_permissions(machines.sandbox.path("second.key"), Permissions::from_mode(0o600)).expect("a key");
        machines.sandbox.generate(&[]);
        for bundle in [
            "oslo/nodes/node1",
            "oslo/nodes/node2",
            "oslo/etcd/etcd1",
            "oslo/etcd/etcd2",
            "tokyo/nodes/node1",
            "tokyo/etcd/etcd1",
        ] {
            machines.ship(bundle, "first");
        }
        record_everything(&machines.sandbox, 1);
        machines
    }

    fn at(&mut self, day: &str) {
        self.sandbox.at(&format!("{day}T12:00:00Z"));
    }

    fn ship(&mut self, bundle: &'static str, when: &str) {
        let to = self.sandbox.path(format!("machines/{when}")).join(bundle);
        fs::create_dir_all(to.parent().expect("a parent")).expect("folders");
        fs::rename(self.sandbox.unpack(bundle), &to).expect("installed");
        self.installed.retain(|(known, _)| *known != bundle);
        self.installed.push((bundle, to));
    }

    /// The first end, as openssl reads it, of a file that all these bundles have.
    fn first(&self, bundles: &[&str], file: &str) -> (String, String) {
        let installed = self.installed.iter().filter(|(bundle, _)| bundles.contains(bundle));
        installed.map(|(_, folder)| dates(&folder.join("payload").join(file))).min().expect("a bundle")
    }
}

const CLIENT: &str = "client/oslo/mesh/remote-oslo";
const CLIENT_FILE: &str = "var/lib/clustermesh/tokyo.etcd-client.crt";
const SERVER_FILE: &str = "etc/etcd/clustermesh/server.crt";

fn listed(view: &Value) -> (String, String) {
    let text = |key: &str| view[key].as_str().unwrap_or_else(|| panic!("{key}: {view:#}")).to_owned();
    (text("expires"), text("serial"))
}

/// The fault that this list is for: a timer renews, and nobody ships.
#[test]
fn a_daily_renewal_that_is_never_shipped_does_not_read_as_364_days() {
    let mut machines = Machines::new(MESH);
    let shipped = machines.first(&["oslo/nodes/node1"], CLIENT_FILE);
    for day in ["2027-08-24", "2027-08-25", "2027-10-25"] {
        machines.at(day);
        machines.sandbox.generate(&["--renew", "--rekey"]);
    }
    let report = list(&machines.sandbox, &[]);
    let client = one(&report, CLIENT);
    assert_eq!(listed(&client), shipped);
    assert_eq!((&client["daysLeft"], &client["newest"]["daysLeft"], &client["behind"]), (&json!(3), &json!(341), &json!(2)));
    assert_eq!(client["links"], json!({ "oslo": ["tokyo"] }));
    assert_eq!(client["stops"], true);
    let late = machines.sandbox.run(&["certs", "list", "--within", "30d"]);
    assert_eq!(late.status, 1, "{}", late.stdout);
    assert!(["oslo → tokyo", "tokyo → oslo"].iter().all(|link| late.stdout.contains(link)), "{}", late.stdout);

    // One node gets it, and the other is forgotten; then it gets it as well.
    for (bundle, counter, behind) in [("oslo/nodes/node1", 2_000_000_000, 1), ("oslo/nodes/node2", 2_000_000_001, 0)] {
        machines.ship(bundle, "last");
        record(&machines.sandbox, bundle, counter);
        let client = one(&list(&machines.sandbox, &[]), CLIENT);
        let judge = machines.first(&["oslo/nodes/node1", "oslo/nodes/node2"], CLIENT_FILE);
        assert_eq!((listed(&client), &client["behind"]), (judge, &json!(behind)), "{client:#}");
        let unit = if behind == 0 { Value::Null } else { json!("oslo/node/node2") };
        assert_eq!(client["unit"], unit, "{client:#}");
    }
    record_everything(&machines.sandbox, 2_000_000_002);
    let done = machines.sandbox.ok(&["certs", "list", "--within", "30d"]);
    assert!(done.stdout.contains("nothing expires until 2027-11-24"), "{}", done.stdout);
}

/// An etcd with two members goes on with one. Peers and local clients are no link's.
#[test]
fn it_says_which_links_stop() {
    let mut machines = Machines::new(MESH);
    machines.at("2027-08-24");
    machines.sandbox.generate(&["--renew"]);
    record(&machines.sandbox, "oslo/etcd/etcd1", 2_000_000_000);
    machines.ship("oslo/etcd/etcd1", "renewed");
    let report = list(&machines.sandbox, &[]);
    for (name, bundle, stops) in [
        ("server/oslo/etcd1", "oslo/etcd/etcd1", true),
        ("server/oslo/etcd2", "oslo/etcd/etcd2", false),
        ("server/tokyo/etcd1", "tokyo/etcd/etcd1", true),
    ] {
        let view = one(&report, name);
        assert_eq!((listed(&view), &view["stops"]), (machines.first(&[bundle], SERVER_FILE), &json!(stops)), "{view:#}");
    }
    assert_eq!(one(&report, "server/oslo/etcd1")["links"], json!({ "tokyo": ["oslo"] }));
    assert_eq!(one(&report, "ca/mesh")["links"], json!({ "oslo": ["tokyo"], "tokyo": ["oslo"] }));
    assert_eq!(one(&report, "peer/oslo/etcd2")["links"], Value::Null);
    assert_eq!(one(&report, "own/oslo/agent")["carriedBy"], json!(["oslo/operator"]));
    assert_eq!(report["nodes"]["oslo"], json!(["oslo/node/node1", "oslo/node/node2"]));
    let text = machines.sandbox.ok(&["certs", "list"]).stdout;
    assert!(text.contains("none: others are left for 1 link"), "{text}");
}

/// Another CA signs the clients of tokyo. The node that has not got it presents the leaf of the old one.
#[test]
fn a_leaf_that_another_ca_has_replaced_is_listed_as_long_as_a_target_may_have_it() {
    let trust = "trust: { authorities: { second: { certificate: second.crt, key: second.key } } }\nclusters:";
    let mesh = MESH.replace("clusters:", trust).replacen(
        "endpoints: [https://10.2.0.1:2379]",
        "endpoints: [https://10.2.0.1:2379], clientTrust: [mesh, second]",
        1,
    );
    let mut machines = Machines::new(&mesh);
    machines
        .sandbox
        .write("mesh.yaml", &mesh.replace("clientTrust: [mesh, second]", "clientTrust: [mesh, second], clientSigner: second"));
    machines.at("2027-08-24");
    machines.sandbox.generate(&[]);
    let new = "client/oslo/second/remote-oslo";
    let report = list(&machines.sandbox, &[]);
    let (old, next) = (one(&report, CLIENT), one(&report, new));
    assert_eq!(listed(&old), machines.first(&["oslo/nodes/node1"], CLIENT_FILE));
    assert_eq!(
        (&old["newest"], &old["behind"], &old["links"]),
        (&Value::Null, &json!(2), &json!({ "oslo": ["tokyo"] })),
        "{old:#}"
    );
    assert_eq!(next["links"], json!({ "oslo": ["tokyo"] }), "{next:#}");
    record_everything(&machines.sandbox, 2_000_000_000);
    assert_eq!(one(&list(&machines.sandbox, &[]), CLIENT), Value::Null);
}

/// What the state does not know is not judged.
#[test]
fn it_is_not_told_what_is_not_known() {
    let mut machines = Machines::new(MESH);
    // A state of before the revisions of leaves were recorded.
    let mut inventory: Value = serde_json::from_str(&machines.sandbox.read("state/inventory.json")).expect("JSON");
    for record in inventory["credentials"].as_object_mut().expect("leaves").values_mut() {
        record.as_object_mut().expect("a record").remove("since").expect("a revision");
    }
    machines.sandbox.write("state/inventory.json", &inventory.to_string());
    assert_eq!(one(&list(&machines.sandbox, &[]), CLIENT)["undetermined"], Value::Null, "it has what was written last");
    machines.at("2027-08-24");
    machines.sandbox.generate(&["--renew"]);
    // The second renewal: a node that has the first generation may have something of before.
    machines.at("2027-08-25");
    machines.sandbox.generate(&["--rekey"]);
    let client = one(&list(&machines.sandbox, &[]), CLIENT);
    assert_eq!((&client["undetermined"], listed(&client)), (&json!(true), machines.first(&["oslo/nodes/node1"], CLIENT_FILE)));
    let ran = machines.sandbox.run(&["certs", "list", "--within", "1d"]);
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    assert!(ran.stdout.contains("cannot tell, at most 64"), "{}", ran.stdout);
    record_everything(&machines.sandbox, 2_000_000_000);
    assert_eq!(one(&list(&machines.sandbox, &[]), CLIENT)["undetermined"], Value::Null);
}

/// The operator's word counts here; what was uninstalled counts no more.
#[test]
fn a_word_counts_and_what_is_gone_does_not() {
    let mut machines = Machines::new(MESH);
    machines.at("2027-08-24");
    machines.sandbox.generate(&["--renew"]);
    let behind = |sandbox: &Sandbox, name: &str| one(&list(sandbox, &[]), name)["behind"].clone();
    assert_eq!(behind(&machines.sandbox, CLIENT), json!(2));
    machines.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "oslo/node/node1"]);
    assert_eq!(behind(&machines.sandbox, CLIENT), json!(1));
    let mut gone = manifest(&machines.sandbox, "oslo/nodes/node2");
    gone["generation"] = json!(0);
    machines.sandbox.write("receipts.txt", &receipt_line(&gone, "oslo/node/node2", 2_000_000_000, &[]));
    machines.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
    assert_eq!(behind(&machines.sandbox, CLIENT), json!(0));
    assert_eq!(one(&list(&machines.sandbox, &[]), CLIENT)["daysLeft"], 341);
}

/// A mesh with errors still has certificates that expire.
#[test]
fn a_broken_mesh_does_not_hide_what_expires() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.generate(&[]);
    sandbox.write("mesh.yaml", &MESH.replace("id: 2", "id: 1"));
    let ran = sandbox.run(&["certs", "list", "--within", "2y"]);
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("mesh prod: 0 CAs, 13 certificates may expire until"), "{}", ran.stdout);
    assert!(ran.said("the mesh has errors") && ran.said("error[CM"), "{}", ran.stderr);
}

/// 65,000 certificates that expire on few days are few lines; JSON has each.
#[test]
fn a_text_stays_readable_however_many_there_are() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/large.sh");
    let sandbox = Sandbox::with_mesh(&tool("sh", "dash", [script.to_str().expect("text"), "24", "1"]));
    sandbox.generate(&[]);
    let text = sandbox.ok(&["certs", "list"]).stdout;
    // The clusters end on many days: the first of them are shown.
    assert!(text.contains("23 clients of c018 ") && text.contains("\nand 31 more; ") && text.lines().count() < 30, "{text}");
    assert!(text.contains("c018 → c001, c018 → c002, c018 → c003, and 20 more"), "{text}");
    let report = list(&sandbox, &[]);
    let names: BTreeSet<&str> =
        report["certificates"].as_array().expect("certificates").iter().filter_map(|view| view["name"].as_str()).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("client/")).count(), 24 * 23);
}
