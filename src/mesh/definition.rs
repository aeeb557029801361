//! The mesh as typed values. Each value is valid by itself; `lint` checks whether they fit together.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::diag::FieldPath;

use super::client_name::ClientName;
use super::duration::Lifetime;
use super::endpoint::{Endpoint, Host};
use super::name::{ClusterName, Label};
use super::runtime::Runtime;
use super::version::CiliumVersion;

/// One ClusterMesh.
#[derive(Debug, Clone)]
pub struct Mesh {
    /// Name of the state, and part of the subjects of CAs made here.
    pub name: Label,
    /// Version and settings of agents, for clusters without other values.
    pub cilium: Cilium,
    /// Authorities, key algorithm, lifetimes.
    pub trust: Trust,
    /// Which clusters read which.
    pub links: Links,
    /// Findings that the owner accepts.
    pub accept: Vec<Accept>,
    /// The clusters with valid values, in the order of the file.
    pub clusters: Vec<Cluster>,
    /// Names of clusters that are in the file but have errors: references to them are not reported again.
    pub unsound: Vec<String>,
}

/// Version and settings of the agents of one cluster.
#[derive(Debug, Clone)]
pub struct Cilium {
    /// major.minor; the newest if it could not be read.
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
    /// Whether its agents have a Kubernetes API, if given.
    pub kubernetes: Option<bool>,
    /// The range that agents do not masquerade, IPv4.
    pub ipv4_native_routing_cidr: Option<IpNet>,
    /// The range that agents do not masquerade, IPv6.
    pub ipv6_native_routing_cidr: Option<IpNet>,
}

impl Cilium {
    /// The value of agents without `max-connected-clusters` (`MaxConnectedClusters` in pkg/defaults/defaults.go of
    /// cilium/cilium): identities name the cluster with 8 bits.
    pub const DEFAULT_MAX_CONNECTED: i64 = 255;
    /// The other value that they accept: 9 bits.
    pub const EXTENDED_MAX_CONNECTED: i64 = 511;
}

/// CAs, and lifetimes of certificates.
#[derive(Debug, Clone)]
pub struct Trust {
    /// Default CA of etcds that name none.
    pub authority: DefaultAuthority,
    /// Provided CAs.
    pub authorities: BTreeMap<Label, ProvidedCa>,
    /// The key algorithm of new leaves and CAs.
    pub key_algorithm: KeyAlgorithm,
    /// Lifetime of CAs made here.
    pub authority_validity: Lifetime,
    /// Lifetime of server certificates.
    pub server_validity: Lifetime,
    /// Lifetime of client certificates.
    pub client_validity: Lifetime,
    /// How long before its expiry a certificate is renewed.
    pub renew_before: Lifetime,
}

/// The CA of an etcd that names none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultAuthority {
    /// One for the whole mesh, called `mesh`.
    Shared,
    /// One for each cluster, with the name of the cluster.
    PerCluster,
}

/// A provided CA.
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

/// Which clusters read which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Links {
    /// Every cluster reads every other.
    Full,
    /// Every cluster reads the hub, and the hub reads every cluster.
    Hub(String),
    /// These pairs, both directions, each with its place in the file.
    Pairs(Vec<(String, String, FieldPath)>),
}

/// A finding that the owner accepts.
#[derive(Debug, Clone)]
pub struct Accept {
    /// Its code, as written.
    pub code: String,
    /// Its place.
    pub at: FieldPath,
    /// Why it is accepted.
    pub reason: String,
    /// The place of this entry.
    pub path: FieldPath,
}

/// One cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Its cluster-name.
    pub name: ClusterName,
    /// Its cluster-id as written; `lint` knows which ids the mesh allows. 0 if it could not be read.
    pub id: i64,
    /// Whether the id could be read.
    pub id_read: bool,
    /// Version and settings, the mesh's merged in.
    pub cilium: Cilium,
    /// What starts its agents.
    pub runtime: Runtime,
    /// The clustermesh directory, as the agents see it.
    pub config_dir: String,
    /// Whether options are written.
    pub emit_options: bool,
    /// Its etcd; an empty one if there is none.
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
    /// Where it is in the file.
    pub path: FieldPath,
}

/// A range of addresses as in the file: host bits may be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cidr {
    /// The range.
    pub net: IpNet,
    /// Where it is in the file.
    pub path: FieldPath,
}

/// The name of the node of a cluster that lists none: one bundle serves all its nodes.
pub const ANY: &str = "any";

