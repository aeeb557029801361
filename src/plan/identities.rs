//! Names and ids of clusters: whether one changed, and whether one is taken that a cluster which left may still have.
//!
//! Input: the mesh, what was issued before, what targets have of it. Output: findings.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::CheckedMesh;
use crate::mesh::Cluster;

use super::behind::{Behind, Proof};
use super::bundle_id::{BundleId, BundleKind};
use super::floors::Floors;
use super::inventory::{ClusterRecord, Inventory};
use super::request::Request;

pub(super) struct Identities<'a> {
    pub(super) mesh: &'a CheckedMesh,
    pub(super) inventory: &'a Inventory,
    pub(super) floors: &'a Floors,
    pub(super) request: &'a Request,
}

impl Identities<'_> {
    /// Adds the findings; returns the names of clusters that came back under another name.
    pub(super) fn check(&self, findings: &mut Vec<Diagnostic>) -> BTreeSet<String> {
        let mut renamed = BTreeSet::new();
        for cluster in self.mesh.clusters().values() {
            match self.inventory.clusters.get(cluster.name.as_str()) {
                Some(before) if before.id != cluster.id => findings.push(changed(
                    cluster.path.field("id"),
                    format!("refusing to change the id of `{}` from {} to {}", cluster.name, before.id, cluster.id),
                    format!(
                        "set it back to {}; if the change is intended, also give the cluster a new name, or delete its identities: `meshbundle explain CM0603` has the steps",
                        before.id
                    ),
                )),
                Some(_) => {}
                None => match self.renamed_from(cluster) {
                    Some(old) => {
                        findings.push(changed(
                            cluster.path.field("name"),
                            format!("refusing to rename `{old}` to `{}`", cluster.name),
                            format!("set it back to `{old}`; if `{old}` is gone for good and this is another cluster, give it another id, and pass `--remove {old}`"),
                        ));
                        renamed.insert(old.clone());
                    }
                    None => self.taken(cluster, findings),
                },
            }
        }
        renamed
    }

    fn is_wanted(&self, name: &str) -> bool {
        self.mesh.clusters().keys().any(|wanted| wanted.as_str() == name)
    }

    /// The cluster that had this id, and is not said to leave.
    fn renamed_from(&self, cluster: &Cluster) -> Option<&String> {
        let before = self
            .inventory
            .clusters
            .iter()
            .find(|(name, before)| before.id == cluster.id && !self.is_wanted(name) && !self.request.removes_cluster(name));
        before.map(|(name, _)| name)
    }

    /// A cluster that is new in the mesh must not have the name or the id of one that left, while this may still be in use: agents
    /// would take the identities of one for those of the other.
    fn taken(&self, cluster: &Cluster, findings: &mut Vec<Diagnostic>) {
        let next = self.inventory.revision + 1;
        let leaving = self.inventory.clusters.iter().filter(|(name, _)| self.request.removes_cluster(name));
        let left = leaving.map(|(name, record)| (name, record, next));
        // It is not known when one left that an earlier format has recorded.
        let departed = self.inventory.departed.iter().filter_map(|(name, record)| Some((name, record, record.left?)));
        for (old, record, since) in left.chain(departed) {
            let same_name = old == cluster.name.as_str();
            if same_name == (record.id == cluster.id) {
                continue;
            }
            let users = self.users(old, record, since);
            if users.is_empty() {
                continue;
            }
            let message = if same_name {
                format!("refusing to give `{old}` the id {}: when it left, it had {}", cluster.id, record.id)
            } else {
                format!("refusing to give `{}` the id {}: `{old}` has it, which may still be in use", cluster.name, cluster.id)
            };
            let waiting: Vec<String> = users.iter().map(|(by, bundles)| format!("{bundles} of `{by}`")).collect();
            let words: Vec<String> = users.keys().map(|by| format!("--by-hand {by}")).collect();
            let which =
                if same_name { format!("set it back to {}", record.id) } else { "take an id that was never used".to_owned() };
            let finding = Diagnostic::new(Code::IdentityTaken, cluster.path.field("id"), message);
            findings.push(finding.cause(format!("nodes that may still know `{old}`: {}", waiting.join(", "))).help(format!(
                "{which}; or ship bundles without `{old}` first, uninstall on its own nodes, and record it: `{} -` with their receipts, or {}",
                self.request.record,
                words.join(" ")
            )));
        }
    }

    /// How many nodes of each cluster may still know `old`, which left at the revision `since`: those that read its etcd, and its own.
    fn users(&self, old: &str, record: &ClusterRecord, since: u64) -> BTreeMap<String, usize> {
        // No certificate depends on it, so the operator's word is enough.
        let behind = Behind { inventory: self.inventory, floors: self.floors, below: since, proof: Proof::Word };
        let readers = record.links.union(&record.removed).filter(|by| *by != old);
        let readers = readers.flat_map(|by| behind.readers(old, by));
        let written = self.inventory.bundles.keys().chain(self.inventory.retired.keys());
        let own = written.filter(|bundle| bundle.cluster() == old && self.may_be_installed(bundle));
        let mut users = BTreeMap::new();
        for bundle in readers.chain(own) {
            *users.entry(bundle.cluster().to_owned()).or_default() += 1;
        }
        users
    }

    fn may_be_installed(&self, bundle: &BundleId) -> bool {
        matches!(bundle.kind(), BundleKind::Node(_) | BundleKind::Helm) && !self.floors.is_gone(bundle)
    }
}

fn changed(path: FieldPath, message: String, help: String) -> Diagnostic {
    Diagnostic::new(Code::IdentityChanged, path, message).help(help)
}
