//! What `plan --format json` says that `generate` would do.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Plan {
    pub(crate) authorities: Vec<Authority>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) clusters: Vec<Cluster>,
}

#[derive(Deserialize)]
pub(crate) struct Authority {
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) fingerprint: Option<String>,
}

/// A certificate that is to be issued.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Certificate {
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) signer: String,
    pub(crate) usage: String,
    pub(crate) common_name: String,
    pub(crate) dns_names: Vec<String>,
    pub(crate) ip_addresses: Vec<IpAddr>,
    pub(crate) not_before: String,
    pub(crate) expires: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) reads: Vec<String>,
    pub(crate) nodes: Vec<String>,
    pub(crate) members: Vec<String>,
    files: Vec<File>,
    member_files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    mode: String,
}

impl Plan {
    pub(crate) fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    pub(crate) fn certificate(&self, name: &str) -> &Certificate {
        self.certificates.iter().find(|certificate| certificate.name == name).unwrap_or_else(|| panic!("{name} is not planned"))
    }

    pub(crate) fn cluster(&self, name: &str) -> &Cluster {
        self.clusters.iter().find(|cluster| cluster.name == name).unwrap_or_else(|| panic!("{name} is not planned"))
    }
}

impl Cluster {
    /// Paths in each of its nodes' bundles, with modes.
    pub(crate) fn node_files(&self) -> BTreeMap<String, u32> {
        modes(&self.files)
    }

    /// Paths in each of its members' bundles, with modes.
    pub(crate) fn member_files(&self) -> BTreeMap<String, u32> {
        modes(&self.member_files)
    }
}

fn modes(files: &[File]) -> BTreeMap<String, u32> {
    files.iter().map(|file| (file.path.clone(), u32::from_str_radix(&file.mode, 8).expect("octal"))).collect()
}
