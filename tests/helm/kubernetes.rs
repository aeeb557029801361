//! A Kubernetes cluster as far as it keeps objects, and prints them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::support::tool;

/// Its objects, by name.
#[derive(Default)]
pub(crate) struct Kubernetes {
    objects: BTreeMap<String, Value>,
    version: u64,
}

impl Kubernetes {
    /// Applies what these files hold.
    pub(crate) fn apply(&mut self, files: &[PathBuf]) {
        for mut object in read(files) {
            self.version += 1;
            object["metadata"]["resourceVersion"] = json!(self.version.to_string());
            object["metadata"]["creationTimestamp"] = json!("2026-11-29T10:00:00Z");
            self.objects.insert(object["metadata"]["name"].as_str().expect("a name").to_owned(), object);
        }
    }

    pub(crate) fn delete(&mut self, name: &str) {
        self.objects.remove(name).expect("an object of this name");
    }

    /// What `kubectl get secret,configmap -o json` prints, with an object of others: YAML that any reader takes.
    pub(crate) fn get(&self) -> String {
        let foreign =
            json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "cilium-ca", "resourceVersion": "7" } });
        let items: Vec<&Value> = self.objects.values().chain([&foreign]).collect();
        let list = json!({ "apiVersion": "v1", "items": items, "kind": "List", "metadata": { "resourceVersion": "" } });
        serde_json::to_string_pretty(&list).expect("JSON")
    }

    /// The keys of an object with their values as text.
    pub(crate) fn data(&self, name: &str) -> BTreeMap<String, String> {
        data(self.objects.get(name).unwrap_or_else(|| panic!("no object {name}")))
    }

    /// Fills `folder` with the files of a Secret, as the kubelet mounts it.
    pub(crate) fn mount(&self, name: &str, folder: &Path) {
        fs::create_dir_all(folder).expect("a folder");
        for (key, value) in self.data(name) {
            let path = folder.join(key);
            fs::write(&path, value).expect("written");
            // `defaultMode: 0400` in the chart.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("a mode");
        }
    }
}

/// The objects in manifests, by Python's reader of YAML 1.1. Debian's ansible-core brings it.
pub(crate) fn read(files: &[PathBuf]) -> Vec<Value> {
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/helm/kubectl.py");
    let arguments = [reader].into_iter().chain(files.iter().cloned());
    serde_json::from_str(&tool("/usr/bin/python3", "python3-yaml", arguments)).expect("JSON")
}

fn data(object: &Value) -> BTreeMap<String, String> {
    let is_secret = object["kind"] == "Secret";
    let value = |value: &Value| {
        let value = value.as_str().expect("text");
        if !is_secret {
            return value.to_owned();
        }
        String::from_utf8(BASE64_STANDARD.decode(value).expect("base64")).expect("text")
    };
    object["data"].as_object().expect("data").iter().map(|(key, text)| (key.clone(), value(text))).collect()
}