/// The etcd of a cluster.
#[derive(Debug, Clone)]
pub struct Etcd {
    /// The endpoints.
    pub endpoints: Vec<Dialled>,
    /// Other endpoints for the agents of one cluster.
    pub endpoints_for: BTreeMap<String, Vec<Dialled>>,
    /// Addresses of endpoint names.
    pub host_aliases: BTreeMap<Host, Vec<IpAddr>>,
    /// The CA that signs its servers and clients.
    pub authority: Option<Label>,
    /// The CAs that agents trust, if they differ.
    pub server_trust: Option<Vec<Label>>,
    /// The CA that signs the clients, if it differs.
    pub client_signer: Option<Label>,
    /// Further CAs that its servers trust.
    pub client_trust: Vec<Label>,
    /// Common name of the clients.
    pub client_name: ClientName,
    /// A provided client credential.
    pub client: Option<Credential>,
    /// Existing server certificates.
    pub server_certificates: Vec<String>,
    /// The balancer that agents dial in place of the members.
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
    /// Whether its local agents, operator and administrator get credentials from meshbundle.
    pub local_clients: bool,
    /// Whether the cluster is announced in it by `meshbundle announce`.
    pub announce: bool,
}

/// An endpoint as agents dial it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialled {
    /// Host and port.
    pub endpoint: Endpoint,
    /// Where it is in the file.
    pub path: FieldPath,
}

/// Files of a provided credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// PEM file of the certificate, followed by intermediates.
    pub certificate: String,
    /// PEM file of the key.
    pub key: String,
}

/// A balancer before an etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Front {
    /// How it passes connections on.
    pub kind: FrontKind,
    /// Its names and addresses.
    pub names: Vec<Host>,
    /// PEM file of the certificate that it presents.
    pub certificate: Option<String>,
}

/// How a balancer passes connections on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrontKind {
    /// TCP: agents speak TLS with a member.
    Passthrough,
    /// It terminates TLS and re-encrypts, with its own client certificate.
    Terminates,
    /// TCP, to the etcd of the name in the handshake.
    Sni,
}

/// A member of an etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: Label,
    /// Its addresses or names.
    pub addresses: Vec<Host>,
    /// Where it is in the file.
    pub path: FieldPath,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: Label,
    /// Its address.
    pub address: Option<IpAddr>,
    /// Its host name, if it differs.
    pub hostname: Option<String>,
    /// The place of it, or of its range, in the file.
    pub path: FieldPath,
}

impl Etcd {
    /// Whether local clients get credentials from meshbundle.
    pub const fn has_own_clients(&self) -> bool {
        self.local_clients || self.announce
    }

    /// The port that clients of a member dial: the one of an endpoint that is the member's, or else the one of all endpoints. Behind a
    /// balancer, the members have etcd's own.
    pub fn client_port(&self, member: &Member) -> u16 {
        let endpoints: Vec<&Endpoint> = self.lists().flatten().map(|dialled| &dialled.endpoint).collect();
        let own = endpoints.iter().find(|endpoint| member.addresses.contains(&endpoint.host));
        let any = || endpoints.first().filter(|_| self.front.is_none());
        own.or_else(any).map_or(Endpoint::DEFAULT_PORT, |endpoint| endpoint.port)
    }

    /// The addresses of a host that the mesh knows.
    pub fn addresses(&self, host: &Host) -> Vec<IpAddr> {
        match host {
            Host::Ip(address) => vec![*address],
            Host::Name(_) => self.host_aliases.get(host).cloned().unwrap_or_default(),
        }
    }

    /// Every list of endpoints, of all readers.
    pub fn lists(&self) -> impl Iterator<Item = &[Dialled]> {
        std::iter::once(self.endpoints.as_slice()).chain(self.endpoints_for.values().map(Vec::as_slice))
    }

    /// The endpoints for the agents of the cluster `reader`.
    pub fn dialled_by(&self, reader: &ClusterName) -> &[Dialled] {
        self.endpoints_for.get(reader.as_str()).unwrap_or(&self.endpoints)
    }
}

impl Mesh {
    /// Every file that the mesh names, as written, with its kind: certificates first. One file may have both kinds.
    pub fn files(&self) -> BTreeSet<(FileKind, &str)> {
        let mut files = BTreeSet::new();
        for authority in self.trust.authorities.values() {
            files.insert((FileKind::Certificate, authority.certificate.as_str()));
            files.extend(authority.key.iter().map(|key| (FileKind::Key, key.as_str())));
        }
        for release in self.clusters.iter().filter_map(|cluster| cluster.runtime.helm()) {
            files.extend(release.values.iter().map(|file| (FileKind::Values, file.as_str())));
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

/// The kind of a file that the mesh names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Public.
    Certificate,
    /// Secret: facts never have its bytes.
    Key,
    /// Values of a Helm release.
    Values,
}
