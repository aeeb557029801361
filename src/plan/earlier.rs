//! The earlier generations of a bundle, which may still be installed: on disk one text, because there is one for each bundle that ever
//! changed, and nothing takes it away as long as nothing is recorded.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// An earlier generation of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRecord {
    /// Its digest, as manifests and receipts have it; not known of a bundle that was gone in between.
    pub digest: Option<String>,
    /// The revision at which it was written.
    pub revision: u64,
}

/// What is on disk: `GENERATION@REVISION:DIGEST` with spaces between; in format 3 and in the first states of format 4, each by its
/// generation.
#[derive(Deserialize)]
#[serde(untagged)]
enum OnDisk {
    Text(String),
    Each(BTreeMap<String, One>),
}

/// One of them: the digest alone in format 3.
#[derive(Deserialize)]
#[serde(untagged)]
enum One {
    Digest(String),
    Record { digest: Option<String>, revision: u64 },
}

impl From<One> for EarlierRecord {
    fn from(one: One) -> Self {
        match one {
            One::Digest(digest) => Self { digest: Some(digest), revision: 0 },
            One::Record { digest, revision } => Self { digest, revision },
        }
    }
}

/// Writes the text.
pub(super) fn serialize<S: Serializer>(records: &BTreeMap<u64, EarlierRecord>, to: S) -> Result<S::Ok, S::Error> {
    let text = |(generation, record): (&u64, &EarlierRecord)| match &record.digest {
        Some(digest) => format!("{generation}@{}:{digest}", record.revision),
        None => format!("{generation}@{}", record.revision),
    };
    to.serialize_str(&records.iter().map(text).collect::<Vec<_>>().join(" "))
}

/// Reads either form.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<u64, EarlierRecord>, D::Error> {
    let damaged = |word: &str| D::Error::custom(format!("`{}` is no earlier generation", word.escape_debug()));
    match OnDisk::deserialize(from)? {
        OnDisk::Text(text) => text.split(' ').map(|word| read(word).ok_or_else(|| damaged(word))).collect(),
        OnDisk::Each(records) => {
            let record = |(generation, one): (String, One)| match generation.parse() {
                Ok(number) => Ok((number, one.into())),
                Err(_) => Err(damaged(&generation)),
            };
            records.into_iter().map(record).collect()
        }
    }
}

fn read(word: &str) -> Option<(u64, EarlierRecord)> {
    let (generation, rest) = word.split_once('@')?;
    let (revision, digest) = rest.split_once(':').map_or((rest, None), |(revision, digest)| (revision, Some(digest.to_owned())));
    Some((generation.parse().ok()?, EarlierRecord { digest, revision: revision.parse().ok()? }))
}

#[cfg(test)]
mod tests {
    use super::{deserialize, read, serialize};

    /// Format 3 has neither revisions nor one text.
    #[test]
    fn what_format_3_has_is_read_and_written_as_it_is_today() {
        let old = r#"{"2":"00ff","11":"0a"}"#;
        let records = deserialize(&mut serde_json::Deserializer::from_str(old)).expect("format 3");
        let mut text = Vec::new();
        serialize(&records, &mut serde_json::Serializer::new(&mut text)).expect("a text");
        assert_eq!(String::from_utf8_lossy(&text), r#""2@0:00ff 11@0:0a""#);
        assert_eq!(deserialize(&mut serde_json::Deserializer::from_slice(&text)).expect("today's"), records);
        assert!(deserialize(&mut serde_json::Deserializer::from_str(r#""2@0:00ff  11@0:0a""#)).is_err(), "damaged");
    }

    #[test]
    fn a_generation_is_read_with_and_without_its_digest() {
        let (generation, record) = read("12@34:00ff").expect("a record");
        assert_eq!((generation, record.revision, record.digest.as_deref()), (12, 34, Some("00ff")));
        assert_eq!(read("12@34").expect("a record").1.digest, None);
        for damaged in ["", "12", "12@", "@1:00", "a@1:00", "1@b:00", "-1@1"] {
            assert!(read(damaged).is_none(), "{damaged}");
        }
    }
}
