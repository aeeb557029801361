//! A leaf as the state remembers it, with those that it has replaced, which may still be installed. These are one text on disk, because
//! there is one for each leaf that was ever renewed. Of those that have expired, only the last is remembered.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A leaf that was issued.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CredentialRecord {
    /// Serial number in hex: the file with it in the state has the same before it.
    pub serial: String,
    /// Fingerprint of the authority that signed it.
    pub signer: String,
    /// Hosts in its SAN, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Start of its validity, Unix seconds.
    pub not_before: i64,
    /// End of its validity, Unix seconds.
    pub not_after: i64,
    /// The revision of the run that issued it; not known of states before this was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// The leaves that it has replaced, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty", serialize_with = "serialize", deserialize_with = "deserialize")]
    pub earlier: Vec<EarlierLeaf>,
    /// The revision of the run from which on no bundle has it, if the mesh needs it no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}

/// A leaf that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierLeaf {
    /// Serial number in hex.
    pub serial: String,
    /// The revision of the run that issued it, if that is known.
    pub since: Option<u64>,
    /// End of its validity, Unix seconds.
    pub not_after: i64,
}

impl CredentialRecord {
    /// What is remembered when the run of the revision `now` has issued `next` in place of this one.
    pub(super) fn replaced_by(&self, next: Self, now: u64) -> Self {
        let last = EarlierLeaf { serial: self.serial.clone(), since: self.since, not_after: self.not_after };
        let earlier: Vec<EarlierLeaf> = self.earlier.iter().cloned().chain([last]).collect();
        // What was issued begins an hour before its run: close enough to tell what has expired by then.
        let has_expired = |leaf: &EarlierLeaf| leaf.not_after <= next.not_before;
        // Whoever may have an expired leaf may also have the one that followed it.
        let expired = earlier.iter().rposition(has_expired);
        // One that was issued before it may last longer: lifetimes change.
        let is_needed = |(at, leaf): &(usize, EarlierLeaf)| !has_expired(leaf) || Some(*at) == expired;
        let earlier = earlier.into_iter().enumerate().filter(is_needed).map(|(_, leaf)| leaf).collect();
        Self { since: Some(now), earlier, left: None, ..next }
    }
}

/// Writes `SERIAL@REVISION:END` with spaces between; `-` is a revision that is not known.
fn serialize<S: Serializer>(leaves: &[EarlierLeaf], to: S) -> Result<S::Ok, S::Error> {
    let text = |EarlierLeaf { serial, since, not_after }: &EarlierLeaf| {
        let since = since.map_or_else(|| "-".to_owned(), |since| since.to_string());
        format!("{serial}@{since}:{not_after}")
    };
    to.serialize_str(&leaves.iter().map(text).collect::<Vec<_>>().join(" "))
}

/// Reads it.
fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<EarlierLeaf>, D::Error> {
    let text = String::deserialize(from)?;
    let damaged = |word: &str| D::Error::custom(format!("`{}` is no earlier certificate", word.escape_debug()));
    text.split(' ').map(|word| read(word).ok_or_else(|| damaged(word))).collect()
}

fn read(word: &str) -> Option<EarlierLeaf> {
    let (serial, rest) = word.split_once('@')?;
    let (since, not_after) = rest.split_once(':')?;
    let since = if since == "-" { None } else { Some(since.parse().ok()?) };
    let is_serial = !serial.is_empty() && serial.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_serial.then_some(EarlierLeaf { serial: serial.to_owned(), since, not_after: not_after.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::{CredentialRecord, EarlierLeaf, deserialize, read, serialize};

    fn leaf(serial: &str, not_before: i64, not_after: i64) -> CredentialRecord {
        CredentialRecord { serial: serial.to_owned(), not_before, not_after, ..CredentialRecord::default() }
    }

    #[test]
    fn what_was_replaced_is_read_as_it_was_written() {
        let earlier = |serial: &str, since, not_after| EarlierLeaf { serial: serial.to_owned(), since, not_after };
        let leaves = vec![earlier("0a", None, 5), earlier("0b", Some(7), -9)];
        let mut text = Vec::new();
        serialize(&leaves, &mut serde_json::Serializer::new(&mut text)).expect("a text");
        assert_eq!(String::from_utf8_lossy(&text), r#""0a@-:5 0b@7:-9""#);
        assert_eq!(deserialize(&mut serde_json::Deserializer::from_slice(&text)).expect("leaves"), leaves);
        for damaged in ["", "0a", "0a@1", "@1:2", "x@1:2", "0a@b:2", "0a@1:b", "0a@-1:2"] {
            assert!(read(damaged).is_none(), "{damaged}");
        }
    }

    /// Daily renewals for years: the ones that are valid are remembered, and the last one that has expired.
    #[test]
    fn of_leaves_that_have_expired_the_last_is_remembered() {
        let mut record = leaf("0", 0, 10);
        for run in 1..100_i64 {
            let next = leaf(&run.to_string(), run, run + 10);
            record = record.replaced_by(next, u64::try_from(run).expect("a revision"));
        }
        let ends: Vec<i64> = record.earlier.iter().map(|leaf| leaf.not_after).collect();
        assert_eq!((record.since, record.not_after, ends), (Some(99), 109, (99..109).collect()));
    }

    /// Lifetimes were shortened: what was issued before lasts longer, and is accepted until it ends.
    #[test]
    fn a_leaf_that_lasts_is_remembered_when_later_ones_have_expired() {
        let renewed = leaf("a1", 0, 1_000).replaced_by(leaf("b2", 10, 100), 2);
        let renewed = renewed.replaced_by(leaf("c3", 150, 250), 3).replaced_by(leaf("d4", 300, 400), 4);
        let serials: Vec<&str> = renewed.earlier.iter().map(|leaf| leaf.serial.as_str()).collect();
        assert_eq!(serials, ["a1", "c3"]);
    }
}
