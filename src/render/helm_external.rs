//! A Secret that External Secrets makes of a store: what goes into the store, and the object that asks for it.
//!
//! The path in the store ends with the generation. So the Secret in the cluster, and the annotation that says which generation it is, change
//! together, and not before the store has the new one.

use crate::mesh::SecretStore;
use crate::wiped::Wiped;

use super::helm_objects::Head;

/// Keys and values as one JSON object, which stores take as a secret with fields.
pub(super) fn for_store(mut entries: Vec<(String, Wiped)>) -> Wiped {
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    // The full capacity at once: a vector that grows leaves copies behind. An escape has two bytes, as for ends of lines.
    let length: usize = entries.iter().map(|(key, value)| key.len() + value.len() * 2 + "  \"\": \"\",\n".len()).sum();
    let mut text = Wiped::from(Vec::with_capacity(length + "{\n}\n".len()));
    text.push(b'{');
    for (number, (key, value)) in entries.iter().enumerate() {
        text.extend_from_slice(if number == 0 { b"\n  \"" } else { b",\n  \"" });
        text.extend_from_slice(key.as_bytes());
        text.extend_from_slice(b"\": \"");
        for byte in value.iter() {
            match byte {
                b'\n' => text.extend_from_slice(b"\\n"),
                b'"' | b'\\' => text.extend_from_slice(&[b'\\', *byte]),
                byte => text.push(*byte),
            }
        }
        text.push(b'"');
    }
    text.extend_from_slice(b"\n}\n");
    text
}

/// The object (`ExternalSecret` in apis/externalsecrets/v1 of external-secrets/external-secrets).
pub(super) fn external_secret(head: &Head<'_>, name: &str, kind: &str, store: &SecretStore, generation: u64) -> String {
    let SecretStore { name: store_name, kind: store_kind, path } = store;
    let labels = head.labels();
    let (annotations, namespace, cluster) = (head.annotations(), head.namespace, head.cluster);
    let indented = |text: &str| text.lines().map(|line| format!("      {line}\n")).collect::<String>();
    format!(
        "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: {name:?}\n  namespace: {namespace:?}\n{labels}\
         spec:\n  refreshInterval: \"1h0m0s\"\n  secretStoreRef:\n    name: {store_name:?}\n    kind: {store_kind:?}\n  target:\n    \
         name: {name:?}\n    # The Secret stays if this object goes: agents would drop every remote cluster.\n    creationPolicy: Orphan\n    \
         deletionPolicy: Retain\n    template:\n      type: {kind}\n      metadata:\n{}{}  dataFrom:\n  - extract:\n      \
         key: \"{path}/{cluster}/{name}/{generation}\"\n",
        indented(&labels),
        indented(&annotations)
    )
}
