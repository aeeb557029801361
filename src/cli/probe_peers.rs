//! A live folder of configs -> remote clusters. To be replaced by the reading in `verify`, which knows bundles, too, and has
//! findings for what is wrong here; what this cannot read is left out of the peer, and `probe` says so.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::verify::{Certificate, Own, Peer, PeerConfig};

use super::Failure;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Raw {
    endpoints: Option<Vec<String>>,
    trusted_ca_file: Option<String>,
    ca_file: Option<String>,
    cert_file: Option<String>,
    key_file: Option<String>,
    #[serde(default)]
    insecure_transport: bool,
    #[serde(default)]
    insecure_skip_tls_verify: bool,
    username: Option<String>,
    #[serde(default)]
    cilium_host_aliases: Vec<Alias>,
}

#[derive(Deserialize)]
struct Alias {
    hostname: String,
    ips: Vec<IpAddr>,
}

/// The configs in `folder`, with the files that they name below `root`.
pub(super) fn read(folder: &Path, root: Option<&Path>) -> Result<(Vec<Peer>, Own), Failure> {
    let below = |path: &str| match root {
        Some(root) => root.join(path.trim_start_matches('/')),
        None => PathBuf::from(path),
    };
    let mut names: Vec<_> =
        fs_err::read_dir(folder).map_err(Failure::File)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    let mut peers = Vec::new();
    for name in names {
        let path = folder.join(&name);
        let Ok(text) = fs_err::read_to_string(&path) else { continue };
        // The test by which agents know a config (pkg/clustermesh/common/config.go in cilium/cilium).
        if !text.contains("endpoints:") {
            continue;
        }
        let raw: Raw = serde_yaml::from_str(&text)
            .map_err(|error| Failure::Usage(format!("`{}` is no config of a remote cluster: {error}", path.display())))?;
        let bytes = |file: &Option<String>| file.as_ref().and_then(|file| fs_err::read(below(file)).ok());
        let certificates =
            |file: &Option<String>| bytes(file).and_then(|bytes| Certificate::all_from_pem(&bytes).ok()).unwrap_or_default();
        peers.push(Peer {
            file: path.display().to_string(),
            name,
            id: None,
            anchors: certificates(&raw.trusted_ca_file),
            chain: certificates(&raw.cert_file),
            key: bytes(&raw.key_file).map(Zeroizing::new),
            config: PeerConfig {
                endpoints: raw.endpoints.unwrap_or_default(),
                trusted_ca_file: raw.trusted_ca_file,
                ca_file: raw.ca_file,
                cert_file: raw.cert_file,
                key_file: raw.key_file,
                insecure_transport: raw.insecure_transport,
                insecure_skip_tls_verify: raw.insecure_skip_tls_verify,
                username: raw.username,
                aliases: raw.cilium_host_aliases.into_iter().map(|alias| (alias.hostname, alias.ips)).collect(),
            },
        });
    }
    Ok((peers, Own::default()))
}
