//! What was revoked, as the inventory remembers it: certificates, and the users of etcds that went with them.
//!
//! A user that was revoked is nobody's any more, at every etcd where users can change. Whoever had it gets another one: the same name
//! with a number behind it, as in `remote-oslo@2`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::mesh::{Cluster, ClusterName, OwnUser, Runtime, USER_NUMBER};

/// Longest common name, in characters (`ub-common-name` in RFC 5280 appendix A.1).
const COMMON_NAME_MAX: usize = 64;

/// As often is no user revoked: a number in a foreign file makes no more records.
const NUMBERS: u32 = 100;

/// Everything that was revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Revocations {
    /// Each credential, in the order in which they were revoked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RevokedRecord>,
    /// The revocation lists with all of that, by fingerprint of the CA that signed them: DER in hex. They are public.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, String>,
}

/// A credential that was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokedRecord {
    /// What it was for: the name of the leaf.
    pub credential: String,
    /// Every certificate of it that had not expired.
    pub certificates: Vec<RevokedCertificate>,
    /// The user that went with it, where users can change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// When, Unix seconds.
    pub at: i64,
    /// Generations that were written at this revision or later do not have it.
    pub below: u64,
}

/// A certificate that was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevokedCertificate {
    /// Serial number in hex.
    pub serial: String,
    /// End of its validity, Unix seconds.
    pub not_after: i64,
}

/// The users that were revoked: names of readers and of local clients pass through here.
pub(super) struct RevokedUsers<'a>(BTreeSet<&'a str>);

impl Revocations {
    /// Whether nothing was ever revoked.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.lists.is_empty()
    }

    /// The same with the lists of a run, if it has signed any.
    pub(super) fn with_lists(&self, lists: &BTreeMap<String, String>) -> Self {
        let lists = if lists.is_empty() { &self.lists } else { lists };
        Self { records: self.records.clone(), lists: lists.clone() }
    }

    /// The list that an etcd may run whose clients are signed by the CA with this fingerprint. Only serial numbers count, so another
    /// CA's does as well.
    pub fn list(&self, signer: Option<&str>) -> Option<Vec<u8>> {
        let list = signer.and_then(|signer| self.lists.get(signer)).or_else(|| self.lists.values().next())?;
        hex::decode(list).ok()
    }

    /// Every certificate that was revoked and has not expired by `now`, Unix seconds: each serial number once.
    pub fn listed(&self, now: i64) -> Vec<(&RevokedCertificate, i64)> {
        let all = self.records.iter().flat_map(|record| record.certificates.iter().map(|leaf| (leaf, record.at)));
        let mut seen = BTreeSet::new();
        all.filter(|(leaf, _)| leaf.not_after > now && seen.insert(leaf.serial.as_str())).collect()
    }

    /// When a credential was revoked last, Unix seconds.
    pub fn last(&self, credential: &str) -> Option<i64> {
        self.records.iter().filter(|record| record.credential == credential).map(|record| record.at).max()
    }

    /// The day on which a certificate with this serial number was revoked, if it was.
    pub fn day(&self, serial: &str) -> Option<Date> {
        let serial = serial.trim_start_matches('0');
        let has = |record: &&RevokedRecord| record.certificates.iter().any(|leaf| leaf.serial.trim_start_matches('0') == serial);
        Some(OffsetDateTime::from_unix_timestamp(self.records.iter().find(has)?.at).ok()?.date())
    }

    /// Takes in that runs which are not known have revoked those before `user`, whom agents of `reader` are at the etcd of `cluster`: a
    /// number says so. Which certificates these were is not known.
    pub(super) fn infer(&mut self, reader: &str, cluster: &str, user: &str, below: u64) {
        let Some((name, last)) = user.rsplit_once(USER_NUMBER).and_then(|(name, last)| Some((name, last.parse::<u32>().ok()?)))
        else {
            return;
        };
        let own = ClusterName::new(cluster).ok().filter(|_| reader == cluster);
        let own = own.and_then(|own| [OwnUser::Agent, OwnUser::Announcer].into_iter().find(|one| one.common_name(&own) == name));
        let credential = own.map_or_else(|| format!("client/{reader}/unknown/{name}"), |own| format!("own/{cluster}/{own}"));
        let before = (2..last.min(NUMBERS)).map(|number| format!("{name}{USER_NUMBER}{number}"));
        for user in std::iter::once(name.to_owned()).chain(before) {
            if !self.users().contains(&user) {
                let (credential, certificates) = (credential.clone(), Vec::new());
                self.records.push(RevokedRecord { credential, certificates, user: Some(user), at: 0, below });
            }
        }
    }

    pub(super) fn users(&self) -> RevokedUsers<'_> {
        RevokedUsers(self.records.iter().filter_map(|record| record.user.as_deref()).collect())
    }

    /// The users that are revoked when those of `others` are as well.
    pub(super) fn users_with<'a>(&'a self, others: &'a BTreeSet<String>) -> RevokedUsers<'a> {
        RevokedUsers(self.users().0.into_iter().chain(others.iter().map(String::as_str)).collect())
    }

    /// The users of local clients of `cluster` that were revoked.
    pub(super) fn own_users(&self, cluster: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("own/{cluster}/");
        self.records
            .iter()
            .filter(move |record| record.credential.starts_with(&prefix))
            .filter_map(|record| record.user.as_deref())
    }

    /// The revision since which an etcd that is to have none of the users `gone` may still serve connections of revoked ones.
    pub(super) fn connected_since(&self, gone: &BTreeSet<String>) -> Option<u64> {
        let went = |record: &&RevokedRecord| record.user.as_ref().is_some_and(|user| gone.contains(user));
        self.records.iter().filter(went).map(|record| record.below).max()
    }
}

