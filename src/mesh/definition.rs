//! The mesh as typed values. Nothing in here can hold nonsense; what does not fit together is `lint`'s business.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::diag::FieldPath;

use super::client_name::ClientName;
use super::duration::Lifetime;
use super::endpoint::{Endpoint, Host};
use super::image::ImageReference;
use super::name::{ClusterName, Label};
use super::version::CiliumVersion;

/// One ClusterMesh.
#[derive(Debug, Clone)]
pub struct Mesh {
    /// Names the state and the subjects of authorities made here.
    pub name: Label,
    /// Version and settings of agents, for clusters that do not differ.
    pub cilium: Cilium,
    /// Authorities, key algorithm, lifetimes.
    pub trust: Trust,
    /// Who reads whom.
    pub links: Links,
    /// Findings the owner lives with.
    pub accept: Vec<Accept>,
    /// The clusters whose own values are sound, in the order of the file.
    pub clusters: Vec<Cluster>,
    /// Names of clusters that stand in the file but have findings of their own: references to them are not wrong as well.
    pub unsound: Vec<String>,
}

/// Version and settings of the agents of one cluster.
#[derive(Debug, Clone)]
pub struct Cilium {
    /// major.minor; the newest stands in for what cannot be read.
    pub version: CiliumVersion,
    /// Whether the version could be read.
    pub version_read: bool,
    /// 255 or 511, if given.
    pub max_connected_clusters: Option<i64>,
    /// Written only if given.
    pub policy_default_local_cluster: Option<bool>,
    /// `tunnel` or `native`.
    pub routing_mode: Option<String>,
    /// `vxlan` or `geneve`.
    pub tunnel_protocol: Option<String>,
    /// `none`, `wireguard` or `ipsec`.
    pub encryption: Option<String>,
    /// IPAM mode.
    pub ipam: Option<String>,
    /// CNI chaining mode.
    pub cni_chaining: Option<String>,
    /// Whether its agents have a Kubernetes API, if told.
    pub kubernetes: Option<bool>,
    /// What the agents do not masquerade, IPv4.
    pub ipv4_native_routing_cidr: Option<IpNet>,
    /// What the agents do not masquerade, IPv6.
    pub ipv6_native_routing_cidr: Option<IpNet>,
}

impl Cilium {
    /// What agents have where `max-connected-clusters` is not set (`MaxConnectedClusters` in pkg/defaults/defaults.go of
    /// cilium/cilium): identities name the cluster with 8 bits.
    pub const DEFAULT_MAX_CONNECTED: i64 = 255;
    /// The other number that they take: 9 bits.
    pub const EXTENDED_MAX_CONNECTED: i64 = 511;
}

/// Who signs, who is trusted, for how long.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Default authority of etcds that name none.
    pub authority: DefaultAuthority,
    /// Authorities that are brought along.
    pub authorities: BTreeMap<Label, ProvidedCa>,
    /// Of new leaves and authorities.
    pub key_algorithm: KeyAlgorithm,
    /// Lifetime of authorities made here.
    pub authority_validity: Lifetime,
    /// Lifetime of server certificates.
    pub server_validity: Lifetime,
    /// Lifetime of client certificates.
    pub client_validity: Lifetime,
    /// How long before its end a certificate is due.
    pub renew_before: Lifetime,
}

/// Which authority an etcd has that names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultAuthority {
    /// One for the whole mesh, called `mesh`.
    Shared,
    /// One for each cluster, called as the cluster.
    PerCluster,
}

/// An authority that is brought along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvidedCa {
    /// PEM file of its certificate or chain, as written: relative to the mesh's file.
    pub certificate: String,
    /// PEM file of its key; without it, it is only trusted.
    pub key: Option<String>,
}

/// Algorithm of new keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyAlgorithm {
    /// ECDSA on P-256.
    EcdsaP256,
    /// ECDSA on P-384.
    EcdsaP384,
    /// Ed25519.
    Ed25519,
}

/// Who reads whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Links {
    /// Everyone everyone.
    Full,
    /// Everyone the hub, and the hub everyone.
    Hub(String),
    /// These pairs, both directions, each with its place in the file.
    Pairs(Vec<(String, String, FieldPath)>),
}

/// A finding the owner lives with.
#[derive(Debug, Clone)]
pub struct Accept {
    /// Its code, as written.
    pub code: String,
    /// Its place.
    pub at: FieldPath,
    /// Why it is all right.
    pub reason: String,
    /// Where this entry stands.
    pub path: FieldPath,
}

/// One cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Its cluster-name.
    pub name: ClusterName,
    /// Its cluster-id as written; `lint` knows which ids the mesh allows. 0 stands in for what cannot be read.
    pub id: i64,
    /// Whether there is an id that could be read.
    pub id_read: bool,
    /// Version and settings, the mesh's merged in.
    pub cilium: Cilium,
    /// What starts its agents.
    pub runtime: Runtime,
    /// Where its agents look for peers, as they see it.
    pub config_dir: String,
    /// Whether options are written.
    pub emit_options: bool,
    /// Its etcd; an empty one stands in for what is not there.
    pub etcd: Etcd,
    /// Whether there is an etcd.
    pub etcd_read: bool,
    /// Ranges of its pods.
    pub pod_cidrs: Vec<Cidr>,
    /// Ranges of its nodes.
    pub node_cidrs: Vec<Cidr>,
    /// Ranges of its services.
    pub service_cidrs: Vec<Cidr>,
    /// Its nodes, ranges expanded; empty: one bundle for all.
    pub nodes: Vec<Node>,
    /// Where it stands in the file.
    pub path: FieldPath,
}

