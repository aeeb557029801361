//! A mesh whose bundles are installed by their own installer, and whose receipts are recorded.

use serde_json::Value;

use crate::installer::mesh::MESH;
use crate::installer::node::{Node, in_each_shell};
use crate::support::Ran;
use crate::support::reports::judged;

/// Plays `test` with each shell.
pub(crate) fn with_installers(test: impl Fn(&Node)) {
    in_each_shell(MESH, test);
}

/// All that `install.sh` of node `a/nodes/n1` printed.
pub(crate) fn installed(node: &Node, more: &[&str]) -> String {
    let ran = node.install("a/nodes/n1", more);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran.stdout + &ran.stderr
}

/// `rollout record` of a file with `text`.
pub(crate) fn record(node: &Node, text: &str, more: &[&str]) -> Ran {
    node.sandbox.write("receipts.txt", text);
    node.sandbox.run(&[&["rollout", "record", "mesh.yaml", "receipts.txt"], more].concat())
}

/// What it reports: recorded, known, refused, passed over.
pub(crate) fn counts(node: &Node, text: &str) -> [u64; 4] {
    let report = record(node, text, &["--format", "json"]).json();
    judged("record", &report);
    ["recorded", "known", "refused", "passedOver"].map(|key| report[key].as_u64().expect("a number"))
}

/// What `rollout status` says of a unit.
pub(crate) fn status(node: &Node, unit: &str) -> Value {
    let report = node.sandbox.ok(&["rollout", "status", "--format", "json"]).json();
    judged("status", &report);
    let units = report["units"].as_array().expect("units");
    units.iter().find(|view| view["unit"] == unit).unwrap_or(&Value::Null).clone()
}
