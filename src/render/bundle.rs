//! The files of each kind of bundle, by the list of the plan.

use crate::plan::{ClientPlan, ClusterPlan, FilePlan, FileSource, Inventory, MemberPlan, NodePlan, member_files, node_files};
use crate::wiped::Wiped;

use super::error::RenderError;
use super::file::File;
use super::material::{CredentialPem, Material};
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
                FileSource::AgentEnv => options::env(&cluster.agent_options).into_bytes(),
                FileSource::AgentArgs => options::args(&cluster.agent_options).into_bytes(),
                FileSource::ConfigMap(name) => options::value(&cluster.agent_options, name).into_bytes(),
                FileSource::DropIn => templates.drop_in(cluster)?.into_bytes(),
                FileSource::Hosts => templates.hosts(cluster)?.into_bytes(),
                FileSource::Installer => installer::script(),
                FileSource::ComposeFile => compose::compose_file(cluster, &file.path)?.into_bytes(),
                FileSource::PeerAnchors(link) => peer::anchors_pem(link, material)?.into_bytes(),
                FileSource::PeerConfig(link) => peer::config(cluster, link, material, &file.path)?.into_bytes(),
                FileSource::PeerCertificate(link) | FileSource::PeerKey(link) => {
                    return Ok(credential_file(file, peer::credential(link, None, material)?));
                }
                FileSource::OwnAnchors(own) => peer::joined(&own.anchors, material)?.into_bytes(),
                FileSource::OwnConfig(own, folder) => local_etcd::config(own, folder, material, &file.path)?.into_bytes(),
                FileSource::AnnouncerUnit => templates.announcer_unit(cluster)?.into_bytes(),
                FileSource::Leaf(key) | FileSource::LeafKey(key) => {
                    return Ok(credential_file(file, material.credential(key)?));
                }
                FileSource::Manifest
                | FileSource::Sums
                | FileSource::MemberTrust
                | FileSource::ClientAnchors
                | FileSource::EtcdEnv => {
                    return Err(RenderError::Missing(file.path));
                }
            };
            Ok(File { path: file.path, mode: file.mode, content: Wiped::from(content) })
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
            FileSource::Manifest => {
                let content = manifest::of_node(inventory, cluster, node, &file.path)?;
                files.push(File { path: file.path, mode: file.mode, content: Wiped::from(content.into_bytes()) });
            }
            FileSource::PeerCertificate(link) | FileSource::PeerKey(link) => {
                files.push(credential_file(file, peer::credential(link, Some(node), material)?));
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
            FileSource::Manifest => manifest::of_member(inventory, cluster, member, &file.path)?.into_bytes(),
            FileSource::ClientAnchors => peer::joined(&cluster.trust.client_trust, material)?.into_bytes(),
            FileSource::EtcdEnv => templates.etcd_env(cluster, member)?.into_bytes(),
            FileSource::Installer => installer::script(),
            FileSource::MemberTrust => peer::joined(&cluster.trust.peer_trust, material)?.into_bytes(),
            FileSource::Leaf(key) | FileSource::LeafKey(key) => {
                files.push(credential_file(file, material.credential(key)?));
                continue;
            }
            _ => continue,
        };
        files.push(File { path: file.path, mode: file.mode, content: Wiped::from(content) });
    }
    Ok(files)
}

fn is_own(source: FileSource<'_>) -> bool {
    match source {
        FileSource::Manifest | FileSource::Sums => true,
        FileSource::PeerCertificate(link) | FileSource::PeerKey(link) => matches!(link.client, ClientPlan::PerNode { .. }),
        _ => false,
    }
}

fn credential_file(file: FilePlan<'_>, credential: CredentialPem) -> File {
    let content = match file.source {
        FileSource::PeerKey(_) | FileSource::LeafKey(_) => Wiped::from(credential.key_pem.as_bytes().to_vec()),
        _ => Wiped::from(credential.chain_pem.into_bytes()),
    };
    File { path: file.path, mode: file.mode, content }
}
