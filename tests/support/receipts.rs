//! Receipts as targets print them.

use serde_json::Value;

/// The receipt of a bundle with this manifest, as `install.sh` prints it.
pub(crate) fn receipt_line(manifest: &Value, unit: &str, counter: u64, due: &[&str]) -> String {
    let Value::Object(manifest) = manifest else { panic!("a manifest: {manifest}") };
    let [mesh, state, generation, digest] = ["mesh", "state", "generation", "digest"].map(|field| &manifest[field]);
    let due = serde_json::json!(due);
    format!(
        r#"{{"receipt":1,"mesh":{mesh},"state":{state},"unit":"{unit}","generation":{generation},"digest":{digest},"counter":{counter},"due":{due}}}"#
    )
}
