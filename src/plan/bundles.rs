//! Which bundles there will be, which of them are new or changed, and their generations.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::mesh::Label;

use super::branch::BranchRecord;
use super::bundle_digest::{self, Resolve};
use super::bundle_id::BundleId;
use super::change_record::BundleChange;
use super::cluster::ClusterPlan;
use super::earlier::EarlierRecord;
use super::facts_digest::FactsDigest;
use super::floors::{Floor, Floors};
use super::inventory::{BundleRecord, Inventory};

/// A bundle in the plan: an archive of a node or a member, or the folder of an operator or an etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundlePlan {
    /// Its generation after this run.
    pub generation: u64,
    /// What happens to it, if anything.
    pub change: Option<BundleChange>,
}

/// The digest of every bundle; nothing where it depends on something that is yet to be issued.
pub(super) fn digests(
    mesh: &Label,
    clusters: &[ClusterPlan],
    resolve: &(dyn Resolve + Sync),
) -> BTreeMap<BundleId, Option<String>> {
    let of_cluster = |cluster: &ClusterPlan| {
        let mut digests = Vec::new();
        let shared = bundle_digest::shared(mesh, cluster, resolve);
        for node in &cluster.nodes {
            let digest = shared.as_deref().and_then(|shared| bundle_digest::node(shared, &cluster.links, node, resolve));
            digests.push((cluster.node_bundle(node), digest));
        }
        for member in cluster.archived_members() {
            digests.push((cluster.member_bundle(member), bundle_digest::member(mesh, cluster, member, resolve)));
        }
        if let Some(authorisation) = &cluster.authorisation {
            digests.push((cluster.etcd_bundle(), bundle_digest::authorisation(cluster, authorisation, resolve)));
        }
        if !cluster.operator_options.is_empty() {
            digests.push((cluster.operator_bundle(), bundle_digest::operator(cluster, resolve)));
        }
        digests
    };
    clusters.par_iter().flat_map_iter(of_cluster).collect()
}

/// Compares with what was shipped before. New generations are higher than all that earlier branches are known to have. Where it is not
/// known what a target has got from those, only a new generation can replace it.
pub(super) fn plan(
    digests: &BTreeMap<BundleId, Option<String>>,
    inventory: &Inventory,
    floors: &Floors,
    branch: Option<BranchRecord>,
) -> BTreeMap<BundleId, BundlePlan> {
    let above = branch.map_or(0, |branch| branch.above);
    let next = |last: u64| last.max(above) + 1;
    let is_new = branch.is_some_and(|branch| branch.is_new);
    let is_known = |bundle: &BundleId| !is_new || !matches!(floors.of(bundle), None | Some(Floor::Unknown));
    let plan = |(bundle, digest): (&BundleId, &Option<String>)| {
        let plan = match inventory.bundles.get(bundle) {
            None => {
                let last = inventory.retired.get(bundle).copied().unwrap_or_default();
                BundlePlan { generation: next(last), change: Some(BundleChange::New) }
            }
            Some(record) if is_known(bundle) && digest.as_ref().is_some_and(|digest| record.has_content(digest)) => {
                BundlePlan { generation: record.generation, change: None }
            }
            Some(record) => BundlePlan { generation: next(record.generation), change: Some(BundleChange::Changed) },
        };
        (bundle.clone(), plan)
    };
    digests.iter().map(plan).collect()
}

/// Last generations of what is gone, now and before.
pub(super) fn retired(before: &Inventory, bundles: &BTreeMap<BundleId, BundlePlan>) -> BTreeMap<BundleId, u64> {
    let last = before.bundles.iter().map(|(bundle, record)| (bundle, record.generation));
    let every = before.retired.iter().map(|(bundle, generation)| (bundle, *generation)).chain(last);
    every.filter(|(bundle, _)| !bundles.contains_key(*bundle)).map(|(bundle, generation)| (bundle.clone(), generation)).collect()
}

/// The records of what is written, when every digest is known.
pub(super) fn records(
    before: &Inventory,
    digests: BTreeMap<BundleId, Option<String>>,
    facts: &BTreeMap<BundleId, FactsDigest>,
    bundles: &BTreeMap<BundleId, BundlePlan>,
    branch: Option<BranchRecord>,
) -> BTreeMap<BundleId, BundleRecord> {
    let record = |(bundle, content): (BundleId, Option<String>)| {
        let generation = bundles.get(&bundle)?.generation;
        let last = before.bundles.get(&bundle);
        let mut earlier = last.map(|last| last.earlier.clone()).unwrap_or_default();
        if let Some(last) = last.filter(|last| last.generation != generation) {
            earlier.insert(last.generation, EarlierRecord { digest: Some(last.digest().to_owned()), revision: last.revision });
        }
        // It was part of the mesh before, and may still be installed somewhere as it was.
        if let Some(generation) = before.retired.get(&bundle) {
            earlier.insert(*generation, EarlierRecord { digest: None, revision: 0 });
        }
        let same = last.filter(|last| last.generation == generation);
        let revision = same.map_or(before.revision + 1, |last| last.revision);
        let branch = same.map_or(branch.map(|branch| branch.began), |last| last.branch);
        let (facts, floor) = facts_and_floor(last, generation, branch, facts.get(&bundle));
        Some((bundle, BundleRecord { generation, content: content?, revision, branch, facts, floor, earlier }))
    };
    digests.into_iter().filter_map(record).collect()
}

/// The facts of `generation`, and the generation since which they are as they are.
fn facts_and_floor(
    last: Option<&BundleRecord>,
    generation: u64,
    branch: Option<u64>,
    facts: Option<&FactsDigest>,
) -> (Option<String>, Option<u64>) {
    let all = facts.map(|facts| facts.all.clone());
    let Some(last) = last else { return (all, facts.map(|_| generation)) };
    match &last.facts {
        // Nothing of an earlier branch is compared with this one.
        _ if last.branch != branch => (all, facts.map(|_| generation)),
        // An earlier release has not recorded them, so all that may be installed is accepted, as it was then.
        None => (all, None),
        // A generation keeps its manifest, which has the floor.
        Some(known) if last.generation == generation => (Some(known.clone()), last.floor),
        Some(known) if facts.is_some_and(|facts| facts.known == *known) => (all, last.floor),
        Some(_) => (all, Some(generation)),
    }
}
