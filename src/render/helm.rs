//! What a cluster gets that Cilium's Helm chart runs: Secrets for its pods, the users of its etcd, values for the chart, and notes on
//! the order.
//!
//! The Secrets are those that the chart mounts and does not write without `clustermesh.config.enabled` (`cilium-clustermesh` and
//! `cilium-kvstoremesh` in templates/clustermesh-config of the chart). Keys of certificates are in them, and never in values: those are in
//! the release, in `HelmChartConfig` objects, and in git.

use zeroize::Zeroizing;

use crate::mesh::{ChartFeature, HelmRelease};
use crate::pem::encode_base64;
use crate::plan::{AGENTS_SECRET, ANY, ClientPlan, ClusterPlan, HELM_USERS, Inventory, KVSTOREMESH_SECRET, LinkPlan, NodePlan};

use super::helm_objects::{Head, config_map, secret};
use super::helm_values;
use super::material::{CredentialPem, Material};
use super::templates::{HelmNotes, Templates};
use super::{File, RenderError, manifest, peer};

/// Where the pods of the chart have the files of these Secrets, and of the chart's own.
const FOLDER: &str = "/var/lib/cilium/clustermesh";

/// One key of a Secret, and its value.
type Entry = (String, Zeroizing<Vec<u8>>);

/// The files of a Helm cluster's folder; none for other clusters.
///
/// # Errors
/// If the plan and the material do not fit together.
pub fn helm_files(
    inventory: &Inventory,
    cluster: &ClusterPlan,
    material: &dyn Material,
    templates: &Templates,
) -> Result<Vec<File>, RenderError> {
    let Some((release, node)) = cluster.runtime.helm().zip(cluster.nodes.first()) else { return Ok(Vec::new()) };
    let mut objects = vec![AGENTS_SECRET];
    let mut remotes = Vec::new();
    for link in &cluster.links {
        remotes.extend(remote(cluster, node, link, material)?);
    }
    if release.kvstoremesh.value() {
        objects.push(KVSTOREMESH_SECRET);
    }
    if release.lists_users(cluster.version) {
        objects.push(HELM_USERS);
    }
    objects.sort_unstable();
    let head = Head {
        namespace: &release.namespace,
        cluster: cluster.name.as_str(),
        bundle: manifest::annotation(inventory, &cluster.helm_bundle(), objects.len())?,
    };
    let (agents, kvstoremesh) =
        if release.kvstoremesh.value() { (cached(cluster, release), Some(remotes)) } else { (remotes, None) };
    let mut files = vec![File::secret(AGENTS_SECRET, &secret(&head, "cilium-clustermesh", &encoded(agents)))];
    files.extend(
        kvstoremesh.map(|remotes| File::secret(KVSTOREMESH_SECRET, &secret(&head, "cilium-kvstoremesh", &encoded(remotes)))),
    );
    if release.lists_users(cluster.version) {
        let users = users(cluster);
        files.push(File::public(HELM_USERS, config_map(&head, "clustermesh-remote-users", "users.yaml", &users).into_bytes()));
    }
    let values = helm_values::values(cluster, release, material)?;
    files.push(File::public("values.yaml", values.into_bytes()));
    files.push(File::public("kustomization.yaml", kustomization(&release.namespace, &objects).into_bytes()));
    let notes = templates.helm_notes(&HelmNotes::new(cluster, release, &objects))?;
    files.push(File::public("NOTES.md", notes.into_bytes()));
    Ok(files)
}

/// What the pods that read a remote cluster need of it: as in the clustermesh directory of a node.
fn remote(cluster: &ClusterPlan, node: &NodePlan, link: &LinkPlan, material: &dyn Material) -> Result<[Entry; 4], RenderError> {
    let name = &link.remote;
    let CredentialPem { chain_pem, key_pem } = match &link.client {
        ClientPlan::Shared(key) => material.credential(key)?,
        ClientPlan::Given(given) => material.given(given)?,
        ClientPlan::PerNode { .. } => {
            let missing = || RenderError::Missing(format!("the credential of `{ANY}` for `{name}`"));
            material.credential(node.per_node_credentials.get(name).ok_or_else(missing)?)?
        }
    };
    let bytes = |text: String| Zeroizing::new(text.into_bytes());
    Ok([
        (name.to_string(), bytes(peer::config(cluster, link, material, AGENTS_SECRET)?)),
        (format!("{name}.etcd-client-ca.crt"), bytes(peer::anchors_pem(link, material)?)),
        (format!("{name}.etcd-client.crt"), bytes(chain_pem)),
        (format!("{name}.etcd-client.key"), Zeroizing::new(key_pem.as_bytes().to_vec())),
    ])
}

/// What agents read where KVStoreMesh reads the remote clusters for them: each is in the etcd of clustermesh-apiserver. Text and files as
/// the chart has them (templates/clustermesh-config/_helpers.tpl).
fn cached(cluster: &ClusterPlan, release: &HelmRelease) -> Vec<Entry> {
    let prefix = if cluster.version.chart_has(ChartFeature::LocalCertificate) { "local" } else { "common" };
    let stem = format!("{FOLDER}/{prefix}-etcd-client");
    let config = format!(
        "endpoints:\n- https://clustermesh-apiserver.{}.svc:2379\ntrusted-ca-file: {stem}-ca.crt\nkey-file: {stem}.key\ncert-file: {stem}.crt\n",
        release.namespace
    );
    cluster.links.iter().map(|link| (link.remote.to_string(), Zeroizing::new(config.clone().into_bytes()))).collect()
}

/// The list of users that clustermesh-apiserver reads (clustermesh-apiserver/clustermesh/users_mgmt.go). `remote` is always there.
fn users(cluster: &ClusterPlan) -> String {
    let users = cluster.helm.iter().flat_map(|helm| &helm.users).filter(|user| *user != "remote");
    let lines: String = users.map(|user| format!("- name: {user:?}\n  role: remote\n")).collect();
    if lines.is_empty() { "users: []\n".to_owned() } else { format!("users:\n{lines}") }
}

/// Sorted, and as Secrets have values.
fn encoded(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    entries.into_iter().map(|(key, value)| (key, encode_base64(&value))).collect()
}

/// For `kubectl apply -k` and GitOps. It only lists: names with a hash, which kustomize gives to Secrets that it makes, are mounted by no
/// pod.
fn kustomization(namespace: &str, objects: &[&str]) -> String {
    let resources: String = objects.iter().map(|path| format!("- {path}\n")).collect();
    format!("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: {namespace:?}\nresources:\n{resources}")
}
