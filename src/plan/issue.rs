//! Which leaves the plan needs, and which of them are there already: a valid one is kept until a change of signer or hosts
//! needs another, or until renewal is asked for.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::lint::CheckedMesh;
use crate::mesh::{Label, Lifetime, OwnUser, Trust};

use super::authority::{AuthorityPlan, CLOCK_SKEW};
use super::cluster::ClusterPlan;
use super::credential::{CredentialAction, CredentialKey, CredentialPlan, Reason};
use super::credential_record::CredentialRecord;
use super::facts::StateFacts;
use super::inventory::Inventory;
use super::leaf::{LeafRequest, LeafUsage, whole_seconds};
use super::leaf_life;
use super::renewal::Renewability;
use super::request::{Reissue, Renewal};
use super::sans::HostCertificate;

/// Everything that decides about one leaf.
struct Wanted<'a> {
    key: CredentialKey,
    signer: &'a Label,
    common_name: String,
    hosts: Option<&'a HostCertificate>,
}

pub(super) struct Issuing<'a> {
    pub(super) mesh: &'a CheckedMesh,
    pub(super) authorities: &'a BTreeMap<Label, AuthorityPlan>,
    pub(super) inventory: &'a Inventory,
    pub(super) facts: &'a StateFacts,
    pub(super) now: OffsetDateTime,
    pub(super) renewal: &'a Renewal,
    /// The only leaves that are renewed; all, if there is no selection.
    pub(super) selected: Option<&'a BTreeSet<&'a CredentialKey>>,
}

