//! Objects of Kubernetes as text. Every key and every text is in double quotes: a cluster may be called `no`, `010` or `1e3`, which YAML 1.1
//! reads as something else. Values of Secrets are base64 on one line, so that the same bytes come out of the same input, and so that no
//! tool has to guess where they end.

use crate::mesh::BUNDLE_ANNOTATION;
use crate::wiped::Wiped;

/// What all objects of a bundle have in common.
pub(super) struct Head<'a> {
    /// Where the pods are.
    pub(super) namespace: &'a str,
    /// Whose they are.
    pub(super) cluster: &'a str,
    /// The annotation that says what they are, as JSON.
    pub(super) bundle: String,
}

/// `helm.sh/resource-policy`: Helm deletes what it once wrote and no longer does, and looks at the object in the cluster for this word
/// (pkg/kube/client.go of Helm). A release that has written these Secrets itself would take ours along when it stops.
const KEEP: &str = "    \"helm.sh/resource-policy\": \"keep\"\n";

impl Head<'_> {
    fn text(&self, kind: &str, name: &str) -> String {
        let Self { namespace, .. } = self;
        let head = format!("---\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name:?}\n  namespace: {namespace:?}\n");
        head + &self.labels() + &self.annotations()
    }

    /// The labels, as a part of `metadata`.
    pub(super) fn labels(&self) -> String {
        let cluster = self.cluster;
        format!("  labels:\n    \"app.kubernetes.io/managed-by\": \"meshbundle\"\n    \"meshbundle/cluster\": {cluster:?}\n")
    }

    /// The annotations, as a part of `metadata`.
    pub(super) fn annotations(&self) -> String {
        format!("  annotations:\n{KEEP}    \"{BUNDLE_ANNOTATION}\": {:?}\n", self.bundle)
    }
}

/// A Secret of this type. `entries` are keys with base64.
pub(super) fn secret(head: &Head<'_>, name: &str, kind: &str, entries: &[(String, Wiped)]) -> Wiped {
    let head = format!("{}type: {kind}\n", head.text("Secret", name));
    let length: usize = entries.iter().map(|(key, value)| key.len() + value.len() + "  \"\": \"\"\n".len()).sum();
    // The full capacity at once: a vector that grows leaves copies behind.
    let mut text = Wiped::from(Vec::with_capacity(head.len() + "data: {}\n".len() + length));
    text.extend_from_slice(head.as_bytes());
    text.extend_from_slice(if entries.is_empty() { b"data: {}\n" } else { b"data:\n" });
    for (key, value) in entries {
        for part in [b"  \"", key.as_bytes(), b"\": \"", value, b"\"\n"] {
            text.extend_from_slice(part);
        }
    }
    text
}

/// A `ConfigMap` with one key, whose value is text.
pub(super) fn config_map(head: &Head<'_>, name: &str, key: &str, value: &str) -> String {
    let lines: String = value.lines().map(|line| format!("    {line}\n")).collect();
    format!("{}data:\n  {key:?}: |\n{lines}", head.text("ConfigMap", name))
}
