//! One cluster in the plan. What its nodes share is in it once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::lint::{CheckedMesh, dialled_hosts, on_the_machine};
use crate::mesh::{CiliumVersion, Cluster, ClusterName, Credential, Endpoint, Etcd, Feature, Host, Label, Runtime};

use super::authorisation::Authorisation;
use super::credential::CredentialKey;
use super::inventory::ClusterRecord;
use super::local_etcd::{self, LocalEtcdPlan};
use super::options;

/// A cluster, and everything that is written for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterPlan {
    /// Its cluster-name.
    pub name: ClusterName,
    /// Its cluster-id.
    pub id: i64,
    /// The version of its agents.
    pub version: CiliumVersion,
    /// How many clusters it counts with, if the mesh says so.
    pub max_connected_clusters: Option<i64>,
    /// What starts its agents.
    pub runtime: Runtime,
    /// Where its agents look for peers, as they see it.
    pub config_dir: String,
    /// Options of its agents, by name; empty if they are set elsewhere.
    pub agent_options: Vec<(&'static str, String)>,
    /// Options of its operator; empty if they are set elsewhere.
    pub operator_options: Vec<(&'static str, String)>,
    /// Whose etcds its agents read, in order of name.
    pub links: Vec<LinkPlan>,
    /// The clients of its own etcd, as far as they get their credentials from here.
    pub own: Option<LocalEtcdPlan>,
    /// Whose etcds they once read and no longer do.
    pub removed: BTreeSet<String>,
    /// Host names that its agents cannot find by themselves, for a hosts file: they are too old to read them from the config.
    pub hosts: BTreeMap<Host, Vec<IpAddr>>,
    /// Its nodes, in order of name; one called `any` for all if it lists none; nothing if it is external.
    pub nodes: Vec<NodePlan>,
    /// Members of its etcd that get their certificates from here.
    pub members: Vec<MemberPlan>,
    /// Who signs its etcd's members, and what these anchor each other on.
    pub server_signer: Label,
    /// Authorities that its etcd's members anchor on.
    pub client_trust: Vec<Label>,
    /// user:group of the members' files.
    pub owner: Option<String>,
    /// Users and roles of its etcd; nothing where nobody has rights that are given from here.
    pub authorisation: Option<Authorisation>,
}

/// Agents of one cluster reading the etcd of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPlan {
    /// Whose etcd.
    pub remote: ClusterName,
    /// Its cluster-id.
    pub remote_id: i64,
    /// Where it is dialled from here.
    pub endpoints: Vec<Endpoint>,
    /// Addresses of the names among the endpoints.
    pub aliases: BTreeMap<Host, Vec<IpAddr>>,
    /// What the agents anchor on.
    pub anchors: Vec<Label>,
    /// What they show.
    pub client: ClientPlan,
}

/// What agents show to a remote etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientPlan {
    /// One leaf for all nodes.
    Shared(CredentialKey),
    /// A leaf for each node: its common name has `{node}`; here with the node left out.
    PerNode {
        /// Who signs them.
        signer: Label,
    },
    /// An existing one.
    Given(Credential),
}

/// A node of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePlan {
    /// Its name, or `any`.
    pub name: String,
    /// Host names that an installer may find on it.
    pub hostname: Option<String>,
    /// Leaves of its own, by remote cluster.
    pub per_node_credentials: BTreeMap<ClusterName, CredentialKey>,
}

/// A member of a cluster's etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberPlan {
    /// Its name.
    pub name: Label,
    /// Its certificate towards clients.
    pub server: HostCertificate,
    /// Its certificate towards other members, if they get theirs from here.
    pub peer: Option<HostCertificate>,
}

/// A certificate that is for hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCertificate {
    /// Which leaf it is.
    pub credential: CredentialKey,
    /// DNS names that it must cover.
    pub dns_names: Vec<String>,
    /// Addresses that it must cover.
    pub ip_addresses: Vec<IpAddr>,
}

/// Name of the bundle that serves every node of a cluster.
pub const ANY: &str = "any";

