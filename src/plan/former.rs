//! Leaves that the mesh needs no longer, because another CA signs or another name is wanted: until their targets have got what came after
//! them, they are what agents and members present.

use std::collections::{BTreeMap, BTreeSet};

use super::carriers::Carriers;
use super::credential_record::CredentialRecord;
use super::floors::Floors;
use super::inventory::Inventory;

/// The leaves that are needed no longer after the run of the revision `now`, which needs `wanted`.
pub(super) fn leaves(
    before: &Inventory,
    wanted: &BTreeMap<String, CredentialRecord>,
    now: u64,
) -> BTreeMap<String, CredentialRecord> {
    let left = before.credentials.iter().map(|(name, record)| (name, CredentialRecord { left: Some(now), ..record.clone() }));
    let known = before.former.iter().map(|(name, record)| (name, record.clone()));
    known.chain(left).filter(|(name, _)| !wanted.contains_key(*name)).map(|(name, record)| (name.clone(), record)).collect()
}

impl Inventory {
    /// Forgets former leaves that count for nothing: no end trusts their CA any more, or nothing that could have them is part of the mesh.
    pub(super) fn forget_former(&mut self) {
        if self.former.is_empty() {
            return;
        }
        let trusts = self.clusters.values().map(|cluster| &cluster.trust);
        let trusted: BTreeSet<&String> =
            trusts.flat_map(|trust| trust.server_trust.iter().chain(&trust.client_trust).chain(&trust.peer_trust)).collect();
        let carriers = Carriers::new(self, &Floors::default());
        let counts = |(name, record): &(&String, &CredentialRecord)| {
            trusted.contains(&record.signer) && carriers.of(name).next().is_some()
        };
        let kept: BTreeMap<String, CredentialRecord> =
            self.former.iter().filter(counts).map(|(name, record)| (name.clone(), record.clone())).collect();
        self.former = kept;
    }
}
