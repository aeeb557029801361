//! The steps that a plan waits for: those at etcds that get no files from here, those of a KVStoreMesh, and restarts after a revocation.

use std::collections::BTreeMap;

use super::floors::Floors;
use super::inventory::{ClusterRecord, Inventory};
use super::kvstoremesh_record::KvstoremeshRecord;
use super::rotation::introduced;
use super::step_unit::{StepUnit, StepUnitName};

impl Inventory {
    /// The steps that the plan waits for, each with the revision of the run that asked for it last.
    pub fn steps(&self) -> BTreeMap<StepUnit, u64> {
        let foreign = self.clusters.iter().filter(|(_, record)| record.has_foreign_etcd());
        let steps = foreign.flat_map(|(cluster, record)| {
            let asked = [
                (StepUnitName::ClientTrust, self.client_trust_asked(record)),
                (StepUnitName::ServerCertificates, record.kept_server_authorities.iter().map(|kept| kept.below).max()),
            ];
            asked.into_iter().filter_map(move |(name, since)| Some((StepUnit::new(cluster.as_str(), name), since?)))
        });
        let of_kvstoremesh = self.clusters.iter().filter_map(|(cluster, record)| {
            let now = record.kvstoremesh.filter(KvstoremeshRecord::is_filling)?;
            Some((StepUnit::new(cluster.as_str(), StepUnitName::Kvstoremesh), now.asked_since))
        });
        let of_revoked = self.clusters.iter().filter_map(|(cluster, record)| {
            let since = self.revocations.connected_since(&record.retired_users)?;
            Some((StepUnit::new(cluster.as_str(), StepUnitName::EndConnections), since))
        });
        steps.chain(of_kvstoremesh).chain(of_revoked).collect()
    }

    /// Whether a step that was asked for is done.
    pub(super) fn is_step_done(&self, floors: &Floors, step: &StepUnit) -> bool {
        self.steps().get(step).is_some_and(|since| floors.is_done(step, *since))
    }

    /// The revision at which the etcd was to trust the CA that signs clients next.
    fn client_trust_asked(&self, record: &ClusterRecord) -> Option<u64> {
        let signer = record.trust.client_signer.as_ref()?;
        let mut names = self.authorities.iter().filter(|(_, known)| known.fingerprint == *signer).map(|(name, _)| name);
        let introduced = || names.find_map(|name| introduced(&self.rotations, name));
        let next = self.authorities.get(record.trust.next_client_signer.as_deref().or_else(introduced)?)?;
        record.trust.client_trust_since.get(&next.fingerprint).copied()
    }
}
