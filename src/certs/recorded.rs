//! The certificates of a mesh, by the records of its state: what was issued, and which of it targets may have.

use std::sync::Arc;

use time::Duration;

use crate::plan::{
    AuthorityRecord, BundleId, BundleKind, Carriers, CredentialRecord, Floors, Inventory, LiveLeaf, TargetAge, leaf_holder,
};
use crate::verify::Server;

use super::entry::{CertEntry, CertKind, InUse, Issued};
use super::list::CertList;
use super::users::LinkUsers;

/// What is known of a mesh.
pub struct CertRecords<'a> {
    /// What was issued and written.
    pub inventory: &'a Inventory,
    /// What targets have.
    pub floors: &'a Floors,
    /// How long before their end leaves are due, and CAs; not known without a mesh.
    pub notice: Option<(Duration, Duration)>,
    /// Server certificates that the mesh names.
    pub given: &'a [Server],
}

impl CertRecords<'_> {
    /// All of them.
    pub fn list(&self) -> CertList {
        let users = LinkUsers::new(self.inventory);
        let carriers = Carriers::new(self.inventory, self.floors);
        let mut entries: Vec<CertEntry> =
            self.inventory.authorities.iter().map(|(name, record)| self.authority(&users, name, record)).collect();
        let leaves = self.inventory.credentials.iter().chain(&self.inventory.former);
        entries.extend(leaves.filter_map(|(name, record)| self.leaf(&users, &carriers, name, record)));
        entries.extend(self.given.iter().filter_map(|server| given(&users, server)));
        CertList::new(entries)
    }

    fn authority(&self, users: &LinkUsers<'_>, name: &str, record: &AuthorityRecord) -> CertEntry {
        let issued = Issued { serial: None, not_after: record.not_after };
        let is_used = users.is_trusted(&record.fingerprint);
        CertEntry {
            name: format!("ca/{name}"),
            kind: CertKind::Ca,
            newest: Some(issued.clone()),
            in_use: is_used.then_some(InUse { issued, is_sure: true, at: None }),
            renew_at: self.notice.filter(|_| is_used).map(|(_, notice)| before(record.not_after, notice)),
            links: users.of_authority(&record.fingerprint),
            stops: true,
            ..CertEntry::default()
        }
    }

    fn leaf(&self, users: &LinkUsers<'_>, carriers: &Carriers<'_>, name: &str, record: &CredentialRecord) -> Option<CertEntry> {
        let (cluster, node) = leaf_holder(name)?;
        let parts: Vec<&str> = name.splitn(4, '/').collect();
        let (kind, part, links) = match parts.as_slice() {
            ["server", _, member] => (CertKind::Server, Some(*member), users.of_server(cluster)),
            ["peer", _, member] => (CertKind::Peer, Some(*member), Vec::new()),
            ["own", _, user] => (CertKind::Local, Some(*user), Vec::new()),
            ["client", _, signer, user] => (CertKind::Client, node, users.of_client(cluster, signer, user)),
            _ => return None,
        };
        let mut live = LiveAtTargets::default();
        let mut carried_by = Vec::new();
        for (bundle, age) in carriers.of(name) {
            carried_by.push(bundle.clone());
            live.add(record, bundle, age);
        }
        let is_former = record.left.is_some();
        // What no link in the mesh needs, and no target has, is gone.
        if is_former && (live.first.is_none() || kind == CertKind::Client && links.is_empty()) {
            return None;
        }
        let issued = Issued { serial: Some(record.serial.clone()), not_after: record.not_after };
        let in_use = match live.first {
            // Nothing carries it: the state is of before bundles.
            None if carried_by.is_empty() => Some(InUse { issued: issued.clone(), is_sure: true, at: None }),
            first => first.map(|(leaf, bundle)| in_use(leaf, !live.is_unsure, bundle, is_former)),
        };
        Some(CertEntry {
            name: name.to_owned(),
            kind,
            cluster: Some(users.name(cluster)),
            part: part.map(str::to_owned),
            signer: users.authority(&record.signer).map(Arc::from),
            newest: (!is_former).then_some(issued),
            in_use,
            renew_at: self.notice.filter(|_| !is_former).map(|(notice, _)| before(record.not_after, notice)),
            is_shared: part.is_none() || kind == CertKind::Local && carried_by.iter().any(is_node),
            carried_by,
            behind: live.behind,
            links,
            stops: true,
            ..CertEntry::default()
        })
    }
}

fn is_node(bundle: &BundleId) -> bool {
    matches!(bundle.kind(), BundleKind::Node(_))
}

fn before(end: i64, notice: Duration) -> i64 {
    end.saturating_sub(notice.whole_seconds())
}

fn in_use(leaf: LiveLeaf<'_>, is_sure: bool, bundle: &BundleId, is_former: bool) -> InUse {
    InUse {
        issued: Issued { serial: Some(leaf.serial.to_owned()), not_after: leaf.not_after },
        is_sure,
        at: (!leaf.is_newest || !leaf.is_sure || is_former).then(|| bundle.clone()),
    }
}

/// What the targets of one leaf may have.
#[derive(Default)]
struct LiveAtTargets<'a> {
    first: Option<(LiveLeaf<'a>, &'a BundleId)>,
    is_unsure: bool,
    behind: usize,
    /// Most targets are as old as the one before.
    last: Option<(TargetAge, Option<LiveLeaf<'a>>)>,
}

impl<'a> LiveAtTargets<'a> {
    fn add(&mut self, record: &'a CredentialRecord, bundle: &'a BundleId, age: TargetAge) {
        let leaf = match self.last {
            Some((last, leaf)) if last == age => leaf,
            _ => record.live(age),
        };
        self.last = Some((age, leaf));
        let Some(leaf) = leaf else { return };
        self.is_unsure |= !leaf.is_sure;
        self.behind += usize::from(!leaf.is_newest || !leaf.is_sure || record.left.is_some());
        // Of several that have the same one, a bundle counts of which it is not known whether it has an earlier one.
        let rank = |leaf: &LiveLeaf<'_>| (leaf.not_after, leaf.is_sure);
        if self.first.is_none_or(|(first, _)| rank(&leaf) < rank(&first)) {
            self.first = Some((leaf, bundle));
        }
    }
}

/// A certificate that the mesh names: its etcd presents it.
fn given(users: &LinkUsers<'_>, server: &Server) -> Option<CertEntry> {
    let (cluster, leaf) = (server.cluster.as_ref()?, server.chain.first()?);
    let issued = Issued { serial: Some(leaf.serial_hex()), not_after: leaf.not_after().unix_timestamp() };
    Some(CertEntry {
        name: leaf.label(),
        kind: CertKind::Server,
        cluster: Some(users.name(cluster)),
        newest: Some(issued.clone()),
        in_use: Some(InUse { issued, is_sure: true, at: None }),
        files: vec![server.file.clone()],
        links: users.of_server(cluster),
        stops: true,
        ..CertEntry::default()
    })
}
