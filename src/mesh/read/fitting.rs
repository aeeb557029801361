//! What a cluster takes of `defaults`. A default is for the clusters that can take it: only a value of the cluster's own is an error where
//! it has no effect.

use super::super::runtime::Runtime;
use super::super::tree::{Value, YamlNode};
use super::super::version::CiliumVersion;
use super::reader::{field, items};
use crate::diag::FieldPath;

/// A cluster with its defaults merged in, without those that it cannot take. `own` is the cluster as it is written.
pub(super) fn fitting(merged: &YamlNode, own: &YamlNode, runtime: &Runtime, version: CiliumVersion) -> YamlNode {
    let is_helm = runtime.helm().is_some();
    let mut fitting = without(merged, own, if is_helm { &["configDir"] } else { &[] });
    let Value::Map(entries) = &mut fitting.value else { return fitting };
    if let Some(etcd) = entries.iter_mut().find(|entry| entry.key == "etcd") {
        let nothing = YamlNode { span: 0..0, value: Value::Null };
        let own = field(own, "etcd").unwrap_or(&nothing);
        etcd.value = without(&etcd.value, own, &unfit(runtime, version));
        if items(&etcd.value, "members", &FieldPath::root()).is_empty() {
            etcd.value = without(&etcd.value, own, &["peers"]);
        }
    }
    fitting
}

/// The fields of an etcd that a cluster of this runtime takes from no default.
fn unfit(runtime: &Runtime, version: CiliumVersion) -> Vec<&'static str> {
    match runtime {
        Runtime::Compose { .. } | Runtime::Systemd { .. } => Vec::new(),
        Runtime::External => vec!["localClients", "announce"],
        Runtime::Helm(release) => {
            let mut fields = vec!["localClients", "announce", "members"];
            // The chart's users have the names that it gives them.
            if !release.lists_users(version) {
                fields.push("clientName");
            }
            fields
        }
    }
}

/// A mapping without the fields among `names` that `own` does not set.
fn without(merged: &YamlNode, own: &YamlNode, names: &[&str]) -> YamlNode {
    let Value::Map(entries) = &merged.value else { return merged.clone() };
    let stays = |key: &str| !names.contains(&key) || field(own, key).is_some();
    let entries = entries.iter().filter(|entry| stays(&entry.key)).cloned().collect();
    YamlNode { span: merged.span.clone(), value: Value::Map(entries) }
}
