//! What commands print with `--format json` is what `schema report` says: every key, and no other. The tests of `probe`, `verify`,
//! `announce`, lint codes and plans hold their reports against the same judge.

use std::fs;

use serde_json::Value;

use crate::support::Sandbox;
use crate::support::files::files;
use crate::support::reports::{judge, judged};

/// Runs, demands the exit status, and holds the report against the schema.
fn report(sandbox: &Sandbox, status: i32, command: &str, words: &[&str]) -> Value {
    let ran = sandbox.run(&[&[command, "--format", "json"], words].concat());
    assert_eq!(ran.status, status, "{command} {words:?}: {}{}", ran.stdout, ran.stderr);
    let report = ran.json();
    judged(command, &report);
    every_key_counts(command, &report);
    report
}

/// Demands that no key of a report can be called otherwise.
fn every_key_counts(command: &str, report: &Value) {
    for path in keys(report, "") {
        let mut changed = report.clone();
        let (holder, key) = path.rsplit_once('/').expect("a key");
        let fields = changed.pointer_mut(holder).and_then(Value::as_object_mut).expect("a mapping");
        let value = fields.remove(&key.replace("~1", "/")).expect("a field");
        fields.insert("unheardOf".to_owned(), value);
        assert!(!judge(command).is_valid(&changed), "{command}: the schema takes another key than {path}");
    }
}

/// Keys that the users choose.
const FREE: [&str; 3] = ["/linkChanges", "/causes", "/users"];

/// Pointers to every key, but those that users choose.
fn keys(value: &Value, at: &str) -> Vec<String> {
    let below = |step: String, value: &Value| keys(value, &format!("{at}/{step}"));
    match value {
        Value::Object(fields) => {
            let own = |key: &str| format!("{at}/{}", key.replace('/', "~1"));
            let named = fields.keys().filter(|_| !FREE.iter().any(|free| at.ends_with(free))).map(|key| own(key));
            named.chain(fields.iter().flat_map(|(key, value)| below(key.replace('/', "~1"), value))).collect()
        }
        // One of each kind is enough: the others are made by the same code.
        Value::Array(items) => items.iter().take(3).enumerate().flat_map(|(n, value)| below(n.to_string(), value)).collect(),
        _ => Vec::new(),
    }
}

const GUIDE: &str = "guide-two-clusters.yaml";

