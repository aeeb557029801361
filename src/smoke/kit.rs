//! The files of the kit.

use serde::Serialize;
use serde_json::json;

use crate::lint::CheckedMesh;
use crate::mesh::{ClusterName, Feature, ImageReference};

use super::page::Page;
use super::side::{PolicyMeans, Side, SideKind};
use super::templates::Template;
use super::workloads::{CLIENTS, NAMESPACE, PORT};

/// The files, and what they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kit {
    /// The two clusters, in the order that they were asked for.
    pub sides: [Side; 2],
    /// Its files, by path.
    pub files: Vec<KitFile>,
}

/// A file of the kit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitFile {
    /// Path below its folder.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Its text.
    pub text: String,
}

/// Why there is no kit.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// A cluster that the mesh does not have.
    #[error("there is no cluster `{0}` in the mesh")]
    NoCluster(String),
    /// One cluster twice.
    #[error("`{0}` is given twice: name two clusters")]
    Same(ClusterName),
    /// Clusters that do not read each other.
    #[error("`{0}` and `{1}` are not linked, so nothing passes between them")]
    NotLinked(ClusterName, ClusterName),
    /// A template is broken.
    #[error("a template of the kit is broken")]
    Template(#[from] handlebars::RenderError),
    /// A structure could not be written as JSON.
    #[error("a policy cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The kit for two clusters of `mesh`, whose pods run `image`.
///
/// # Errors
/// If they are not two clusters that read each other.
pub fn kit(mesh: &CheckedMesh, names: [&str; 2], image: &ImageReference) -> Result<Kit, KitError> {
    let find = |name: &str| mesh.cluster(name).ok_or_else(|| KitError::NoCluster(name.to_owned()));
    let (a, b) = (find(names[0])?, find(names[1])?);
    if a.name == b.name {
        return Err(KitError::Same(a.name.clone()));
    }
    if !mesh.links(&a.name).contains(&b.name) {
        return Err(KitError::NotLinked(a.name.clone(), b.name.clone()));
    }
    let sides = [Side::of(a), Side::of(b)];
    let image = image.as_str();
    let mut files = vec![file("README.md", 0o644, Template::Readme.fill(&Page::new(mesh, [a, b], &sides, image))?)];
    for side in &sides {
        files.extend(files_of(side, &sides, image)?);
    }
    files.sort_by(|one, next| one.path.cmp(&next.path));
    Ok(Kit { sides, files })
}

fn file(path: impl Into<String>, mode: u32, text: String) -> KitFile {
    KitFile { path: path.into(), mode, text }
}

/// What the workloads and the policy of a cluster are made of.
#[derive(Serialize)]
struct SideData<'a> {
    name: &'a str,
    namespace: &'static str,
    port: u16,
    image: &'a str,
    clients: [&'static str; 2],
    clusters: [&'a str; 2],
    global_namespaces: bool,
    agent: &'a str,
    cilium: &'static str,
}

fn files_of(side: &Side, sides: &[Side; 2], image: &str) -> Result<Vec<KitFile>, KitError> {
    let name = side.name.as_str();
    let data = SideData {
        name,
        namespace: NAMESPACE,
        port: PORT,
        image,
        clients: CLIENTS,
        clusters: [sides[0].name.as_str(), sides[1].name.as_str()],
        global_namespaces: side.version.has(Feature::GlobalNamespaces),
        agent: &side.agent,
        cilium: side.cilium(),
    };
    let policy = |data| Ok::<_, KitError>(file(format!("{name}/policy.yaml"), 0o644, Template::Policy.fill(data)?));
    let script = |data| Ok::<_, KitError>(file(format!("{name}/containers.sh"), 0o755, Template::Containers.fill(data)?));
    Ok(match side.kind {
        SideKind::Kubernetes { .. } => {
            let workloads = file(format!("{name}/workloads.yaml"), 0o644, Template::Workloads.fill(&data)?);
            vec![workloads, policy(&data)?]
        }
        SideKind::Containers(PolicyMeans::Files) => vec![script(&data)?, policy(&data)?],
        SideKind::Containers(PolicyMeans::Import) => {
            let rules = serde_json::to_string_pretty(&rules(data.clusters))?;
            vec![script(&data)?, file(format!("{name}/policy.json"), 0o644, format!("{rules}\n"))]
        }
    })
}

/// The policy as rules without an object around them (`Rule` in pkg/policy/api/rule.go of cilium/cilium).
fn rules(clusters: [&str; 2]) -> serde_json::Value {
    let employee = |cluster: &str| {
        json!({ "matchLabels": {
            "k8s:app": CLIENTS[0],
            "k8s:io.kubernetes.pod.namespace": NAMESPACE,
            "k8s:io.cilium.k8s.policy.cluster": cluster,
        } })
    };
    json!([{
        "labels": [{ "key": "name", "value": NAMESPACE }],
        "description": format!("employees of {} and {} reach protected", clusters[0], clusters[1]),
        "endpointSelector": { "matchLabels": { "k8s:app": "protected", "k8s:io.kubernetes.pod.namespace": NAMESPACE } },
        "ingress": [{
            "fromEndpoints": clusters.map(employee),
            "toPorts": [{ "ports": [{ "port": PORT.to_string(), "protocol": "TCP" }] }],
        }],
    }])
}
