//! When the first certificate of a link expires, and how many days are left.

use time::OffsetDateTime;

use crate::diag::Code;
use crate::etcd::Fault;
use crate::verify::{SOON, days_left, moment, time_left};
use crate::x509::Certificate;

/// The certificate of a link that expires first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// Its last instant.
    pub at: OffsetDateTime,
    /// The subject of the certificate.
    pub label: String,
}

impl Expiry {
    /// The first of `certificates` to expire.
    pub(super) fn first<'a>(certificates: impl Iterator<Item = &'a Certificate>) -> Option<Self> {
        let first = certificates.min_by_key(|certificate| certificate.not_after())?;
        Some(Self { at: first.not_after(), label: first.label() })
    }

    /// Whole days that are left at `now`; negative after the expiry.
    pub fn days(&self, now: OffsetDateTime) -> i64 {
        days_left(self.at, now)
    }

    /// The fault of a certificate that expires soon.
    pub(super) fn soon(&self, cluster: &str, now: OffsetDateTime) -> Option<Fault> {
        (now..now + SOON).contains(&self.at).then(|| {
            let (day, left) = (moment(self.at, now), time_left(self.at, now));
            let message = format!("the certificate `{}` of the link to `{cluster}` expires on {day}, {left}", self.label);
            Fault::new(Code::EndsSoon, message, "renew it: `meshbundle generate --renew`, then install the new bundle")
        })
    }
}
