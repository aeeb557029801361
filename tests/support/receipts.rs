//! Receipts as targets print them, and their record.

use serde_json::Value;

use crate::support::{Sandbox, tool};

/// Records receipts of all archives as they were written last, with what is `due` at members, and that operators have theirs.
pub(crate) fn record_all(sandbox: &Sandbox, counter: u64, due: &[&str]) {
    let archives = sandbox.tree("out/bundles").into_keys().filter_map(|path| path.strip_suffix(".tar.gz").map(str::to_owned));
    let receipt = |bundle: String| {
        let archive = sandbox.path("out/bundles").join(format!("{bundle}.tar.gz"));
        let manifest = tool("tar", "tar", ["-xOzf", archive.to_str().expect("text"), "--wildcards", "*/manifest.json"]);
        let due = if bundle.contains("/etcd/") { due } else { &[] };
        receipt_line(&serde_json::from_str(&manifest).expect("JSON"), &unit(&bundle), counter, due)
    };
    sandbox.write("receipts.txt", &archives.map(receipt).collect::<Vec<_>>().join("\n"));
    let inventory: Value = serde_json::from_str(&sandbox.read("state/inventory.json")).expect("JSON");
    let bundles = inventory["bundles"].as_object().expect("bundles");
    let operators = bundles.keys().filter(|bundle| bundle.ends_with("/operator"));
    let by_hand: Vec<&str> = operators.flat_map(|operator| ["--by-hand", operator.as_str()]).collect();
    sandbox.ok(&[&["rollout", "record", "mesh.yaml", "receipts.txt"][..], &by_hand].concat());
}

/// The same, and that the users of each etcd are as they were written last.
pub(crate) fn record_everything(sandbox: &Sandbox, counter: u64) {
    record_all(sandbox, counter, &[]);
    let inventory: Value = serde_json::from_str(&sandbox.read("state/inventory.json")).expect("JSON");
    let scripts = inventory["bundles"].as_object().expect("bundles").keys().filter(|bundle| bundle.ends_with("/etcd"));
    let scripts: Vec<String> = scripts.map(|bundle| bundle.replace("/etcd", "/users")).collect();
    let words = scripts.iter().flat_map(|script| ["--by-hand", script]);
    sandbox.ok(&["rollout", "record", "mesh.yaml"].into_iter().chain(words).collect::<Vec<_>>());
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
    format!(
        r#"{{"receipt":1,"mesh":{mesh},"state":{state},"unit":"{unit}","generation":{generation},"digest":{digest},"counter":{counter},"due":{due}}}"#
    )
}