impl RevokedUsers<'_> {
    pub(super) fn contains(&self, user: &str) -> bool {
        self.0.contains(user)
    }

    /// The users among `gone` that no one may have any more, whatever other rights they have.
    pub(super) fn among(&self, gone: &BTreeSet<String>) -> BTreeSet<String> {
        gone.iter().filter(|user| self.contains(user)).cloned().collect()
    }

    /// The user of a reader that would be called `name`, at an etcd whose users change like this.
    pub(super) fn reader(&self, change: UserChange, name: String) -> String {
        if change.is_possible(&name) { self.successor(&name) } else { name }
    }

    /// The user of a local client of `cluster`.
    pub(super) fn own(&self, user: OwnUser, cluster: &ClusterName) -> String {
        let name = user.common_name(cluster);
        if can_change_own(user) { self.successor(&name) } else { name }
    }

    /// The user that is `user`, or follows it.
    pub(super) fn successor(&self, user: &str) -> String {
        let numbered = user.rsplit_once(USER_NUMBER).filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
        let name = numbered.map(|(name, _)| name).filter(|name| self.contains(name)).unwrap_or(user);
        if !self.contains(name) {
            return user.to_owned();
        }
        let mut names = (2_u32..).map(|number| format!("{name}{USER_NUMBER}{number}"));
        names.find(|next| !self.contains(next)).unwrap_or_else(|| user.to_owned())
    }
}

/// How an etcd gets another user instead of a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UserChange {
    /// From etcd-auth.sh.
    Script,
    /// From the list that a chart mounts, which always has `remote`.
    List,
    /// Not from here: other charts make users by the names of clusters, and other etcds' operators by themselves.
    Impossible,
}

impl UserChange {
    /// That of the etcd of `cluster`.
    pub(super) fn of(cluster: &Cluster) -> Self {
        match &cluster.runtime {
            Runtime::Helm(release) if release.lists_users(cluster.cilium.version) => Self::List,
            Runtime::Helm(_) | Runtime::External => Self::Impossible,
            Runtime::Compose { .. } | Runtime::Systemd { .. } => Self::Script,
        }
    }

    /// Whether it is one for the reader `name`.
    pub(super) fn is_possible(self, name: &str) -> bool {
        let is_ours = match self {
            Self::Script => true,
            Self::List => name != "remote",
            Self::Impossible => false,
        };
        // The number needs room, also after some revocations.
        is_ours && name.len() + 4 <= COMMON_NAME_MAX
    }
}

/// Whether a local client can be another user: etcd knows its administrator, and charts know theirs, by name.
pub(super) const fn can_change_own(user: OwnUser) -> bool {
    matches!(user, OwnUser::Agent | OwnUser::Announcer)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::RevokedUsers;

    #[test]
    fn a_revoked_user_is_followed_by_the_next_number_that_is_free() {
        let next = |revoked: &[&'static str]| RevokedUsers(revoked.iter().copied().collect()).successor("remote-oslo");
        assert_eq!(next(&[]), "remote-oslo");
        assert_eq!(next(&["remote-oslo"]), "remote-oslo@2");
        assert_eq!(next(&["remote-oslo", "remote-oslo@2"]), "remote-oslo@3");
        assert_eq!(next(&["remote-rome"]), "remote-oslo");
        let all = RevokedUsers(BTreeSet::from(["remote-oslo", "remote-oslo@2"]));
        assert_eq!(all.successor("remote-oslo@2"), "remote-oslo@3", "from any of them");
        assert_eq!(all.successor("remote-oslo@3"), "remote-oslo@3");
        let gone = BTreeSet::from(["remote-oslo".to_owned(), "remote-rome".to_owned()]);
        assert_eq!(RevokedUsers(BTreeSet::from(["remote-rome"])).among(&gone), BTreeSet::from(["remote-rome".to_owned()]));
    }
}
