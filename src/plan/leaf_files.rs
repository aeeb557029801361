//! Which clusters get a new file with their leaves, and which leaves it has. A file is never changed: if a leaf comes or goes, the
//! cluster gets a new file with all of its leaves, so the keys of the others leave the disk with the old file.

use std::collections::BTreeMap;

use crate::mesh::ClusterName;

use super::credential::{CredentialKey, CredentialPlan, leaf_holder};
use super::decide::Plan;
use super::inventory::Inventory;

/// The file with the leaves of a cluster after a run.
pub enum LeafFilePlan<'a> {
    /// The one that is there, by its name.
    Keep(&'a str),
    /// A new one, with these leaves.
    Write(Vec<(&'a CredentialKey, &'a CredentialPlan)>),
}

impl Plan {
    /// The file of each cluster that has leaves. A cluster whose leaves have a file each, as up to format 4 of the inventory, gets one
    /// for all of them.
    pub fn leaf_files<'a>(&'a self, before: &'a Inventory) -> BTreeMap<&'a ClusterName, LeafFilePlan<'a>> {
        let mut leaves: BTreeMap<&ClusterName, Vec<_>> = BTreeMap::new();
        for (key, plan) in &self.credentials {
            leaves.entry(key.cluster()).or_default().push((key, plan));
        }
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for (cluster, _) in before.credentials.keys().filter_map(|name| leaf_holder(name)) {
            *known.entry(cluster).or_default() += 1;
        }
        let plan = |(cluster, leaves): (&'a ClusterName, Vec<(&'a CredentialKey, &'a CredentialPlan)>)| {
            // Each kept leaf is one of the known ones.
            let kept = leaves.iter().filter(|(_, plan)| plan.serial().is_some()).count();
            let is_same = kept == leaves.len() && known.get(cluster.as_str()) == Some(&kept);
            let there = before.leaf_file(cluster.as_str()).filter(|_| is_same);
            (cluster, there.map_or(LeafFilePlan::Write(leaves), LeafFilePlan::Keep))
        };
        leaves.into_iter().map(plan).collect()
    }
}