#[test]
fn reports_of_lint_are_as_their_schema_says() {
    let sandbox = Sandbox::with_sample(GUIDE);
    let good = report(&sandbox, 0, "lint", &[]);
    assert_eq!((&good["findings"], &good["files"]), (&Value::from(Vec::<Value>::new()), &Value::from(vec!["mesh.yaml"])));
    let text = sandbox.read("mesh.yaml");
    sandbox.write("mesh.yaml", &text.replacen("id: 102", "id: 101", 1).replacen("serviceCIDRs", "serviceCIDR", 1));
    let bad = report(&sandbox, 1, "lint", &[]);
    let findings = bad["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|finding| !finding["related"].is_null()), "{bad:#}");
    assert!(findings.iter().all(|finding| finding["file"] == "mesh.yaml" && finding["help"].is_string()), "{bad:#}");
    assert!(!bad["notChecked"].as_array().expect("fields").is_empty(), "{bad:#}");
    // What is refused reports its findings alone.
    for verb in ["plan", "generate"] {
        let refused = sandbox.run(&[verb, "--format", "json"]);
        assert_eq!((refused.status, refused.json()["findings"].clone()), (1, bad["findings"].clone()));
        judged("lint", &refused.json());
    }
}

#[test]
fn reports_of_plan_and_generate_are_as_their_schema_says() {
    let sandbox = Sandbox::with_sample(GUIDE);
    let fresh = report(&sandbox, 0, "plan", &[]);
    assert_eq!((&fresh["pending"], &fresh["authorities"][0]["action"]), (&Value::from(true), &Value::from("create")));
    assert!(fresh["linkChanges"]["cluster1"]["added"].is_array() && fresh["waves"][1]["users"].is_object(), "{fresh:#}");
    let done = report(&sandbox, 0, "generate", &["--create-authorities"]);
    assert_eq!(done["done"]["written"], 6, "{done:#}");
    let kept = report(&sandbox, 0, "plan", &[]);
    assert_eq!((&kept["pending"], &kept["certificates"][0]["action"]), (&Value::from(false), &Value::from("keep")));
    sandbox.generate(&["--rekey"]);
    let idle = report(&sandbox, 0, "generate", &["--renew"]);
    assert!(idle["nothingDue"]["expires"].is_string() && idle["nothingDue"]["unit"].is_string(), "{idle:#}");

    let text = sandbox.read("mesh.yaml");
    sandbox.write("mesh.yaml", &text.replacen("clusters:", "links: []\nclusters:", 1));
    fs::remove_file(sandbox.path("out/bundles/cluster1/etcd/etcd1.tar.gz")).expect("removed");
    let refused = sandbox.run(&["plan", "--format", "json"]);
    assert_eq!(refused.status, 1, "{}", refused.stdout);
    judged("lint", &refused.json());
    let ended = report(&sandbox, 0, "plan", &["--remove", "cluster1/cluster2"]);
    assert!(ended["linkChanges"]["cluster1"]["removed"].is_array(), "{ended:#}");
    assert_eq!(ended["overdue"], Value::from(vec!["cluster1/etcd/etcd1"]), "{ended:#}");
}

/// CAs and a server that the owner has already, and a finding that they accept.
const PROVIDED: &str = r#"
version: 1
mesh: prod
cilium: { version: "1.18" }
accept:
- { code: CM0405, at: "clusters[tokyo].etcd", reason: their vault gives nothing out }
trust:
  authorities:
    corp: { certificate: files/ca.crt, key: files/ca.key }
    other: { certificate: files/other.crt }
clusters:
- name: paris
  id: 31
  etcd:
    endpoints: ["https://10.11.0.1:2379"]
    localClients: true
    members: [{ name: etcd1, addresses: [10.11.0.1] }]
- name: tokyo
  id: 32
  etcd:
    endpoints: ["https://etcd.example.net:2379"]
    authority: other
    clientSigner: corp
"#;

#[test]
fn reports_of_what_users_provide_and_accept_are_as_their_schema_says() {
    let sandbox = Sandbox::with_mesh(PROVIDED);
    files(&sandbox.path("files"));
    let lint = report(&sandbox, 0, "lint", &[]);
    assert_eq!(lint["findings"][0]["accepted"], "their vault gives nothing out", "{lint:#}");
    let plan = report(&sandbox, 0, "plan", &[]);
    let cas = plan["authorities"].as_array().expect("CAs").iter();
    let cas: Vec<_> = cas.map(|ca| [&ca["name"], &ca["action"], &ca["certificate"]].map(|value| value.as_str())).collect();
    let expected = [
        [Some("corp"), Some("provided"), Some("files/ca.crt")],
        [Some("mesh"), Some("create"), None],
        [Some("other"), Some("trust"), Some("files/other.crt")],
    ];
    assert_eq!(cas, expected, "{plan:#}");
}

#[test]
fn reports_of_verify_are_as_their_schema_says() {
    let sandbox = Sandbox::with_sample(GUIDE);
    sandbox.generate(&["--unpack"]);
    let good = report(&sandbox, 0, "verify", &[]);
    assert_eq!(good["files"], Value::from(vec!["out"]));
    let subjects = good["subjects"].as_array().expect("subjects");
    let member = subjects.iter().find(|subject| subject["member"] == "etcd1").expect("a member");
    assert_eq!(member["daysLeft"], 330, "{member:#}");
    let link = subjects.iter().find_map(|subject| subject["links"].get(0)).expect("a link");
    assert_eq!((&link["proven"], &link["daysLeft"]), (&Value::from("both"), &Value::from(330)), "{link:#}");

    let config = "out/unpacked/cluster1/nodes/node1/payload/mount/var/lib/clustermesh/cluster2";
    sandbox.write(config, &sandbox.read(config).replace("trusted-ca-file", "ca-file"));
    let bad = report(&sandbox, 1, "verify", &["out/unpacked/cluster1/nodes/node1", "out/unpacked/cluster2"]);
    assert_eq!(bad["files"].as_array().map(Vec::len), Some(2), "{bad:#}");
    assert!(bad["findings"].as_array().expect("findings").iter().any(|one| one["line"].is_u64()), "{bad:#}");
}

/// A node with two links, and where its configs are. No program listens on port 1.
pub(crate) fn failing_links() -> (Sandbox, &'static str) {
    let sandbox = Sandbox::with_sample(GUIDE);
    sandbox.generate(&["--unpack"]);
    let folder = "out/unpacked/cluster1/nodes/node1/payload/mount/var/lib/clustermesh";
    let config = sandbox.read(format!("{folder}/cluster2"));
    sandbox.write(&format!("{folder}/cluster2"), &config.replace("https://10.2.2.2:2379", "https://127.0.0.1:1"));
    sandbox.write(&format!("{folder}/broken"), "endpoints: [\"https://127.0.0.1:1\"]\nkey-file: /nowhere\n");
    (sandbox, folder)
}

/// Links that fail before and after anything is dialled, here without an etcd; tests/probe has every other kind.
#[test]
fn reports_of_probe_are_as_their_schema_says() {
    let (sandbox, folder) = failing_links();
    let failed = report(&sandbox, 1, "probe", &[folder]);
    let links = failed["links"].as_array().expect("links");
    let codes: Vec<_> = links.iter().map(|link| link["code"].as_str().unwrap_or_default()).collect();
    assert!(codes.contains(&"CM0802") && codes.len() == 2, "{failed:#}");
    let dialled = links.iter().find(|link| link["code"] == "CM0802").expect("a link");
    assert!(dialled["help"] == dialled["attempts"][0]["error"]["help"] && dialled["help"].is_string(), "{dialled:#}");
    // The count is of all findings, wherever they are.
    let lists = links.iter().map(|link| &link["findings"]).chain([&failed["findings"]]);
    let findings: Vec<&Value> = lists.flat_map(|list| list.as_array().expect("findings")).collect();
    let errors = findings.iter().filter(|finding| finding["severity"] == "error").count();
    assert!(errors >= 2 && failed["count"]["errors"] == errors, "{failed:#}");
    assert_eq!(failed["count"]["warnings"], findings.len() - errors, "{failed:#}");
}

/// Members that nobody is at; tests/probe has real ones.
#[test]
fn reports_of_probed_members_are_as_their_schema_says() {
    let sandbox = Sandbox::with_sample("loopback.yaml");
    sandbox.generate(&[]);
    let words = ["probe", "--members", "mesh.yaml", "--client-port", "1", "--peer-port", "1", "--format", "json"];
    let ran = sandbox.run(&words);
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    let failed = ran.json();
    judged("members", &failed);
    every_key_counts("members", &failed);
    let ports = failed["ports"].as_array().expect("ports");
    assert!(!ports.is_empty() && ports.iter().all(|port| port["code"] == "CM0802" && port["number"] == 1), "{failed:#}");

    // One more member, before it has a certificate.
    let first = "    - name: alpha1\n      addresses:\n      - 127.0.0.11\n";
    let second = first.replace("alpha1", "alpha2").replace(".11", ".12");
    sandbox.write("mesh.yaml", &sandbox.read("mesh.yaml").replacen(first, &[first, &second].concat(), 1));
    let more = sandbox.run(&words).json();
    judged("members", &more);
    assert_eq!(more["unissued"], Value::from(vec!["alpha/member/alpha2"]), "{more:#}");
    // Nothing was generated, or nothing can be tried.
    let nothing = Sandbox::with_sample("loopback.yaml").run(&words);
    assert_eq!((nothing.status, nothing.said("is not there") || nothing.said("makes it")), (3, true), "{}", nothing.stderr);
}

#[test]
fn reports_of_a_checked_state_are_as_their_schema_says() {
    let sandbox = Sandbox::with_sample(GUIDE);
    sandbox.generate(&[]);
    for (words, status) in [(&["state", "check", "--format", "json"][..], 0), (&["state", "check", "--format", "json"], 1)] {
        let ran = sandbox.run(words);
        assert_eq!(ran.status, status, "{}", ran.stderr);
        judged("stateCheck", &ran.json());
        every_key_counts("stateCheck", &ran.json());
        assert_eq!((&ran.json()["authorities"], &ran.json()["mesh"]), (&Value::from(1), &Value::from("guide")));
        fs::remove_dir_all(sandbox.path("state/issued")).expect("removed");
        fs::create_dir(sandbox.path("state/issued")).expect("a folder");
    }
}

/// One fact has one key, and a key is one fact: names that an earlier format had are in no report.
#[test]
fn no_key_of_format_1_is_left() {
    let schema = Sandbox::new().ok(&["schema", "report"]).stdout;
    for old in ["\"cure\"", "\"notAfter\"", "\"brought\"", "\"clusterId\""] {
        assert!(!schema.contains(old), "{old}");
    }
    assert!(!schema.contains("\"null\""), "what is not known has no key");
}

/// What the help of `schema` says: a schema that names one definition judges one command.
#[test]
fn one_definition_can_be_picked_from_a_file() {
    let sandbox = Sandbox::with_sample(GUIDE);
    let help = sandbox.ok(&["schema", "--help"]).stdout;
    let line = help.lines().find(|line| line.contains("$ref")).expect("how to pick one").trim().trim_start_matches('#').trim();
    let picked: Value = serde_json::from_str(line).expect("JSON");
    let whole = sandbox.ok(&["schema", "report"]).json();
    let registry = jsonschema::Registry::new().add("file:///report.schema.json", &whole).expect("a schema").prepare();
    let registry = registry.expect("a schema of draft 2020-12");
    let options = jsonschema::options().with_registry(&registry).with_base_uri("file:///plan.schema.json");
    let judge = options.build(&picked).expect("a schema of draft 2020-12");
    let [plan, lint] = ["plan", "lint"].map(|verb| judge.is_valid(&sandbox.ok(&[verb, "--format", "json"]).json()));
    assert_eq!((plan, lint), (true, false));
}
