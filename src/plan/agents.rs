//! The agents of one cluster: whose etcds they read, and what its nodes present there.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::lint::CheckedMesh;
use crate::mesh::{ANY, ClientName, Cluster, ClusterName, Credential, Endpoint, Host, Label, Runtime};

use super::credential::CredentialKey;
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
    pub user: Option<String>,
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
    let remotes = mesh.links(&cluster.name).iter().filter_map(|name| clusters.get(name).copied());
    let links: Vec<LinkPlan> = remotes.map(|remote| link(mesh, trust.get(&remote.name), cluster, remote, revoked)).collect();
    AgentsPlan { nodes: nodes(mesh, cluster, &links, revoked), links }
}

/// The leaves that `nodes` present on `link`, each once; none where it is an existing one.
pub(super) fn clients<'a>(link: &'a LinkPlan, nodes: &'a [NodePlan]) -> Vec<&'a CredentialKey> {
    match &link.client {
        ClientPlan::Shared(key) => vec![key],
        ClientPlan::PerNode { .. } => nodes.iter().filter_map(|node| node.per_node_credentials.get(&link.remote)).collect(),
        ClientPlan::Given(_) => Vec::new(),
    }
}

fn link(
    mesh: &CheckedMesh,
    trust: Option<&TrustPlan>,
    reader: &Cluster,
    remote: &Cluster,
    revoked: &RevokedUsers<'_>,
) -> LinkPlan {
    let etcd = &remote.etcd;
    let endpoints = etcd.dialled_by(&reader.name).iter().map(|dialled| dialled.endpoint.clone()).collect::<Vec<_>>();
    let aliases = endpoints
        .iter()
        .filter_map(|endpoint| etcd.host_aliases.get_key_value(&endpoint.host))
        .map(|(name, addresses)| (name.clone(), addresses.clone()))
        .collect();
    let client = match (&etcd.client, trust) {
        (None, Some(trust)) if etcd.client_name.per_node() => ClientPlan::PerNode { signer: trust.client_signer.clone() },
        (None, Some(trust)) => ClientPlan::Shared(client_key(reader, remote, None, &trust.client_signer, revoked)),
        (None, None) => ClientPlan::PerNode { signer: Label::of_cluster(&remote.name) },
        (Some(given), _) => ClientPlan::Given(given.clone()),
    };
    let user = match &client {
        ClientPlan::Shared(_) | ClientPlan::PerNode { .. } => {
            Some(revoked.reader(remote, etcd.client_name.pattern(&reader.name)))
        }
        ClientPlan::Given(given) => {
            mesh.client(&given.certificate).first().and_then(|leaf| leaf.common_name().map(str::to_owned))
        }
    };
    let default = ClientName::default().pattern(&reader.name);
    LinkPlan {
        remote: remote.name.clone(),
        remote_id: remote.id,
        endpoints,
        aliases,
        anchors: trust.map(|trust| trust.server_trust.clone()).unwrap_or_default(),
        client,
        user: user.filter(|user| *user != default),
    }
}

fn client_key(
    reader: &Cluster,
    remote: &Cluster,
    node: Option<&Label>,
    signer: &Label,
    revoked: &RevokedUsers<'_>,
) -> CredentialKey {
    CredentialKey::Client {
        cluster: reader.name.clone(),
        node: node.cloned(),
        signer: signer.clone(),
        common_name: revoked.reader(remote, remote.etcd.client_name.expand(&reader.name, node)).into(),
    }
}

fn nodes(mesh: &CheckedMesh, cluster: &Cluster, links: &[LinkPlan], revoked: &RevokedUsers<'_>) -> Vec<NodePlan> {
    let clusters = mesh.clusters();
    let own = |node: Option<&Label>| {
        let per_node = links.iter().filter_map(|link| match &link.client {
            ClientPlan::PerNode { signer } => {
                Some((link.remote.clone(), client_key(cluster, clusters.get(&link.remote)?, node, signer, revoked)))
            }
            ClientPlan::Shared(_) | ClientPlan::Given(_) => None,
        });
        per_node.collect()
    };
    // The pods of a Helm cluster all mount the same Secrets.
    if cluster.nodes.is_empty() || cluster.runtime.helm().is_some() {
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