pub(super) fn plan(mesh: &CheckedMesh, cluster: &Cluster, before: Option<&ClusterRecord>) -> ClusterPlan {
    let clusters = mesh.clusters();
    let external = cluster.runtime == Runtime::External;
    let linked = mesh.links(&cluster.name);
    let remotes = linked.iter().filter_map(|name| clusters.get(name).copied());
    let links: Vec<LinkPlan> = remotes.filter(|_| !external).map(|remote| link(mesh, cluster, remote)).collect();
    let mut hosts: BTreeMap<Host, BTreeSet<IpAddr>> = BTreeMap::new();
    if !cluster.cilium.version.has(Feature::HostAliases) {
        for (name, addresses) in links.iter().flat_map(|link| &link.aliases) {
            hosts.entry(name.clone()).or_default().extend(addresses);
        }
    }
    let own = local_etcd::plan(mesh, cluster);
    // Aliases are for the files of peers only: the config of the own etcd knows none (newConfig in pkg/kvstore/etcd.go).
    for endpoint in own.iter().flat_map(|own| &own.endpoints) {
        if let Some((name, addresses)) = cluster.etcd.host_aliases.get_key_value(&endpoint.host) {
            hosts.entry(name.clone()).or_default().extend(addresses);
        }
    }
    let removed = before.map(|record| {
        record
            .removed
            .iter()
            .chain(&record.links)
            .filter(|name| !linked.iter().any(|now| now.as_str() == *name))
            .cloned()
            .collect()
    });
    let trust = mesh.trust(&cluster.name);
    let emit = cluster.emit_options && !external;
    ClusterPlan {
        name: cluster.name.clone(),
        id: cluster.id,
        version: cluster.cilium.version,
        max_connected_clusters: cluster.cilium.max_connected_clusters,
        runtime: cluster.runtime.clone(),
        config_dir: cluster.config_dir.clone(),
        agent_options: if emit { options::agent(cluster) } else { Vec::new() },
        operator_options: if emit { options::operator(cluster) } else { Vec::new() },
        nodes: if external { Vec::new() } else { nodes(mesh, cluster, &links) },
        members: members(mesh, cluster),
        links,
        own,
        removed: removed.unwrap_or_default(),
        hosts: hosts.into_iter().map(|(name, addresses)| (name, addresses.into_iter().collect())).collect(),
        server_signer: trust.map_or_else(|| Label::of_cluster(&cluster.name), |trust| trust.server_signer.clone()),
        client_trust: trust.map(|trust| trust.client_trust.clone()).unwrap_or_default(),
        owner: cluster.etcd.owner.clone(),
        // Known when everybody's links are.
        authorisation: None,
    }
}

fn link(mesh: &CheckedMesh, reader: &Cluster, remote: &Cluster) -> LinkPlan {
    let etcd = &remote.etcd;
    let endpoints = etcd.dialled_by(&reader.name).iter().map(|dialled| dialled.endpoint.clone()).collect::<Vec<_>>();
    let aliases = endpoints
        .iter()
        .filter_map(|endpoint| etcd.host_aliases.get_key_value(&endpoint.host))
        .map(|(name, addresses)| (name.clone(), addresses.clone()))
        .collect();
    let trust = mesh.trust(&remote.name);
    let client = match (&etcd.client, trust) {
        (None, Some(trust)) if etcd.client_name.per_node() => ClientPlan::PerNode { signer: trust.client_signer.clone() },
        (None, Some(trust)) => ClientPlan::Shared(client_key(reader, remote, None, &trust.client_signer)),
        (None, None) => ClientPlan::PerNode { signer: Label::of_cluster(&remote.name) },
        (Some(given), _) => ClientPlan::Given(given.clone()),
    };
    LinkPlan {
        remote: remote.name.clone(),
        remote_id: remote.id,
        endpoints,
        aliases,
        anchors: trust.map(|trust| trust.server_trust.clone()).unwrap_or_default(),
        client,
    }
}

fn client_key(reader: &Cluster, remote: &Cluster, node: Option<&Label>, signer: &Label) -> CredentialKey {
    CredentialKey::Client {
        cluster: reader.name.clone(),
        node: node.cloned(),
        signer: signer.clone(),
        common_name: remote.etcd.client_name.expand(&reader.name, node).into(),
    }
}

