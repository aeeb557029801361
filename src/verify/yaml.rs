//! YAML of compose files to values, of a size that projects have: aliases of a hostile file would take all memory.

use serde_json::Value;

use crate::mesh::tree;

/// Values of one file, aliases counted each time. The override has less than 100.
const MAX_VALUES: usize = 20_000;

/// The one document in `bytes`, if it can be read.
pub(super) fn value(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    tree::parse(text, MAX_VALUES).ok()?;
    serde_yaml::from_str(text).ok()
}
