//! Objects of Kubernetes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A Secret of `files`, as the API server has it.
pub(crate) fn secret<T: AsRef<[u8]>>(name: &str, files: &BTreeMap<String, T>) -> Value {
    let data: BTreeMap<&String, String> = files.iter().map(|(key, file)| (key, STANDARD.encode(file))).collect();
    json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "namespace": "kube-system" }, "data": data })
}

/// A `ConfigMap`, as the API server has it.
pub(crate) fn config_map(name: &str, key: &str, text: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "namespace": "kube-system" }, "data": { key: text } })
}

/// A list, as `kubectl get -o json` prints it.
pub(crate) fn list(items: impl IntoIterator<Item = Value>) -> String {
    json!({ "apiVersion": "v1", "kind": "List", "items": Vec::from_iter(items) }).to_string()
}

/// What `kubectl get secret,configmap` prints where the agents of an unpacked node's bundle, and the etcd of an unpacked member's, have their files
/// from Secrets.
pub(crate) fn secrets_of(node: &Path, member: &Path) -> String {
    let read = |folder: &Path, name: &str| fs::read_to_string(folder.join(name)).expect("a file");
    let directory = node.join("payload/mount/var/lib/clustermesh");
    let names = fs::read_dir(&directory).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.into_string().expect("text"));
    let mounted = |text: String| text.replace("/var/lib/clustermesh", "/var/lib/cilium/clustermesh");
    let clusters = names.map(|name| (name.clone(), mounted(read(&directory, &name)))).collect();
    let directory = member.join("payload/etc/etcd/clustermesh");
    let server = [("ca.crt", "client-ca.crt"), ("tls.crt", "server.crt"), ("tls.key", "server.key")];
    let server = server.map(|(key, file)| (key.to_owned(), read(&directory, file))).into();
    let config = config_map("cilium-config", "cluster-name", "cluster2");
    list([config, secret("cilium-clustermesh", &clusters), secret("clustermesh-apiserver-server-cert", &server)])
}
