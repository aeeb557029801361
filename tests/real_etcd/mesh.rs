//! What the owner wrote in `mesh.yaml`, as far as it tells the tests what to bring up and what to expect. Read without
//! the product's parser.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Mesh {
    #[serde(rename = "mesh")]
    pub(crate) name: String,
    cilium: Cilium,
    pub(crate) trust: Trust,
    pub(crate) clusters: Vec<Cluster>,
}

#[derive(Deserialize)]
struct Cilium {
    version: String,
}

#[derive(Deserialize)]
pub(crate) struct Trust {
    authority: Option<String>,
    #[serde(default)]
    pub(crate) authorities: BTreeMap<String, Credential>,
}

/// A certificate's file, and its key's where the owner has it.
#[derive(Deserialize)]
pub(crate) struct Credential {
    pub(crate) certificate: String,
    pub(crate) key: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    cilium: Option<Cilium>,
    pub(crate) etcd: Etcd,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Etcd {
    pub(crate) endpoints: Vec<String>,
    #[serde(default)]
    pub(crate) host_aliases: BTreeMap<String, Vec<IpAddr>>,
    authority: Option<String>,
    client_signer: Option<String>,
    client_name: Option<String>,
    pub(crate) client: Option<Credential>,
    #[serde(default)]
    pub(crate) server_certificates: Vec<String>,
    #[serde(default)]
    pub(crate) members: Vec<Member>,
}

#[derive(Deserialize)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) addresses: Vec<IpAddr>,
}

impl Mesh {
    pub(crate) fn read(yaml: &str) -> Self {
        serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("mesh.yaml: {error}"))
    }

    pub(crate) fn cluster(&self, name: &str) -> &Cluster {
        self.clusters.iter().find(|cluster| cluster.name == name).unwrap_or_else(|| panic!("no cluster {name}"))
    }

    /// Agents from 1.20 on read `cilium-host-aliases` in the peer's config (Cilium pkg/kvstore/etcd.go).
    pub(crate) fn knows_aliases(&self, cluster: &str) -> bool {
        let Cilium { version } = self.cluster(cluster).cilium.as_ref().unwrap_or(&self.cilium);
        let minor = version.strip_prefix("1.").and_then(|minor| minor.parse::<u32>().ok());
        minor.unwrap_or_else(|| panic!("cilium version {version}")) >= 20
    }

    /// Who signs the servers of `cluster`.
    pub(crate) fn server_signer<'a>(&'a self, cluster: &'a Cluster) -> &'a str {
        cluster.etcd.authority.as_deref().unwrap_or(match self.trust.authority.as_deref() {
            Some("per-cluster") => &cluster.name,
            _ => &self.name,
        })
    }

    /// Who signs the clients that `cluster` lets in.
    pub(crate) fn client_signer<'a>(&'a self, cluster: &'a Cluster) -> &'a str {
        cluster.etcd.client_signer.as_deref().unwrap_or_else(|| self.server_signer(cluster))
    }

    /// Every address that an etcd of the mesh has.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.clusters.iter().flat_map(|cluster| {
            let members = cluster.etcd.members.iter().flat_map(|member| member.addresses.clone());
            members.chain(cluster.doors().into_iter().map(|door| door.ip()))
        })
    }
}

impl Cluster {
    /// The common name of clients from `consumer` (and its `node`) at this etcd, and whether each node has one of its own.
    pub(crate) fn client_name(&self, consumer: &str, node: &str) -> (String, bool) {
        let pattern = self.etcd.client_name.as_deref().unwrap_or("remote-{cluster}");
        (pattern.replace("{cluster}", consumer).replace("{node}", node), pattern.contains("{node}"))
    }

    /// Where its endpoints lead.
    pub(crate) fn doors(&self) -> Vec<SocketAddr> {
        self.etcd.endpoints.iter().flat_map(|endpoint| self.resolve(endpoint)).collect()
    }

    fn resolve(&self, endpoint: &str) -> Vec<SocketAddr> {
        let (host, port) = host_and_port(endpoint);
        match host.parse() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => self.etcd.host_aliases[&host].iter().map(|address| SocketAddr::new(*address, port)).collect(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        host_and_port(&self.etcd.endpoints[0]).1
    }
}

/// Host, without an IPv6 address's brackets, and port of `https://host:port`.
pub(crate) fn host_and_port(endpoint: &str) -> (String, u16) {
    let parts = endpoint.strip_prefix("https://").and_then(|rest| rest.rsplit_once(':'));
    let (host, port) = parts.unwrap_or_else(|| panic!("{endpoint} is not https://host:port"));
    (host.trim_matches(['[', ']']).to_owned(), port.parse().expect("a port"))
}
