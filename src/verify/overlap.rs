//! Two CAs that one end trusts while one replaces the other, and how far that has come, as far as certificates tell.
//!
//! Of two that sign, the one that is valid from a later date on is the new one. An overlap is no fault: without it, links would be cut.

use crate::x509::Certificate;

/// Two CAs that are trusted beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The common name of the older one, or all of its name.
    pub old: String,
    /// That of the newer one.
    pub new: String,
    /// Which of them signed the certificate of this end; none if neither did.
    pub own: Option<SignedBy>,
    /// Which signed those of the other end, as far as any was seen.
    pub other: Option<SignedBy>,
}

/// Which of two CAs signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignedBy {
    /// The old one.
    Old,
    /// The new one.
    New,
    /// Some the old one, some the new one.
    Both,
}

impl Overlap {
    /// What an end with these anchors and this chain shows, which sees the chains of `others`; none if it does not trust two CAs.
    pub fn of<'a>(
        anchors: &[Certificate],
        chain: &[Certificate],
        others: impl Iterator<Item = &'a [Certificate]>,
    ) -> Option<Self> {
        let mut cas: Vec<&Certificate> = anchors.iter().filter(|anchor| anchor.is_ca()).collect();
        cas.sort_by_key(|ca| ca.not_before());
        cas.dedup_by(|one, other| one.spki_der() == other.spki_der());
        let [.., old, new] = cas.as_slice() else { return None };
        let signed = |chain: &[Certificate]| {
            let by = |ca: &Certificate| chain.iter().any(|one| one == ca || one.is_signed_by(ca) == Some(true));
            if by(new) { Some(SignedBy::New) } else { by(old).then_some(SignedBy::Old) }
        };
        let joined = others.filter_map(signed).reduce(|one, other| if one == other { one } else { SignedBy::Both });
        // Names as people know them, where they tell the two apart.
        let short = |ca: &Certificate| ca.common_name().map(str::to_owned);
        let names = short(old).zip(short(new)).filter(|(old, new)| old != new);
        let (old_name, new_name) = names.unwrap_or_else(|| (old.label(), new.label()));
        let overlap = Self { old: old_name, new: new_name, own: signed(chain), other: joined };
        // Neither signs here: these are CAs of something else.
        (overlap.own.is_some() || overlap.other.is_some()).then_some(overlap)
    }

    /// Whether anything that was seen is signed by the new one.
    pub fn is_reissued(&self) -> bool {
        [self.own, self.other].into_iter().flatten().any(|by| by != SignedBy::Old)
    }
}
