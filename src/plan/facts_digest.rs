//! What the other ends of a node's or member's bundle depend on, as a digest: if it changes, what they have may no longer work with an
//! earlier generation, and installers refuse to go back to one.
//!
//! Serial numbers, options, labels and versions are no such facts. Neither is a link or a local client that is added: to go back only
//! removes it.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::mesh::{Endpoint, Label};

use super::agents::{ClientPlan, LinkPlan, NodePlan};
use super::bundle_digest::Resolve;
use super::bundle_id::BundleId;
use super::cluster::{ClusterPlan, MemberPlan};
use super::credential::CredentialKey;
use super::digest_fields::Fields;
use super::inventory::Inventory;
use super::sans::HostCertificate;

/// Hex digits of a digest: it is only compared with that of the generation before.
const LENGTH: usize = 16;

/// The facts of one bundle.
pub(super) struct FactsDigest {
    /// All of them.
    pub(super) all: String,
    /// Without links and local clients that the run before did not have.
    pub(super) known: String,
}

/// The facts of every bundle that has an installer; nothing where they depend on something that is yet to be issued.
pub(super) fn digests(
    clusters: &[ClusterPlan],
    before: &Inventory,
    resolve: &(dyn Resolve + Sync),
) -> BTreeMap<BundleId, FactsDigest> {
    let of_cluster = |cluster: &ClusterPlan| {
        let mut facts = Vec::new();
        let known = |fact: &Fact<'_>| fact.is_known(cluster, before);
        let (all, known) = (Shared::new(cluster, &|_| true, resolve), Shared::new(cluster, &known, resolve));
        for node in &cluster.nodes {
            let of = |shared: &Option<Shared<'_>>| shared.as_ref().and_then(|shared| shared.node(node, resolve));
            facts.extend(of(&all).zip(of(&known)).map(|(all, known)| (cluster.node_bundle(node), FactsDigest { all, known })));
        }
        for member in &cluster.members {
            let digest = of_member(cluster, member, resolve);
            let digest = digest.map(|all| FactsDigest { known: all.clone(), all });
            facts.extend(digest.map(|digest| (cluster.member_bundle(member), digest)));
        }
        facts
    };
    clusters.par_iter().flat_map_iter(of_cluster).collect()
}

/// What a fact of a node is about.
enum Fact<'a> {
    Link(&'a LinkPlan),
    LocalClient(&'a CredentialKey),
}

impl Fact<'_> {
    /// Whether the run before had it.
    fn is_known(&self, cluster: &ClusterPlan, before: &Inventory) -> bool {
        match self {
            Self::Link(link) => {
                before.clusters.get(cluster.name.as_str()).is_some_and(|record| record.links.contains(link.remote.as_str()))
            }
            Self::LocalClient(key) => before.credentials.contains_key(&key.to_string()),
        }
    }
}

/// What the nodes of a cluster share.
struct Shared<'a> {
    digest: String,
    /// The links that count.
    links: Vec<&'a LinkPlan>,
}

impl<'a> Shared<'a> {
    fn new(cluster: &'a ClusterPlan, counts: &dyn Fn(&Fact<'_>) -> bool, resolve: &dyn Resolve) -> Option<Self> {
        let mut fields = Fields::default();
        let links: Vec<&LinkPlan> = cluster.links.iter().filter(|link| counts(&Fact::Link(link))).collect();
        links.iter().try_for_each(|link| add_link(&mut fields, link, resolve))?;
        if let Some(own) = &cluster.own {
            for key in own.agent.iter().chain(&own.announcer).filter(|key| counts(&Fact::LocalClient(key))) {
                fields.add(&key.to_string());
                add_dialled(&mut fields, &own.endpoints, &own.anchors, resolve)?;
                for endpoint in &own.endpoints {
                    fields.add(&format!("{:?}", cluster.hosts.get(&endpoint.host)));
                }
                fields.add(resolve.fingerprint(&own.signer)?);
            }
        }
        Some(Self { digest: fields.finish(), links })
    }

    /// With the users that are of one node alone.
    fn node(&self, node: &NodePlan, resolve: &dyn Resolve) -> Option<String> {
        let mut fields = Fields::default();
        fields.add(&self.digest);
        let per_node = self.links.iter().filter(|link| link.client.shared().is_none());
        for key in per_node.filter_map(|link| node.client(link)) {
            add_client(&mut fields, key, resolve)?;
        }
        Some(short(fields))
    }
}

fn add_link(fields: &mut Fields, link: &LinkPlan, resolve: &dyn Resolve) -> Option<()> {
    // The user is in the key of the client, and that of an existing one in its certificate.
    let LinkPlan { remote, remote_id: _, endpoints, aliases, anchors, client, user: _ } = link;
    fields.add(remote.as_str());
    add_dialled(fields, endpoints, anchors, resolve)?;
    for (name, addresses) in aliases {
        fields.add(&format!("{name} {addresses:?}"));
    }
    match client {
        ClientPlan::Shared(key) => add_client(fields, key, resolve),
        ClientPlan::PerNode { leaf: _ } => {
            fields.add("per-node");
            Some(())
        }
        ClientPlan::Given(given) => {
            fields.add(&resolve.given(&given.certificate)?);
            Some(())
        }
    }
}

/// Where an etcd is dialled, and whom its clients trust there.
fn add_dialled(fields: &mut Fields, endpoints: &[Endpoint], anchors: &[Label], resolve: &dyn Resolve) -> Option<()> {
    fields.add_sorted("endpoints", endpoints.iter().map(ToString::to_string).collect());
    add_trust(fields, anchors, resolve)
}

fn add_trust(fields: &mut Fields, anchors: &[Label], resolve: &dyn Resolve) -> Option<()> {
    let anchors: Option<Vec<String>> = anchors.iter().map(|anchor| resolve.fingerprint(anchor).map(str::to_owned)).collect();
    fields.add_sorted("trust", anchors?);
    Some(())
}

/// Who signs a client, and its user.
fn add_client(fields: &mut Fields, key: &CredentialKey, resolve: &dyn Resolve) -> Option<()> {
    if let CredentialKey::Client { signer, common_name, .. } = key {
        fields.add(resolve.fingerprint(signer)?);
        fields.add(common_name);
    }
    Some(())
}

fn of_member(cluster: &ClusterPlan, member: &MemberPlan, resolve: &dyn Resolve) -> Option<String> {
    let hosts = |certificate: &HostCertificate| certificate.hosts().collect();
    let mut fields = Fields::default();
    fields.add(resolve.fingerprint(&cluster.trust.server_signer)?);
    fields.add_sorted("server", hosts(&member.server));
    add_trust(&mut fields, &cluster.trust.client_trust, resolve)?;
    if let Some(peer) = &member.peer {
        fields.add_sorted("peer", hosts(peer));
        add_trust(&mut fields, &cluster.trust.peer_trust, resolve)?;
    }
    Some(short(fields))
}

fn short(fields: Fields) -> String {
    let mut digest = fields.finish();
    digest.truncate(LENGTH);
    digest
}
