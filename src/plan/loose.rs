//! The files that are shipped loose, not in an archive: those of an operator's folder, of a Helm cluster's, and of an etcd's.
//!
//! Their names are known before anything is rendered, so that a plan can say which files will go; and those that this or an
//! earlier run may have written are known without a plan, so that no other file is ever taken for one of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::values::{ReleaseValues, ValuesForm};

use super::bundle_id::{BundleId, BundleKind, NotABundle};
use super::cluster::ClusterPlan;

const OPERATOR: [&str; 3] = ["operator.env", "operator.args", "cilium-config.patch.yaml"];
/// With `localClients`.
const OPERATOR_CREDENTIAL: [&str; 4] = ["etcd-client-ca.crt", "etcd-client.crt", "etcd-client.key", "etcd.config"];
/// Makes users and roles in an etcd.
pub const ETCD_SCRIPT: &str = "etcd-auth.sh";
const ETCD: [&str; 1] = [ETCD_SCRIPT];
/// Once something was revoked.
pub const REVOCATION_LIST: &str = "revoked.crl";
/// With `localClients`.
const ETCD_ADMINISTRATOR: [&str; 3] = ["server-ca.crt", "root.key", "root.crt"];
/// Of a Helm cluster.
const HELM: [&str; 2] = ["kustomization.yaml", "NOTES.md"];
/// Values for the chart: those that the links need, or merged into those that the release has.
pub const HELM_VALUES: &str = "values.yaml";
/// The same where the release has a `HelmChartConfig`.
pub const HELM_CHART_CONFIG: &str = "helmchartconfig.yaml";
/// What the merge changes.
pub const HELM_DIFF: &str = "values.diff";
/// What agents read.
pub const AGENTS_SECRET: &str = "secrets/cilium-clustermesh.yaml";
/// What KVStoreMesh reads.
pub const KVSTOREMESH_SECRET: &str = "secrets/cilium-kvstoremesh.yaml";
/// The certificates of its etcd and of the clients in its own cluster, where the chart does not make them.
pub const APISERVER_SECRETS: [&str; 4] = [
    "secrets/clustermesh-apiserver-admin-cert.yaml",
    "secrets/clustermesh-apiserver-local-cert.yaml",
    "secrets/clustermesh-apiserver-remote-cert.yaml",
    SERVER_SECRET,
];
/// That of the etcd alone.
pub const SERVER_SECRET: &str = "secrets/clustermesh-apiserver-server-cert.yaml";
/// The users of its etcd, where the chart does not list them.
pub const HELM_USERS: &str = "clustermesh-remote-users.yaml";

/// For a store: each Secret, what goes into the store, and the object that makes the Secret of it.
const STORED_SECRETS: [(&str, &str, &str); 6] = [
    (AGENTS_SECRET, "secrets/cilium-clustermesh.json", "cilium-clustermesh.yaml"),
    (KVSTOREMESH_SECRET, "secrets/cilium-kvstoremesh.json", "cilium-kvstoremesh.yaml"),
    (APISERVER_SECRETS[0], "secrets/clustermesh-apiserver-admin-cert.json", "clustermesh-apiserver-admin-cert.yaml"),
    (APISERVER_SECRETS[1], "secrets/clustermesh-apiserver-local-cert.json", "clustermesh-apiserver-local-cert.yaml"),
    (APISERVER_SECRETS[2], "secrets/clustermesh-apiserver-remote-cert.json", "clustermesh-apiserver-remote-cert.yaml"),
    (SERVER_SECRET, "secrets/clustermesh-apiserver-server-cert.json", "clustermesh-apiserver-server-cert.yaml"),
];

/// What goes into a store for the Secret `path`, and the object that makes the Secret of it.
pub fn stored_secret(path: &str) -> Option<(&'static str, &'static str)> {
    STORED_SECRETS.into_iter().find(|(secret, ..)| *secret == path).map(|(_, stored, object)| (stored, object))
}

/// The name of the object in the file `path` of a Helm cluster.
pub fn object_name(path: &str) -> &str {
    path.trim_start_matches("secrets/").trim_end_matches(".yaml")
}

/// A loose file. Messages and records write it as its path below `bundles/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LooseFile {
    /// The bundle that it belongs to.
    pub bundle: BundleId,
    /// Its name in there.
    pub name: String,
}

impl fmt::Display for LooseFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bundle, self.name)
    }
}

impl FromStr for LooseFile {
    type Err = NotABundle;

    fn from_str(path: &str) -> Result<Self, NotABundle> {
        // Every bundle with loose files is a folder in that of its cluster, and some have folders.
        let end = path.match_indices('/').nth(1).map_or(path.len(), |(at, _)| at);
        let (bundle, name) = path.split_at(end);
        Ok(Self { bundle: bundle.parse()?, name: name.strip_prefix('/').unwrap_or_default().to_owned() })
    }
}

