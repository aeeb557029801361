//! Which leaf is really in use. What was issued last may never have been shipped: what counts is the one that expires first of those that
//! a target may have.

use super::credential_record::CredentialRecord;
use super::floors::Floor;
use super::inventory::BundleRecord;

/// How old a bundle may be at its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetAge {
    /// Nothing is installed there.
    Gone,
    /// It has what was written last.
    Newest,
    /// It may have any generation that was written at this revision or later.
    Since(u64),
    /// It may have something of which it is not known what it is, or when it was written.
    Unknown,
}

/// The leaf that expires first of those that a target may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveLeaf<'a> {
    /// Its serial number in hex.
    pub serial: &'a str,
    /// End of its validity, Unix seconds.
    pub not_after: i64,
    /// Whether it is the one that was issued last.
    pub is_newest: bool,
    /// Whether the target can have no other that is not known.
    pub is_sure: bool,
}

impl BundleRecord {
    /// How old it may be at its target, which has what `floor` says, and what an operator has `said`. A later word counts: this is no
    /// question of what may be dropped.
    pub(super) fn age(&self, floor: Option<Floor>, said: Option<u64>) -> TargetAge {
        match (floor, said) {
            (_, Some(0)) | (Some(Floor::Uninstalled), None) => TargetAge::Gone,
            (Some(Floor::Installed { generation, .. }), said) => self.age_of(generation.max(said.unwrap_or_default())),
            (_, Some(said)) => self.age_of(said),
            (Some(_), None) => TargetAge::Unknown,
            (None, None) => self.earlier.keys().map(|generation| self.age_of(*generation)).fold(TargetAge::Newest, TargetAge::or),
        }
    }

    fn age_of(&self, generation: u64) -> TargetAge {
        if generation >= self.generation {
            return TargetAge::Newest;
        }
        match self.earlier.get(&generation).map(|record| record.revision) {
            // It was written before revisions were recorded, or by a run that the state does not know.
            None | Some(0) => TargetAge::Unknown,
            Some(revision) => TargetAge::Since(revision),
        }
    }
}

impl TargetAge {
    /// Either of them.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Since(one), Self::Since(other)) => Self::Since(one.min(other)),
            (Self::Since(revision), _) | (_, Self::Since(revision)) => Self::Since(revision),
            (Self::Newest, _) | (_, Self::Newest) => Self::Newest,
            (Self::Gone, Self::Gone) => Self::Gone,
        }
    }
}

impl CredentialRecord {
    /// The leaf that expires first of those that a target may have whose bundle is of this age; nothing if it can have none.
    pub fn live(&self, age: TargetAge) -> Option<LiveLeaf<'_>> {
        let below = match (age, self.left) {
            (TargetAge::Gone, _) | (TargetAge::Newest, Some(_)) => return None,
            (TargetAge::Newest, None) => return Some(self.newest()),
            (TargetAge::Since(revision), Some(left)) if revision >= left => return None,
            (TargetAge::Since(revision), _) => Some(revision),
            (TargetAge::Unknown, _) => None,
        };
        let mut first = self.newest();
        let mut since = self.since;
        for leaf in self.earlier.iter().rev() {
            // Bundles that were written after the run that replaced it do not have it.
            if since.zip(below).is_some_and(|(since, below)| since <= below) {
                break;
            }
            if leaf.not_after <= first.not_after {
                first = LiveLeaf { serial: &leaf.serial, not_after: leaf.not_after, is_newest: false, is_sure: true };
            }
            since = leaf.since;
        }
        Some(LiveLeaf { is_sure: below.is_some() && since.is_some(), ..first })
    }

    fn newest(&self) -> LiveLeaf<'_> {
        LiveLeaf { serial: &self.serial, not_after: self.not_after, is_newest: true, is_sure: true }
    }
}

#[cfg(test)]
mod tests {
    use super::super::credential_record::{CredentialRecord, EarlierLeaf};
    use super::super::earlier::EarlierRecord;
    use super::super::floors::Floor;
    use super::super::inventory::BundleRecord;
    use super::TargetAge::{Gone, Newest, Since, Unknown};

    /// Generation 1 of revision 2, generation 2 of revision 5, and generation 3.
    fn bundle() -> BundleRecord {
        let earlier = |revision| EarlierRecord { digest: None, revision };
        BundleRecord {
            generation: 3,
            content: String::new(),
            revision: 9,
            branch: None,
            facts: None,
            floor: None,
            earlier: [(1, earlier(2)), (2, earlier(5))].into(),
        }
    }

    #[test]
    fn a_target_has_what_is_evident_or_anything_that_was_written() {
        let installed = |generation| Some(Floor::Installed { generation, restart_due: true });
        for (floor, said, age) in [
            (None, None, Since(2)),
            (installed(1), None, Since(2)),
            (installed(2), None, Since(5)),
            (installed(3), None, Newest),
            (installed(1), Some(3), Newest),
            (installed(2), Some(1), Since(5)),
            (installed(2), Some(0), Gone),
            (None, Some(2), Since(5)),
            (Some(Floor::Uninstalled), None, Gone),
            (Some(Floor::Uninstalled), Some(2), Since(5)),
            (Some(Floor::Unknown), None, Unknown),
        ] {
            assert_eq!(bundle().age(floor, said), age, "{floor:?} {said:?}");
        }
        let mut once_gone = bundle();
        once_gone.earlier.insert(0, EarlierRecord { digest: None, revision: 0 });
        assert_eq!(once_gone.age(None, None), Unknown);
    }

    /// Leaves of the runs 2, 5 and 9. The second was issued for a shorter time.
    fn leaf(first: Option<u64>) -> CredentialRecord {
        let earlier = |serial: &str, since, not_after| EarlierLeaf { serial: serial.to_owned(), since, not_after };
        CredentialRecord {
            serial: "c".to_owned(),
            not_after: 900,
            since: Some(9),
            earlier: vec![earlier("a", first, 400), earlier("b", Some(5), 300)],
            ..CredentialRecord::default()
        }
    }

    #[test]
    fn the_first_to_expire_of_those_that_may_be_there_counts() {
        let known = leaf(Some(2));
        let live = |record: &CredentialRecord, age| record.live(age).map(|live| (live.serial.to_owned(), live.is_sure));
        let is = |serial: &str, is_sure| Some((serial.to_owned(), is_sure));
        assert_eq!(live(&known, Gone), None);
        assert_eq!(live(&known, Newest), is("c", true));
        assert_eq!(live(&known, Since(9)), is("c", true));
        assert_eq!(live(&known, Since(8)), is("b", true));
        assert_eq!(live(&known, Since(2)), is("b", true));
        assert_eq!(live(&known, Since(1)), is("b", true), "it was not in the bundle yet");
        assert_eq!(live(&known, Unknown), is("b", false));
        let old = leaf(None);
        assert_eq!((live(&old, Since(5)), live(&old, Since(4))), (is("b", true), is("b", false)), "a state of before");
        let gone = CredentialRecord { left: Some(12), ..known };
        assert_eq!((live(&gone, Newest), live(&gone, Since(12)), live(&gone, Since(9))), (None, None, is("c", true)));
    }
}