/// A range of addresses, as it is written: host bits may be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cidr {
    /// The range.
    pub net: IpNet,
    /// Where it stands in the file.
    pub path: FieldPath,
}

/// What starts the agents of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// docker-compose.
    Compose {
        /// The agent's service.
        service: String,
        /// Folder below the project's in which the agent's files stand.
        host_root: String,
        /// The agent's image; without one that of the project's own file.
        image: Option<ImageReference>,
        /// The announcer's image; without one whatever the environment says.
        announcer_image: Option<ImageReference>,
    },
    /// systemd.
    Systemd {
        /// The agent's unit.
        unit: String,
    },
    /// Not ours to write.
    External,
}

/// The etcd of a cluster.
#[derive(Debug, Clone)]
pub struct Etcd {
    /// Where it is dialled.
    pub endpoints: Vec<Dialled>,
    /// Where the agents of one cluster dial it instead.
    pub endpoints_for: BTreeMap<String, Vec<Dialled>>,
    /// Addresses of endpoint names.
    pub host_aliases: BTreeMap<Host, Vec<IpAddr>>,
    /// Who signs its servers and clients.
    pub authority: Option<Label>,
    /// What agents anchor on, where that differs.
    pub server_trust: Option<Vec<Label>>,
    /// Who signs the clients, where that differs.
    pub client_signer: Option<Label>,
    /// What its servers trust besides.
    pub client_trust: Vec<Label>,
    /// Common name of the clients.
    pub client_name: ClientName,
    /// An existing client credential.
    pub client: Option<Credential>,
    /// Existing server certificates.
    pub server_certificates: Vec<String>,
    /// What agents dial in place of the members.
    pub front: Option<Front>,
    /// Members that get their certificates from here.
    pub members: Vec<Member>,
    /// Further names in server certificates.
    pub extra_dns_names: Vec<String>,
    /// Further addresses in server certificates.
    pub extra_ip_addresses: Vec<IpAddr>,
    /// user:group of the members' files.
    pub owner: Option<String>,
    /// Whether its members get certificates for each other.
    pub peers: bool,
    /// Whether its own agents, operator and administrator get credentials from here.
    pub local_clients: bool,
    /// Whether the cluster is announced in it by `meshbundle announce`.
    pub announce: bool,
}

/// An endpoint as agents dial it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialled {
    /// Host and port.
    pub endpoint: Endpoint,
    /// Where it stands in the file.
    pub path: FieldPath,
}

/// Files of an existing credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// PEM file of the certificate, intermediates behind it.
    pub certificate: String,
    /// PEM file of the key.
    pub key: String,
}

/// A balancer before an etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// How it passes connections on.
    pub kind: FrontKind,
    /// Where it answers.
    pub names: Vec<Host>,
    /// PEM file of the certificate that it presents.
    pub certificate: Option<String>,
}

/// How a balancer passes connections on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrontKind {
    /// TCP: agents speak TLS with a member.
    Passthrough,
    /// It ends TLS, and begins it again as a client of its own.
    Terminates,
    /// TCP, to the etcd that the name in the handshake says.
    Sni,
}

/// A member of an etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: Label,
    /// Its addresses or names.
    pub addresses: Vec<Host>,
    /// Where it stands in the file.
    pub path: FieldPath,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: Label,
    /// Its address.
    pub address: Option<IpAddr>,
    /// Its host name, where that differs.
    pub hostname: Option<String>,
    /// Where it, or the range it comes from, stands in the file.
    pub path: FieldPath,
}

impl Etcd {
    /// Whether clients of its own cluster get credentials from here.
    pub const fn has_own_clients(&self) -> bool {
        self.local_clients || self.announce
    }

    /// Every list of endpoints, whoever dials it.
    pub fn lists(&self) -> impl Iterator<Item = &[Dialled]> {
        std::iter::once(self.endpoints.as_slice()).chain(self.endpoints_for.values().map(Vec::as_slice))
    }

    /// Where the agents of the cluster `reader` dial it.
    pub fn dialled_by(&self, reader: &ClusterName) -> &[Dialled] {
        self.endpoints_for.get(reader.as_str()).unwrap_or(&self.endpoints)
    }
}

impl Mesh {
    /// Every file that the mesh names, as written, by what it is for: certificates first. One file may be for both.
    pub fn files(&self) -> BTreeSet<(FileKind, &str)> {
        let mut files = BTreeSet::new();
        for authority in self.trust.authorities.values() {
            files.insert((FileKind::Certificate, authority.certificate.as_str()));
            files.extend(authority.key.iter().map(|key| (FileKind::Key, key.as_str())));
        }
        for etcd in self.clusters.iter().map(|cluster| &cluster.etcd) {
            if let Some(client) = &etcd.client {
                files.insert((FileKind::Certificate, &client.certificate));
                files.insert((FileKind::Key, &client.key));
            }
            files.extend(etcd.server_certificates.iter().map(|file| (FileKind::Certificate, file.as_str())));
            let front = etcd.front.as_ref().and_then(|front| front.certificate.as_deref());
            files.extend(front.map(|file| (FileKind::Certificate, file)));
        }
        files
    }
}

/// What a file that the mesh names is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Public.
    Certificate,
    /// Secret: its bytes never become a fact.
    Key,
}
