//! Receipts as targets print them, and their record.

use serde_json::{Value, json};

use crate::support::{Sandbox, tool};

/// Records receipts of all archives as they were written last, with what is `due` at members, and that operators have theirs.
pub(crate) fn record_all(sandbox: &Sandbox, counter: u64, due: &[&str]) {
    let archives = sandbox.tree("out/bundles").into_keys().filter_map(|path| path.strip_suffix(".tar.gz").map(str::to_owned));
    let receipt = |bundle: String| {
        let due = if bundle.contains("/etcd/") { due } else { &[] };
        receipt_line(&manifest(sandbox, &bundle), &unit(&bundle), counter, due)
    };
    sandbox.write("receipts.txt", &archives.map(receipt).collect::<Vec<_>>().join("\n"));
    record_by_hand(sandbox, "/operator", &["receipts.txt"]);
}

/// The same, and that the users of each etcd are as they were written last.
pub(crate) fn record_everything(sandbox: &Sandbox, counter: u64) {
    record_all(sandbox, counter, &[]);
    record_by_hand(sandbox, "/etcd", &[]);
}

/// Records `files`, and by hand the units whose bundles end so.
fn record_by_hand(sandbox: &Sandbox, ending: &str, files: &[&str]) {
    let inventory = inventory(sandbox);
    let bundles = inventory["bundles"].as_object().expect("bundles").keys().filter(|bundle| bundle.ends_with(ending));
    let units: Vec<String> = bundles.map(|bundle| bundle.replace("/etcd", "/users")).collect();
    let words = units.iter().flat_map(|unit| ["--by-hand", unit.as_str()]);
    let record = ["rollout", "record", "mesh.yaml"].into_iter().chain(files.iter().copied());
    sandbox.ok(&record.chain(words).collect::<Vec<_>>());
}

fn inventory(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.read("state/inventory.json")).expect("JSON")
}

/// The manifest in an archive, by its path below `bundles/` without the ending.
pub(crate) fn manifest(sandbox: &Sandbox, bundle: &str) -> Value {
    let archive = sandbox.path("out/bundles").join(format!("{bundle}.tar.gz"));
    let text = tool("tar", "tar", ["-xOzf", archive.to_str().expect("text"), "--wildcards", "*/manifest.json"]);
    serde_json::from_str(&text).expect("JSON")
}

/// What a manifest of the users of a cluster's etcd would have: the script has it in itself.
pub(crate) fn manifest_of_users(sandbox: &Sandbox, cluster: &str) -> Value {
    let inventory = inventory(sandbox);
    let record = &inventory["bundles"][format!("{cluster}/etcd")];
    let digest = record["content"].as_str().and_then(|content| content.get(..32)).expect("a digest");
    json!({ "mesh": inventory["mesh"], "state": inventory["id"], "generation": record["generation"], "digest": digest })
}

/// The unit of a bundle, by its path below `bundles/`.
pub(crate) fn unit(bundle: &str) -> String {
    bundle.replace("/nodes/", "/node/").replace("/etcd/", "/member/")
}

/// The receipt of a bundle with this manifest, as `install.sh` prints it.
pub(crate) fn receipt_line(manifest: &Value, unit: &str, counter: u64, due: &[&str]) -> String {
    let Value::Object(manifest) = manifest else { panic!("a manifest: {manifest}") };
    let [mesh, state, generation, digest] = ["mesh", "state", "generation", "digest"].map(|field| &manifest[field]);
    let due = serde_json::json!(due);
    let branch = manifest.get("branch").map(|branch| format!(r#""branch":{branch},"#)).unwrap_or_default();
    format!(
        r#"{{"receipt":1,"mesh":{mesh},"state":{state},{branch}"unit":"{unit}","generation":{generation},"digest":{digest},"counter":{counter},"due":{due}}}"#
    )
}
