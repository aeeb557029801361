//! What a cluster gets that Cilium's Helm chart runs: Secrets for its pods, the users of its etcd, values for the chart, and notes on
//! the order.
//!
//! The Secrets are those that the chart mounts and does not write without `clustermesh.config.enabled` (`cilium-clustermesh` and
//! `cilium-kvstoremesh` in templates/clustermesh-config of the chart). Keys of certificates are in them, and never in values: those are in
//! the release, in `HelmChartConfig` objects, and in git.

use crate::mesh::ChartFeature;
use crate::pem::encode_base64;
use crate::plan::{
    AGENTS_SECRET, APISERVER_SECRETS, ClusterPlan, CredentialKey, HELM_USERS, Inventory, KVSTOREMESH_SECRET, SERVER_SECRET,
    object_name, stored_secret,
};
use crate::wiped::Wiped;

use super::helm_external::{external_secret, for_store};
use super::helm_objects::{Head, config_map, secret};
use super::helm_values;
use super::material::{CredentialPem, Material};
use super::templates::{HelmNotes, Templates};
use super::{File, RenderError, manifest, peer};

/// The type of a Secret with keys of any name.
const OPAQUE: &str = "Opaque";

/// One key of a Secret, and its value.
type Entry = (String, Wiped);

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
    let Some(release) = cluster.runtime.helm() else { return Ok(Vec::new()) };
    let objects = cluster.helm_objects();
    let head = Head {
        namespace: &release.namespace,
        cluster: cluster.name.as_str(),
        bundle: manifest::annotation(inventory, cluster, &release.namespace, objects.len())?,
    };
    let store = release.store();
    let is_cached = cluster.kvstoremesh.is_some_and(|now| now.is_read());
    let generation = inventory.bundles.get(&cluster.helm_bundle()).map_or(0, |record| record.generation);
    let of_secret = |path: &'static str, kind: &str, entries: Vec<Entry>| {
        let name = object_name(path);
        match store.zip(stored_secret(path)) {
            None => vec![File::secret(path, &secret(&head, name, kind, &encoded(entries)))],
            Some((store, (stored, object))) => {
                let text = external_secret(&head, name, kind, store, generation);
                vec![File::secret(stored, &for_store(entries)), File::public(object, text.into_bytes())]
            }
        }
    };
    let object = |path: &'static str| match path {
        AGENTS_SECRET => {
            let entries = if is_cached { cached(cluster, &release.namespace) } else { remotes(cluster, material)? };
            Ok(of_secret(path, OPAQUE, entries))
        }
        KVSTOREMESH_SECRET => Ok(of_secret(path, OPAQUE, remotes(cluster, material)?)),
        HELM_USERS => {
            let users = config_map(&head, "clustermesh-remote-users", "users.yaml", &users(cluster));
            Ok(vec![File::public(path, users.into_bytes())])
        }
        _ => Ok(of_secret(path, "kubernetes.io/tls", apiserver(cluster, path, material)?)),
    };
    let files = objects.iter().map(|path| object(path)).collect::<Result<Vec<_>, RenderError>>()?;
    let mut files: Vec<File> = files.into_iter().flatten().collect();
    let file = |path: &str, text: String| File::public(path, text.into_bytes());
    files.extend(helm_values::files(cluster, release, material)?);
    files.push(file("kustomization.yaml", kustomization(&release.namespace, &cluster.helm_object_files())));
    files.push(file("NOTES.md", templates.helm_notes(&HelmNotes::new(cluster, release, &cluster.helm_object_files()))?));
    Ok(files)
}

/// What the pods that read the remote clusters need of them: as in the clustermesh directory of a node.
fn remotes(cluster: &ClusterPlan, material: &dyn Material) -> Result<Vec<Entry>, RenderError> {
    let mut entries = Vec::new();
    let bytes = |text: String| Wiped::from(text.into_bytes());
    for link in &cluster.links {
        let name = &link.remote;
        let CredentialPem { chain_pem, key_pem } = peer::credential(link, cluster.nodes.first(), material)?;
        entries.push((name.to_string(), bytes(peer::config(cluster, link, material, name.as_str())?)));
        entries.push((format!("{name}.etcd-client-ca.crt"), bytes(peer::anchors_pem(link, material)?)));
        entries.push((format!("{name}.etcd-client.crt"), bytes(chain_pem)));
        entries.push((format!("{name}.etcd-client.key"), Wiped::from(key_pem.as_bytes().to_vec())));
    }
    Ok(entries)
}

/// A certificate of clustermesh-apiserver: its etcd has the CAs of its clients, and a client those of the etcd.
fn apiserver(cluster: &ClusterPlan, path: &str, material: &dyn Material) -> Result<Vec<Entry>, RenderError> {
    let missing = || RenderError::Missing(path.to_owned());
    let clients = cluster.own.as_ref().and_then(|own| own.chart.as_ref()).ok_or_else(missing)?;
    let server = &cluster.members.first().ok_or_else(missing)?.server.credential;
    let of_paths: [&CredentialKey; APISERVER_SECRETS.len()] = [&clients.admin, &clients.local, &clients.remote, server];
    let found = APISERVER_SECRETS.iter().zip(of_paths).find(|(known, _)| **known == path);
    let (_, key) = found.ok_or_else(missing)?;
    let CredentialPem { chain_pem, key_pem } = material.credential(key)?;
    let trust = &cluster.trust;
    let anchors = if path == SERVER_SECRET { &trust.client_trust } else { &trust.server_trust };
    let anchors = Wiped::from(peer::joined(anchors, material)?.into_bytes());
    let (chain, key) = (Wiped::from(chain_pem.into_bytes()), Wiped::from(key_pem.as_bytes().to_vec()));
    Ok(vec![("ca.crt".to_owned(), anchors), ("tls.crt".to_owned(), chain), ("tls.key".to_owned(), key)])
}

/// What agents read where KVStoreMesh reads the remote clusters for them: each is in the etcd of clustermesh-apiserver. Text and files as
/// the chart has them (templates/clustermesh-config/_helpers.tpl).
fn cached(cluster: &ClusterPlan, namespace: &str) -> Vec<Entry> {
    let prefix = if cluster.version.chart_has(ChartFeature::LocalCertificate) { "local" } else { "common" };
    let stem = format!("{}/{prefix}-etcd-client", cluster.config_dir);
    let config = format!(
        "endpoints:\n- https://clustermesh-apiserver.{namespace}.svc:2379\ntrusted-ca-file: {stem}-ca.crt\nkey-file: {stem}.key\ncert-file: {stem}.crt\n"
    );
    cluster.links.iter().map(|link| (link.remote.to_string(), Wiped::from(config.clone().into_bytes()))).collect()
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
