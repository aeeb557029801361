//! Plan and issued certificates -> the files of each bundle, as bytes.
//!
//! Input: the plan of a cluster, PEM texts. Output: files with path, mode and content. YAML and JSON for programs are serialised;
//! files that people read and edit come from `templates/`. It opens no file and decides nothing: the plan says which files there
//! are, and where.

mod authorisation;
mod compose;
mod installer;
mod local_etcd;
mod manifest;
mod material;
mod operator;
mod options;
mod peer;
mod templates;

use zeroize::Zeroizing;

use crate::plan::{ClientPlan, ClusterPlan, FilePlan, MemberPlan, NodePlan, Plan, Source, member_files, node_files};

pub use authorisation::{authorisation_files, authorisation_script};
pub use manifest::sums;
pub use material::{Anchor, Credential, Material};
pub use operator::operator_files;
pub use templates::{TemplateError, Templates};

/// A file, ready to be packed.
pub struct File {
    /// Path below the bundle's top folder.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Its bytes, which may be a key.
    pub content: Zeroizing<Vec<u8>>,
}

impl File {
    /// A file for everyone.
    fn public(path: &str, content: Vec<u8>) -> Self {
        Self { path: path.to_owned(), mode: 0o644, content: Zeroizing::new(content) }
    }

    /// A file for its owner alone.
    fn secret(path: &str, content: &[u8]) -> Self {
        Self { path: path.to_owned(), mode: 0o600, content: Zeroizing::new(content.to_vec()) }
    }
}

/// Why a file could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template is broken.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A structure could not be written as YAML or JSON.
    #[error("cannot write `{path}`")]
    Serialise {
        /// The file.
        path: String,
        /// What the serialiser says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The plan names a certificate that the caller did not provide.
    #[error("there is no certificate `{0}`")]
    Missing(String),
}

/// The files of a node's bundle that all nodes of the cluster share, in order.
///
/// # Errors
/// If the plan and the material do not fit together.
pub fn shared_files(cluster: &ClusterPlan, material: &dyn Material, templates: &Templates) -> Result<Vec<File>, RenderError> {
    node_files(cluster)
        .filter(|file| !is_own(file.source))
        .map(|file| {
            let content = match file.source {
                Source::AgentEnv => options::env(&cluster.agent_options).into_bytes(),
                Source::AgentArgs => options::args(&cluster.agent_options).into_bytes(),
                Source::ConfigMap(name) => options::value(&cluster.agent_options, name).into_bytes(),
                Source::DropIn => templates.drop_in(cluster)?.into_bytes(),
                Source::Hosts => templates.hosts(cluster)?.into_bytes(),
                Source::Installer => installer::script(),
                Source::ComposeFile => compose::compose_file(cluster, &file.path)?.into_bytes(),
                Source::PeerAnchors(link) => peer::anchors_pem(link, material)?.into_bytes(),
                Source::PeerConfig(link) => peer::config(cluster, link, material, &file.path)?.into_bytes(),
                Source::PeerCertificate(link) | Source::PeerKey(link) => {
                    let credential = match &link.client {
                        ClientPlan::Shared(key) => material.credential(key)?,
                        ClientPlan::Given(given) => material.given(given)?,
                        ClientPlan::PerNode { .. } => return Err(RenderError::Missing(file.path)),
                    };
                    return Ok(credential_file(file, credential));
                }
                Source::OwnAnchors(own) => peer::joined(&own.anchors, material)?.into_bytes(),
                Source::OwnConfig(own, folder) => local_etcd::config(own, folder, material, &file.path)?.into_bytes(),
                Source::AnnouncerUnit => templates.announcer_unit(cluster)?.into_bytes(),
                Source::Leaf(key) | Source::LeafKey(key) => {
                    return Ok(credential_file(file, material.credential(key)?));
                }
                Source::Manifest | Source::Sums | Source::MemberTrust | Source::ClientAnchors | Source::EtcdEnv => {
                    return Err(RenderError::Missing(file.path));
                }
            };
            Ok(File { path: file.path, mode: file.mode, content: Zeroizing::new(content) })
        })
        .collect()
}

/// The node-specific files of a bundle, without the checksums, which cover everything.
///
/// # Errors
/// If the plan and the material do not fit together.
pub fn node_specific_files(
    plan: &Plan,
    cluster: &ClusterPlan,
    node: &NodePlan,
    material: &dyn Material,
) -> Result<Vec<File>, RenderError> {
    let mut files = Vec::new();
    for file in node_files(cluster).filter(|file| is_own(file.source)) {
        match file.source {
            Source::Manifest => {
                let content = manifest::of_node(plan, cluster, node, &file.path)?;
                files.push(File { path: file.path, mode: file.mode, content: Zeroizing::new(content.into_bytes()) });
            }
            Source::PeerCertificate(link) | Source::PeerKey(link) => {
                let key = node.per_node_credentials.get(&link.remote).ok_or_else(|| RenderError::Missing(file.path.clone()))?;
                files.push(credential_file(file, material.credential(key)?));
            }
            _ => {}
        }
    }
    Ok(files)
}

/// The files of a member's bundle, without the checksums.
///
/// # Errors
/// If the plan and the material do not fit together.
pub fn member_bundle(
    plan: &Plan,
    cluster: &ClusterPlan,
    member: &MemberPlan,
    material: &dyn Material,
    templates: &Templates,
) -> Result<Vec<File>, RenderError> {
    let mut files = Vec::new();
    for file in member_files(member) {
        let content = match file.source {
            Source::Manifest => manifest::of_member(plan, cluster, member, &file.path)?.into_bytes(),
            Source::ClientAnchors => peer::joined(&cluster.client_trust, material)?.into_bytes(),
            Source::EtcdEnv => templates.etcd_env(cluster, member)?.into_bytes(),
            Source::Installer => installer::script(),
            Source::MemberTrust => peer::joined(std::slice::from_ref(&cluster.server_signer), material)?.into_bytes(),
            Source::Leaf(key) | Source::LeafKey(key) => {
                files.push(credential_file(file, material.credential(key)?));
                continue;
            }
            _ => continue,
        };
        files.push(File { path: file.path, mode: file.mode, content: Zeroizing::new(content) });
    }
    Ok(files)
}

fn is_own(source: Source<'_>) -> bool {
    match source {
        Source::Manifest | Source::Sums => true,
        Source::PeerCertificate(link) | Source::PeerKey(link) => matches!(link.client, ClientPlan::PerNode { .. }),
        _ => false,
    }
}

fn credential_file(file: FilePlan<'_>, credential: Credential) -> File {
    let content = match file.source {
        Source::PeerKey(_) | Source::LeafKey(_) => Zeroizing::new(credential.key_pem.as_bytes().to_vec()),
        _ => Zeroizing::new(credential.chain_pem.into_bytes()),
    };
    File { path: file.path, mode: file.mode, content }
}