impl TryFrom<String> for LooseFile {
    type Error = NotABundle;

    fn try_from(path: String) -> Result<Self, NotABundle> {
        path.parse()
    }
}

impl From<LooseFile> for String {
    fn from(file: LooseFile) -> Self {
        file.to_string()
    }
}

/// Every loose file that `bundle` may have had; none where it is an archive.
pub fn loose_names(bundle: &BundleId) -> Vec<&'static str> {
    match bundle.kind() {
        BundleKind::Operator => [&OPERATOR[..], &OPERATOR_CREDENTIAL].concat(),
        BundleKind::Etcd => [&ETCD[..], &[REVOCATION_LIST], &ETCD_ADMINISTRATOR].concat(),
        BundleKind::Helm => {
            let of_values = [HELM_VALUES, HELM_CHART_CONFIG, HELM_DIFF];
            let of_stores = STORED_SECRETS.into_iter().flat_map(|(_, stored, object)| [stored, object]).collect::<Vec<_>>();
            [&HELM[..], &of_values, &of_stores, &[AGENTS_SECRET, KVSTOREMESH_SECRET, HELM_USERS], &APISERVER_SECRETS].concat()
        }
        BundleKind::Member(_) | BundleKind::Node(_) => Vec::new(),
    }
}

impl ClusterPlan {
    /// The loose files that it will have.
    pub fn loose_files(&self) -> Vec<LooseFile> {
        let own = self.own.as_ref();
        let emits = !self.operator_options.is_empty();
        let operators = OPERATOR.iter().filter(|_| emits);
        let credential = OPERATOR_CREDENTIAL.iter().filter(|_| emits && own.is_some_and(|own| own.agent.is_some()));
        let script = ETCD.iter().filter(|_| self.authorisation.is_some());
        let list = self.authorisation.as_ref().is_some_and(|rights| rights.has_list).then_some(&REVOCATION_LIST);
        let administrator = self.authorisation.as_ref().is_some_and(|rights| own.is_some() && rights.administrator.is_some());
        let administrators = ETCD_ADMINISTRATOR.iter().filter(|_| administrator);
        let of = |bundle: BundleId| move |name: &&str| LooseFile { bundle: bundle.clone(), name: (*name).to_owned() };
        let of_operator = operators.chain(credential).map(of(self.operator_bundle()));
        let objects = self.helm_objects();
        let values = self.helm_values_files();
        let is_stored = self.has_stored_secrets();
        let stored: Vec<&str> = objects.iter().filter(|_| is_stored).filter_map(|path| Some(stored_secret(path)?.0)).collect();
        let files = self.helm_object_files();
        let all = HELM.iter().filter(|_| !objects.is_empty()).chain(&values).chain(&stored).chain(&files);
        let of_helm = all.map(of(self.helm_bundle()));
        of_operator.chain(of_helm).chain(script.chain(list).chain(administrators).map(of(self.etcd_bundle()))).collect()
    }

    /// The file with values of a Helm cluster, and what it changes, if that is known; none where Helm does not run the cluster.
    pub fn helm_values_files(&self) -> Vec<&'static str> {
        if self.runtime.helm().is_none() {
            return Vec::new();
        }
        match self.release_values.as_ref().map(ReleaseValues::form) {
            None => vec![HELM_VALUES],
            Some(ValuesForm::Values) => vec![HELM_VALUES, HELM_DIFF],
            Some(ValuesForm::HelmChartConfig) => vec![HELM_CHART_CONFIG, HELM_DIFF],
        }
    }

    /// The files with objects for Kubernetes: those of [`ClusterPlan::helm_objects`], or objects that make their Secrets of a store.
    pub fn helm_object_files(&self) -> Vec<&'static str> {
        let is_stored = self.has_stored_secrets();
        let file = |path: &'static str| if is_stored { stored_secret(path).map_or(path, |(_, object)| object) } else { path };
        self.helm_objects().into_iter().map(file).collect()
    }

    /// Whether its Secrets come from a store.
    fn has_stored_secrets(&self) -> bool {
        self.runtime.helm().is_some_and(|release| release.store().is_some())
    }

    /// The objects that its cluster has in the end, as files, in the order of their paths; none where Helm does not run the cluster.
    pub fn helm_objects(&self) -> Vec<&'static str> {
        let Some(release) = self.runtime.helm() else { return Vec::new() };
        let users = release.lists_users(self.version).then_some(HELM_USERS);
        let kvstoremesh = release.kvstoremesh.value().then_some(KVSTOREMESH_SECRET);
        let certificates = APISERVER_SECRETS.into_iter().filter(|_| release.has_provided_certificates());
        users.into_iter().chain([AGENTS_SECRET]).chain(kvstoremesh).chain(certificates).collect()
    }
}