impl Issuing<'_> {
    pub(super) fn plan(&self, clusters: &[ClusterPlan]) -> BTreeMap<CredentialKey, CredentialPlan> {
        let mut plans = BTreeMap::new();
        for cluster in clusters {
            self.servers(cluster, &mut plans);
            self.clients(cluster, &mut plans);
        }
        plans
    }

    fn servers(&self, cluster: &ClusterPlan, plans: &mut BTreeMap<CredentialKey, CredentialPlan>) {
        for member in &cluster.members {
            // etcd takes the common name of a client's certificate for its user, and a server's is shown to other members as a
            // client's: this one has no rights anywhere.
            let server = (OwnUser::of_server(&cluster.name), &member.server);
            let peer = member.peer.as_ref().map(|peer| (OwnUser::of_peer(&cluster.name), peer));
            for (common_name, hosts) in std::iter::once(server).chain(peer) {
                let (key, signer) = (hosts.credential.clone(), &cluster.trust.server_signer);
                self.add(Wanted { key, signer, common_name, hosts: Some(hosts) }, plans);
            }
        }
    }

    fn clients(&self, cluster: &ClusterPlan, plans: &mut BTreeMap<CredentialKey, CredentialPlan>) {
        let shared = cluster.links.iter().filter_map(|link| link.client.shared());
        for key in shared.chain(cluster.nodes.iter().flat_map(|node| &node.leaves)) {
            if let CredentialKey::Client { signer, common_name, .. } = key {
                let wanted = Wanted { key: key.clone(), signer, common_name: common_name.to_string(), hosts: None };
                self.add(wanted, plans);
            }
        }
        let Some(own) = &cluster.own else { return };
        let revoked = self.inventory.revocations.users();
        for key in own.credentials() {
            if let CredentialKey::Own { cluster, user } = key {
                let common_name = revoked.own(*user, cluster);
                self.add(Wanted { key: key.clone(), signer: &own.signer, common_name, hosts: None }, plans);
            }
        }
    }

    fn add(&self, wanted: Wanted<'_>, plans: &mut BTreeMap<CredentialKey, CredentialPlan>) {
        if plans.contains_key(&wanted.key) {
            return;
        }
        let Some(authority) = self.authorities.get(wanted.signer) else { return };
        let record = self.inventory.credentials.get(&wanted.key.to_string());
        let action = match record.map_or(Err(Reason::New), |record| self.keep(record, &wanted, authority)) {
            Ok(kept) => kept,
            Err(reason) => CredentialAction::Issue {
                request: self.request(&wanted, authority),
                reason,
                key_of: record.filter(|record| self.keeps_key(record, &wanted, reason)).map(|record| record.serial.clone()),
            },
        };
        plans.insert(wanted.key, CredentialPlan { signer: wanted.signer.clone(), action });
    }

    /// Whether the next leaf has the key of the one that is there. Then the two files of a pair fit at each moment of an installation,
    /// also between their replacements.
    fn keeps_key(&self, record: &CredentialRecord, wanted: &Wanted<'_>, reason: Reason) -> bool {
        let is_usable = !self.facts.leaves.contains_key(&record.serial) && !self.facts.other_keys.contains(&record.serial);
        is_usable && reason != Reason::Damaged && self.reissue(wanted) != Reissue::Everything
    }

    /// What is asked for.
    fn reissue(&self, wanted: &Wanted<'_>) -> Reissue {
        match self.selected {
            Some(selected) if !selected.contains(&wanted.key) => Reissue::Nothing,
            Some(_) | None => self.renewal.reissue,
        }
    }

    /// The leaf that is there, or why it will not do.
    fn keep(
        &self,
        record: &CredentialRecord,
        wanted: &Wanted<'_>,
        authority: &AuthorityPlan,
    ) -> Result<CredentialAction, Reason> {
        let reissue = self.reissue(wanted);
        let asked = reissue != Reissue::Nothing;
        let renewability = Renewability {
            before: self.mesh.mesh().trust.renew_before,
            lifetime: self.lifetime(wanted),
            successor_not_after: self.end(wanted, authority).unix_timestamp(),
            now: self.now,
        };
        if authority.fingerprint() != Some(&record.signer) {
            Err(Reason::SignerChanged)
        } else if wanted.hosts.is_some_and(|hosts| hosts.hosts().ne(record.hosts.iter().cloned())) {
            Err(Reason::HostsChanged)
        } else if record.not_after <= self.now.unix_timestamp() {
            Err(Reason::Expired)
        } else if asked && self.facts.leaves.contains_key(&record.serial) {
            Err(Reason::Damaged)
        } else if asked && record.not_before > self.now.unix_timestamp() {
            Err(Reason::NotYetValid)
        } else if reissue == Reissue::Everything {
            Err(Reason::Rekeyed)
        } else if let Reissue::Due { horizon } = reissue
            && renewability.is_due(record.not_after, horizon)
        {
            Err(Reason::Renewed)
        } else {
            Ok(CredentialAction::Keep {
                serial: record.serial.clone(),
                not_before: record.not_before,
                not_after: record.not_after,
                due: renewability.is_due(record.not_after, None),
            })
        }
    }

    fn lifetime(&self, wanted: &Wanted<'_>) -> Lifetime {
        let trust: &Trust = &self.mesh.mesh().trust;
        if wanted.hosts.is_some() { trust.server_validity } else { trust.client_validity }
    }

    /// When a leaf that is issued now would expire.
    fn end(&self, wanted: &Wanted<'_>, authority: &AuthorityPlan) -> OffsetDateTime {
        let until = authority.validity().1;
        leaf_life::end(wanted.key.cluster(), self.lifetime(wanted), self.mesh.mesh().trust.renew_before, until, self.now)
    }

    fn request(&self, wanted: &Wanted<'_>, authority: &AuthorityPlan) -> LeafRequest {
        LeafRequest {
            common_name: wanted.common_name.clone(),
            dns_names: wanted.hosts.map(|hosts| hosts.dns_names.clone()).unwrap_or_default(),
            ip_addresses: wanted.hosts.map(|hosts| hosts.ip_addresses.clone()).unwrap_or_default(),
            usage: if wanted.hosts.is_some() { LeafUsage::Server } else { LeafUsage::Client },
            algorithm: self.mesh.mesh().trust.key_algorithm,
            not_before: whole_seconds(self.now.saturating_sub(CLOCK_SKEW)).max(authority.validity().0),
            not_after: self.end(wanted, authority),
        }
    }
}
