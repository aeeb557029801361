//! When the first certificate of a link ends, and how many days that leaves.

use time::OffsetDateTime;

use crate::diag::Code;
use crate::etcd::Fault;
use crate::verify::{SOON, days_left, moment, time_left};
use crate::x509::Certificate;

/// The certificate of a link that ends first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// Its last instant.
    pub at: OffsetDateTime,
    /// Which it is, by its subject.
    pub label: String,
}

impl Expiry {
    /// The first of `certificates` to end.
    pub(super) fn first<'a>(certificates: impl Iterator<Item = &'a Certificate>) -> Option<Self> {
        let first = certificates.min_by_key(|certificate| certificate.not_after())?;
        Some(Self { at: first.not_after(), label: first.label() })
    }

    /// Whole days that are left at `now`; negative once it has ended.
    pub fn days(&self, now: OffsetDateTime) -> i64 {
        days_left(self.at, now)
    }

    /// That it is soon.
    pub(super) fn soon(&self, cluster: &str, now: OffsetDateTime) -> Option<Fault> {
        (now..now + SOON).contains(&self.at).then(|| {
            let (day, left) = (moment(self.at, now), time_left(self.at, now));
            let message = format!("the link to `{cluster}` ends on {day}, {left}, with the certificate `{}`", self.label);
            Fault::new(Code::EndsSoon, message, "renew it: `meshbundle generate --renew`, then install the new bundle")
        })
    }
}
