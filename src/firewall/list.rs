//! The whole list of a mesh.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, ClusterName};

use super::asked::Asked;
use super::datapath::{Assumption, Datapath};
use super::etcds;
use super::flow::Flow;
use super::machine::{Chosen, is_part};
use super::party::Party;
use super::places::Places;

/// Which machines dial which.
pub struct Firewall<'a> {
    pub(super) mesh: &'a CheckedMesh,
    pub(super) asked: &'a Asked,
    /// Every flow, by the names of the clusters that dial and are dialled. Administrators come first.
    pub flows: Vec<Flow<'a>>,
    /// What was assumed, and of which clusters.
    pub assumed: BTreeMap<Assumption, Vec<&'a ClusterName>>,
}

impl<'a> Firewall<'a> {
    /// The list of `mesh`.
    pub fn of(mesh: &'a CheckedMesh, asked: &'a Asked) -> Self {
        let clusters = mesh.clusters();
        let datapaths: BTreeMap<&ClusterName, Datapath> =
            clusters.iter().map(|(name, cluster)| (*name, Datapath::of(mesh, cluster))).collect();
        let reads: BTreeMap<&ClusterName, BTreeSet<&ClusterName>> =
            clusters.keys().map(|name| (*name, mesh.links(name).iter().collect())).collect();
        let has_link = |from: &ClusterName, to: &ClusterName| reads.get(from).is_some_and(|remotes| remotes.contains(to));
        let mut flows: Vec<Flow<'a>> = clusters.values().flat_map(|cluster| etcds::administration(cluster, asked)).collect();
        for (name, cluster) in &clusters {
            for (other, remote) in &clusters {
                if name == other {
                    flows.extend(etcds::own(cluster, asked));
                } else if has_link(name, other) {
                    let shows_pods = datapaths.get(name).is_some_and(|datapath| datapath.may_show_pods(cluster));
                    flows.extend(etcds::remote(cluster, remote, shows_pods));
                }
                if name == other || has_link(name, other) {
                    flows.extend(etcds::through_balancer(cluster, remote, asked));
                }
                let is_near =
                    if name == other { has_several_nodes(cluster) } else { has_link(name, other) || has_link(other, name) };
                if let (true, Some(ours), Some(theirs)) = (is_near, datapaths.get(name), datapaths.get(other)) {
                    flows.extend(ours.flows(cluster, remote, theirs));
                }
            }
        }
        let mut assumed: BTreeMap<Assumption, Vec<&ClusterName>> = BTreeMap::new();
        for (name, datapath) in &datapaths {
            datapath.assumed.iter().for_each(|assumption| assumed.entry(*assumption).or_default().push(name));
        }
        Self { mesh, asked, flows, assumed }
    }

    /// The name of the mesh.
    pub fn mesh_name(&self) -> &'a str {
        self.mesh.mesh().name.as_str()
    }

    /// Where the machines of a party are.
    pub fn places(&self, party: &Party<'_>) -> Places {
        party.places(&self.asked.administrators)
    }

    /// The flows from or to one of the chosen clusters or machines; all if none is chosen.
    #[must_use]
    pub fn about(mut self, chosen: &[Chosen<'_>]) -> Self {
        if !chosen.is_empty() {
            let is_about = |party: &Party<'_>| chosen.iter().any(|chosen| is_part(party, chosen));
            self.flows.retain(|flow| is_about(&flow.from) || is_about(&flow.to));
            let names: BTreeSet<&ClusterName> =
                self.flows.iter().flat_map(|flow| [flow.from.cluster_name(), flow.to.cluster_name()]).flatten().collect();
            self.assumed.values_mut().for_each(|clusters| clusters.retain(|name| names.contains(name)));
            self.assumed.retain(|_, clusters| !clusters.is_empty());
        }
        self
    }
}

/// Whether nodes of a cluster have others to talk to.
fn has_several_nodes(cluster: &Cluster) -> bool {
    cluster.nodes.len() != 1
}
