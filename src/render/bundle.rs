//! The files of each kind of bundle, by the list of the plan.

use zeroize::Zeroizing;

use crate::plan::{ClientPlan, ClusterPlan, FilePlan, Inventory, MemberPlan, NodePlan, Source, member_files, node_files};

use super::error::RenderError;
use super::file::File;
use super::material::{Credential, Material};
use super::templates::Templates;
use super::{compose, installer, local_etcd, manifest, options, peer};

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
    inventory: &Inventory,
    cluster: &ClusterPlan,
    node: &NodePlan,
    material: &dyn Material,
) -> Result<Vec<File>, RenderError> {
    let mut files = Vec::new();
    for file in node_files(cluster).filter(|file| is_own(file.source)) {
        match file.source {
            Source::Manifest => {
                let content = manifest::of_node(inventory, cluster, node, &file.path)?;
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
    inventory: &Inventory,
    cluster: &ClusterPlan,
    member: &MemberPlan,
    material: &dyn Material,
    templates: &Templates,
) -> Result<Vec<File>, RenderError> {
    let mut files = Vec::new();
    for file in member_files(member) {
        let content = match file.source {
            Source::Manifest => manifest::of_member(inventory, cluster, member, &file.path)?.into_bytes(),
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