fn nodes(mesh: &CheckedMesh, cluster: &Cluster, links: &[LinkPlan]) -> Vec<NodePlan> {
    let clusters = mesh.clusters();
    let own = |node: Option<&Label>| {
        let per_node = links.iter().filter_map(|link| match &link.client {
            ClientPlan::PerNode { signer } => {
                Some((link.remote.clone(), client_key(cluster, clusters.get(&link.remote)?, node, signer)))
            }
            ClientPlan::Shared(_) | ClientPlan::Given(_) => None,
        });
        per_node.collect()
    };
    if cluster.nodes.is_empty() {
        return vec![NodePlan { name: ANY.to_owned(), hostname: None, per_node_credentials: own(None) }];
    }
    let mut nodes: Vec<_> = cluster
        .nodes
        .iter()
        .map(|node| NodePlan {
            name: node.name.to_string(),
            hostname: node.hostname.clone(),
            per_node_credentials: own(Some(&node.name)),
        })
        .collect();
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    nodes
}

/// The members, in order of name.
fn members(mesh: &CheckedMesh, cluster: &Cluster) -> Vec<MemberPlan> {
    let etcd = &cluster.etcd;
    let reads = |reader: &str| {
        let own = reader == cluster.name.as_str() && etcd.has_own_clients();
        own || ClusterName::new(reader).is_ok_and(|reader| mesh.links(&reader).contains(&cluster.name))
    };
    let dialled = dialled_hosts(etcd, reads);
    let added: Vec<Host> = on_the_machine().into_iter().filter(|host| !mesh.leaves_out(&cluster.name, host)).collect();
    let mut members: Vec<_> = etcd
        .members
        .iter()
        .map(|member| {
            let (cluster, name) = (cluster.name.clone(), member.name.clone());
            // Every member covers every endpoint host that any link dials: which of them is behind a name or a virtual
            // address, nobody here knows.
            let server = CredentialKey::Server { cluster: cluster.clone(), member: name.clone() };
            let server = covering(etcd, dialled.iter().copied().chain(&member.addresses).chain(&added), server);
            // Peers dial members, and nothing else. A member that dials is held against the addresses in its certificate,
            // too (checkCertSAN in client/pkg/transport/listener_tls.go of etcd).
            let peer = CredentialKey::Peer { cluster, member: name.clone() };
            let peer = etcd.peers.then(|| covering(etcd, member.addresses.iter().chain(&added), peer));
            MemberPlan { name, server, peer }
        })
        .collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    members
}

/// A certificate for `hosts`, and for what the mesh adds.
fn covering<'a>(etcd: &Etcd, hosts: impl Iterator<Item = &'a Host>, credential: CredentialKey) -> HostCertificate {
    let mut names: BTreeSet<String> = etcd.extra_dns_names.iter().cloned().collect();
    let mut addresses: BTreeSet<IpAddr> = etcd.extra_ip_addresses.iter().copied().collect();
    for host in hosts {
        match host {
            Host::Ip(address) => addresses.insert(*address),
            Host::Name(name) => names.insert(name.clone()),
        };
    }
    HostCertificate { credential, dns_names: names.into_iter().collect(), ip_addresses: addresses.into_iter().collect() }
}

impl ClusterPlan {
    /// Path of a node's archive below `bundles/`, without its ending.
    pub fn node_bundle(&self, node: &NodePlan) -> String {
        format!("{}/nodes/{}", self.name, node.name)
    }

    /// Path of a member's archive below `bundles/`, without its ending.
    pub fn member_bundle(&self, member: &MemberPlan) -> String {
        format!("{}/etcd/{}", self.name, member.name)
    }

    /// Path of the operator's folder below `bundles/`.
    pub fn operator_bundle(&self) -> String {
        format!("{}/operator", self.name)
    }

    /// Path of the folder of its etcd's loose files below `bundles/`: the archives of the members stand in it, too.
    pub fn etcd_bundle(&self) -> String {
        format!("{}/etcd", self.name)
    }

    /// The leaves that its nodes show on `link`, each once; none where it is an existing one.
    pub fn clients<'a>(&'a self, link: &'a LinkPlan) -> Vec<&'a CredentialKey> {
        match &link.client {
            ClientPlan::Shared(key) => vec![key],
            ClientPlan::PerNode { .. } => {
                self.nodes.iter().filter_map(|node| node.per_node_credentials.get(&link.remote)).collect()
            }
            ClientPlan::Given(_) => Vec::new(),
        }
    }
}
