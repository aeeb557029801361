//! Names that the bundle itself gives to its agents: `extra_hosts` of the compose override.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::files::BundleTree;

/// The names, in lower case.
pub(in crate::verify) fn known(bundle: &BundleTree) -> BTreeSet<String> {
    let services = bundle.compose().and_then(|file| file.get("services")?.as_object());
    let hosts = services.into_iter().flat_map(|services| services.values()).filter_map(|service| service.get("extra_hosts"));
    let names = hosts.flat_map(|hosts| match hosts {
        Value::Array(lines) => {
            lines.iter().filter_map(|line| line.as_str()?.split([':', '=']).next()).map(str::to_lowercase).collect()
        }
        Value::Object(map) => map.keys().map(|name| name.to_lowercase()).collect(),
        _ => Vec::new(),
    });
    names.collect()
}
