//! The agents of one cluster: whose etcds they read, and what its nodes present there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use crate::lint::CheckedMesh;
use crate::mesh::{ANY, ClientName, Cluster, ClusterName, Credential, Endpoint, Host, Label, Runtime};

use super::client_leaf::ClientLeaf;
use super::credential::CredentialKey;
use super::etcd_users::EtcdUsers;
use super::revocations::RevokedUsers;
use super::trust::TrustPlan;

/// The links and nodes of one cluster; none if it is external.
pub(super) struct AgentsPlan {
    /// Whose etcds its agents read, in order of name.
    pub(super) links: Vec<LinkPlan>,
    /// Its nodes, in order of name; one called `any` for all if it lists none, or if Helm runs it.
    pub(super) nodes: Vec<NodePlan>,
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
    /// The etcd user that they are, with `{node}` where each node is another; none for the name that is the default.
    pub user: Option<Arc<str>>,
}

/// What agents show to a remote etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientPlan {
    /// One leaf for all nodes.
    Shared(CredentialKey),
    /// A leaf for each node: its common name has `{node}`.
    PerNode {
        /// Its place among the leaves of a node.
        leaf: usize,
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
    /// Leaves of its own. Links with the same CA and user have the same one.
    pub leaves: Vec<CredentialKey>,
}

impl ClientPlan {
    /// The leaf that all nodes present, if it is one.
    pub fn shared(&self) -> Option<&CredentialKey> {
        match self {
            Self::Shared(key) => Some(key),
            Self::PerNode { .. } | Self::Given(_) => None,
        }
    }
}

impl NodePlan {
    /// The leaf that it presents on `link`; none where it is an existing one.
    pub fn client<'a>(&'a self, link: &'a LinkPlan) -> Option<&'a CredentialKey> {
        match &link.client {
            ClientPlan::Shared(key) => Some(key),
            ClientPlan::PerNode { leaf } => self.leaves.get(*leaf),
            ClientPlan::Given(_) => None,
        }
    }
}

pub(super) fn plan(
    mesh: &CheckedMesh,
    trust: &BTreeMap<ClusterName, TrustPlan>,
    cluster: &Cluster,
    revoked: &RevokedUsers<'_>,
) -> AgentsPlan {
    if cluster.runtime == Runtime::External {
        return AgentsPlan { links: Vec::new(), nodes: Vec::new() };
    }
    let clusters = mesh.clusters();
    let remotes = mesh.links(&cluster.name).iter();
    let remotes: Vec<_> = remotes.filter_map(|name| Some((*clusters.get(name)?, trust.get(name)?))).collect();
    let issued = remotes.iter().filter(|(remote, _)| remote.etcd.client.is_none());
    let leaves: BTreeSet<ClientLeaf<'_>> = issued.map(|(remote, trust)| ClientLeaf::new(remote, trust)).collect();
    let (per_node, shared): (Vec<_>, Vec<_>) = leaves.into_iter().partition(ClientLeaf::is_per_node);
    let key = |leaf: &ClientLeaf<'_>, node: Option<&Label>| leaf.key(&cluster.name, node, revoked);
    let nodes = nodes(cluster, |node| per_node.iter().map(|leaf| key(leaf, node)).collect());
    let shared = shared.into_iter().map(|leaf| (leaf, ClientPlan::Shared(key(&leaf, None))));
    let clients = per_node.into_iter().enumerate().map(|(place, leaf)| (leaf, ClientPlan::PerNode { leaf: place })).chain(shared);
    let clients = clients.map(|(leaf, client)| (leaf, (client, leaf.user(&cluster.name, revoked).into())));
    let reader = Reader { mesh, cluster, clients: clients.collect() };
    AgentsPlan { links: remotes.iter().filter_map(|(remote, trust)| reader.link(remote, trust)).collect(), nodes }
}

/// The leaves that `nodes` present on `link`, each once; none where it is an existing one.
pub(super) fn clients<'a>(link: &'a LinkPlan, nodes: &'a [NodePlan]) -> Vec<&'a CredentialKey> {
    match &link.client {
        ClientPlan::Shared(key) => vec![key],
        ClientPlan::PerNode { .. } | ClientPlan::Given(_) => nodes.iter().filter_map(|node| node.client(link)).collect(),
    }
}

/// Adds the users that `nodes` are on each of `links`, by etcd; not those of existing certificates.
pub(super) fn add_users<'a>(links: &'a [LinkPlan], nodes: &[NodePlan], users: &mut BTreeMap<&'a ClusterName, EtcdUsers>) {
    let count = nodes.first().map_or(0, |node| node.leaves.len());
    let user = |node: &NodePlan, leaf: usize| node.leaves.get(leaf)?.user().cloned();
    let per_node = (0..count).map(|leaf| nodes.iter().filter_map(|node| user(node, leaf)).collect());
    let per_node: Vec<Arc<[Arc<str>]>> = per_node.collect();
    for link in links {
        let of_remote = users.entry(&link.remote).or_default();
        match &link.client {
            ClientPlan::Shared(key) => of_remote.extend(key.user().cloned()),
            ClientPlan::PerNode { leaf } => per_node.get(*leaf).into_iter().for_each(|list| of_remote.add(list)),
            ClientPlan::Given(_) => {}
        }
    }
}

/// The agents of a cluster.
struct Reader<'a> {
    mesh: &'a CheckedMesh,
    cluster: &'a Cluster,
    /// What they present where they get it from here, and the user that they are with it.
    clients: BTreeMap<ClientLeaf<'a>, (ClientPlan, Arc<str>)>,
}

impl Reader<'_> {
    fn link(&self, remote: &Cluster, trust: &TrustPlan) -> Option<LinkPlan> {
        let (etcd, reader) = (&remote.etcd, &self.cluster.name);
        let endpoints = etcd.dialled_by(reader).iter().map(|dialled| dialled.endpoint.clone()).collect::<Vec<_>>();
        let aliases = endpoints
            .iter()
            .filter_map(|endpoint| etcd.host_aliases.get_key_value(&endpoint.host))
            .map(|(name, addresses)| (name.clone(), addresses.clone()))
            .collect();
        let (client, user) = if let Some(given) = &etcd.client {
            let leaf = self.mesh.client(&given.certificate).first();
            (ClientPlan::Given(given.clone()), leaf.and_then(|leaf| leaf.common_name().map(Arc::from)))
        } else {
            let (client, user) = self.clients.get(&ClientLeaf::new(remote, trust))?;
            (client.clone(), Some(Arc::clone(user)))
        };
        let default = ClientName::default().pattern(reader);
        Some(LinkPlan {
            remote: remote.name.clone(),
            remote_id: remote.id,
            endpoints,
            aliases,
            anchors: trust.server_trust.clone(),
            client,
            user: user.filter(|user| **user != *default),
        })
    }
}

/// The nodes of `cluster`, each with its own leaves.
fn nodes(cluster: &Cluster, leaves: impl Fn(Option<&Label>) -> Vec<CredentialKey>) -> Vec<NodePlan> {
    // The pods of a Helm cluster all mount the same Secrets.
    if cluster.nodes.is_empty() || cluster.runtime.helm().is_some() {
        return vec![NodePlan { name: ANY.to_owned(), hostname: None, leaves: leaves(None) }];
    }
    let mut nodes: Vec<_> = cluster
        .nodes
        .iter()
        .map(|node| NodePlan { name: node.name.to_string(), hostname: node.hostname.clone(), leaves: leaves(Some(&node.name)) })
        .collect();
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    nodes
}
