//! The files of one remote cluster in the clustermesh directory: trusted CAs and the etcd client config.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;

use crate::mesh::{Endpoint, Host, Label};
use crate::plan::{ClientPlan, ClusterPlan, LinkPlan, NodePlan};

use super::RenderError;
use super::material::{CredentialPem, Material};

/// The config, with the fields of etcd's `clientv3/yaml` (client/v3/yaml/config.go) and, for aliases, of Cilium's
/// `ParseCiliumConfig` (pkg/clustermesh/common/config.go). It has no timeouts: agents set them, and a duration such as `5s` makes
/// the whole file unreadable.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Config {
    endpoints: Vec<String>,
    /// Never `ca-file`: agents from 1.17 on ignore it and fall back to the system's roots (f101330bbbd in cilium/cilium).
    trusted_ca_file: String,
    cert_file: String,
    key_file: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cilium_host_aliases: Vec<HostAlias>,
}

#[derive(Serialize)]
struct HostAlias {
    hostname: String,
    ips: Vec<String>,
}

/// The paths of the files that a config names, as the client sees them: `<stem>-ca.crt`, `<stem>.crt`, `<stem>.key`.
pub(super) struct Way<'a> {
    pub(super) endpoints: &'a [Endpoint],
    pub(super) aliases: &'a BTreeMap<Host, Vec<IpAddr>>,
    pub(super) anchors: &'a [Label],
    pub(super) stem: &'a str,
    pub(super) user: Option<&'a str>,
}

/// The config of a remote cluster.
pub(super) fn config(cluster: &ClusterPlan, link: &LinkPlan, material: &dyn Material, path: &str) -> Result<String, RenderError> {
    let stem = format!("{}/{}.etcd-client", cluster.config_dir, link.remote);
    let way = Way {
        endpoints: &link.endpoints,
        aliases: &link.aliases,
        anchors: &link.anchors,
        stem: &stem,
        user: link.user.as_deref(),
    };
    client_config(&way, material, path)
}

/// A config. Its first line is the digest of the trusted CAs, and its second one names the user if that is not the default: agents
/// connect again only when the bytes of the config change, and a connection keeps the CAs that it was made with, and the user
/// (getClientCertificateReloader and newConfig in pkg/kvstore/etcd.go).
pub(super) fn client_config(way: &Way<'_>, material: &dyn Material, path: &str) -> Result<String, RenderError> {
    let stem = way.stem;
    let config = Config {
        endpoints: way.endpoints.iter().map(ToString::to_string).collect(),
        trusted_ca_file: format!("{stem}-ca.crt"),
        cert_file: format!("{stem}.crt"),
        key_file: format!("{stem}.key"),
        cilium_host_aliases: way
            .aliases
            .iter()
            .map(|(name, addresses)| HostAlias {
                hostname: name.to_string(),
                ips: addresses.iter().map(ToString::to_string).collect(),
            })
            .collect(),
    };
    let fingerprints = way.anchors.iter().map(|anchor| Ok(material.anchor(anchor)?.fingerprint.as_str()));
    let fingerprints: Vec<&str> = fingerprints.collect::<Result<_, RenderError>>()?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, fingerprints.join("\n").as_bytes());
    let yaml =
        serde_yaml::to_string(&config).map_err(|error| RenderError::Serialise { path: path.to_owned(), source: error.into() })?;
    let user = way.user.map(|user| format!("# user {}\n", user.escape_debug())).unwrap_or_default();
    Ok(format!("# anchors sha256:{}\n{user}{yaml}", hex::encode(digest.as_ref())))
}

/// What agents present to the remote cluster; `node` is asked where each node has a credential of its own.
pub(super) fn credential(
    link: &LinkPlan,
    node: Option<&NodePlan>,
    material: &dyn Material,
) -> Result<CredentialPem, RenderError> {
    match &link.client {
        ClientPlan::Shared(key) => material.credential(key),
        ClientPlan::Given(given) => material.given(given),
        ClientPlan::PerNode { .. } => {
            let key = node.and_then(|node| node.client(link));
            material.credential(key.ok_or_else(|| RenderError::Missing(format!("the credential for `{}`", link.remote)))?)
        }
    }
}

/// The CAs that agents trust when they connect to the remote cluster.
pub(super) fn anchors_pem(link: &LinkPlan, material: &dyn Material) -> Result<String, RenderError> {
    joined(&link.anchors, material)
}

/// The certificates of the CAs, one after another.
pub(super) fn joined(anchors: &[Label], material: &dyn Material) -> Result<String, RenderError> {
    anchors.iter().map(|anchor| Ok(material.anchor(anchor)?.pem.as_str())).collect()
}
