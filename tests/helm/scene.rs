//! A cluster of machines, and one that Helm runs.

use std::path::PathBuf;

use serde_json::Value;

use crate::helm::kubernetes::{Kubernetes, read};
use crate::support::files::files;
use crate::support::reports::judged;
use crate::support::{Ran, Sandbox, tool};

/// `oslo` and `cairo` read each other. `corp` is the CA of cairo's chart.
pub(crate) fn mesh(version: &str, runtime: &str, etcd: &str) -> String {
    format!(
        r#"version: 1
mesh: mixed
cilium: {{ version: "{version}" }}
trust:
  authorities:
    corp: {{ certificate: files/corp.crt }}
clusters:
- name: oslo
  id: 61
  runtime: systemd
  nodes: [n1]
  etcd:
    endpoints: [https://10.61.0.1:2379]
    localClients: true
    members: [{{ name: etcd1, addresses: [10.61.0.1] }}]
- name: cairo
  id: 63
  runtime: {{ kind: helm{runtime} }}
  etcd: {{ authority: corp, clientSigner: mesh{etcd} }}
"#
    )
}

/// What `lint` finds that is an error: codes, places and helps.
pub(crate) fn errors(text: &str) -> Vec<[String; 3]> {
    let sandbox = Sandbox::with_mesh(text);
    files(&sandbox.path("files"));
    let report = sandbox.run(&["lint", "mesh.yaml", "--format", "json"]).json();
    let findings = report["findings"].as_array().unwrap_or_else(|| panic!("{report}")).iter();
    let errors = findings.filter(|finding| finding["severity"] == "error");
    errors.map(|error| ["code", "path", "help"].map(|key| error[key].as_str().unwrap_or_default().to_owned())).collect()
}

/// The usual way to cairo.
pub(crate) const NODE_PORT: &str = r#", endpoints: ["https://10.63.0.1:32379"]"#;

/// A mesh of these two that was generated.
pub(crate) struct Mixed {
    pub(crate) sandbox: Sandbox,
}

/// The manifests of `cairo`.
fn manifests(sandbox: &Sandbox) -> Vec<PathBuf> {
    let tree = sandbox.tree("out/bundles/cairo/helm");
    let is_manifest = |path: &String| path.starts_with("secrets/") || path.ends_with("-users.yaml");
    tree.into_keys().filter(is_manifest).map(|path| sandbox.path("out/bundles/cairo/helm").join(path)).collect()
}

/// A cluster that has what was written.
pub(crate) fn applied(sandbox: &Sandbox) -> Kubernetes {
    let mut kubernetes = Kubernetes::default();
    kubernetes.apply(&manifests(sandbox));
    kubernetes
}

impl Mixed {
    pub(crate) fn new(mesh: &str) -> Self {
        Self::of_release(mesh, "")
    }

    /// The same with the values of the release in `release.yaml`.
    pub(crate) fn of_release(mesh: &str, values: &str) -> Self {
        let sandbox = Sandbox::with_mesh(mesh);
        files(&sandbox.path("files"));
        sandbox.write("release.yaml", values);
        sandbox.ok(&["generate", "mesh.yaml", "--create-authorities"]);
        Self { sandbox }
    }

    pub(crate) fn change(&self, mesh: &str) -> Ran {
        self.sandbox.write("mesh.yaml", mesh);
        self.sandbox.ok(&["generate", "mesh.yaml"])
    }

    /// The manifests of `cairo`.
    pub(crate) fn manifests(&self) -> Vec<PathBuf> {
        manifests(&self.sandbox)
    }

    /// A cluster that has what was written.
    pub(crate) fn applied(&self) -> Kubernetes {
        applied(&self.sandbox)
    }

    /// The names of what was written.
    pub(crate) fn objects(&self) -> Vec<String> {
        let objects = read(&self.manifests());
        objects.iter().map(|object| object["metadata"]["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// The values, as Helm reads them.
    pub(crate) fn values(&self) -> Value {
        let path = self.sandbox.path("out/bundles/cairo/helm/values.yaml");
        let program = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
        let arguments = ["-c", program, path.to_str().expect("text")];
        serde_json::from_str(&tool("/usr/bin/python3", "python3-yaml", arguments)).expect("JSON")
    }

    /// Records a stream. Returns the report.
    pub(crate) fn record(&self, stream: &str) -> Value {
        self.sandbox.write("stream.txt", stream);
        let report = self.sandbox.run(&["rollout", "record", "mesh.yaml", "stream.txt", "--format", "json"]).json();
        judged("record", &report);
        report
    }

    /// What `rollout status` says of `cairo/helm`.
    pub(crate) fn status(&self) -> Value {
        let status = self.sandbox.ok(&["rollout", "status", "--format", "json"]).json();
        judged("status", &status);
        status["units"].as_array().expect("units").iter().find(|one| one["unit"] == "cairo/helm").expect("it").clone()
    }

    /// What a wave ships of cairo.
    pub(crate) fn shipped(&self, wave: &str) -> Vec<String> {
        let index: Value = serde_json::from_str(&self.sandbox.read("out/index.json")).expect("JSON");
        let waves = index["waves"].as_array().expect("waves");
        let ship = waves.iter().filter(|one| one["wave"] == wave).flat_map(|one| one["ship"].as_array().into_iter().flatten());
        ship.filter_map(Value::as_str).filter(|path| path.starts_with("cairo/")).map(str::to_owned).collect()
    }
}
