//! Which certificates are really used, and when the first of them expires: the same rule for a link, a member, and each file.
//!
//! A certificate that is in a file and leads nowhere does not count: an expired one there breaks nothing.

use time::{Duration, OffsetDateTime};

use crate::diag::{Code, Diagnostic, FilePlace};
use crate::x509::Certificate;

use super::moment::{moment, time_left};
use super::peer::Peer;

/// A certificate with less time left expires soon.
pub const SOON: Duration = Duration::days(30);

/// How a certificate that meshbundle issued gets a successor.
pub const RENEW: &str = "renew it: `meshbundle generate --renew`, where meshbundle issued it, with a `trust.renewBefore` that is \
    longer than the time left; then install the new bundle";

/// The certificate that expires first, of those that are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// Its last instant.
    pub at: OffsetDateTime,
    /// Which it is, by its subject.
    pub label: String,
}

impl Expiry {
    /// Of a link. `proven` are the chains that were proven with what the etcd presents, up to the CAs that were used; without one,
    /// the CA that lasts longest is as good as any other.
    pub fn of_link<'a>(peer: &'a Peer, proven: impl IntoIterator<Item = &'a Certificate>) -> Option<Self> {
        let mut proven = proven.into_iter().peekable();
        let anchor = if proven.peek().is_some() { None } else { longest(&*peer.anchors) };
        Self::first(presented(&peer.chain).into_iter().chain(proven).chain(anchor))
    }

    /// Of who presents `chain`, leaf first.
    pub fn of_presented(chain: &[Certificate]) -> Option<Self> {
        Self::first(presented(chain))
    }

    fn first<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Option<Self> {
        certificates.into_iter().min_by_key(|certificate| certificate.not_after()).map(Self::of)
    }

    fn of(certificate: &Certificate) -> Self {
        Self { at: certificate.not_after(), label: certificate.label() }
    }

    /// Whole days that are left at `now`; negative once it has expired.
    pub fn days_left(&self, now: OffsetDateTime) -> i64 {
        (self.at - now).whole_seconds().div_euclid(24 * 60 * 60)
    }

    /// When it expires, for people: `on 2026-12-01, in 9 days`.
    pub fn when(&self, now: OffsetDateTime) -> String {
        format!("on {}, {}", moment(self.at, now), time_left(self.at, now))
    }

    /// Whether it is still valid at `now`, and has less than `soon` left.
    pub fn is_soon(&self, now: OffsetDateTime, soon: Duration) -> bool {
        is_soon(self.at, now, soon)
    }
}

/// The certificates of `chain` that lead upwards from its leaf, which is the first. Of several for one CA, the one that lasts longest.
/// A root is not among them: the one that the other end trusts is its own.
pub(super) fn presented(chain: &[Certificate]) -> Vec<&Certificate> {
    let mut used: Vec<&Certificate> = chain.first().into_iter().collect();
    while let Some(lower) = used.last() {
        let signs = |upper: &&Certificate| {
            let leads = lower.issuer_der() == upper.subject_der() && lower.is_signed_by(upper) != Some(false);
            leads && !upper.is_self_issued() && !used.contains(upper)
        };
        match longest(chain.iter().skip(1).filter(signs)) {
            Some(upper) => used.push(upper),
            None => break,
        }
    }
    used
}

/// The certificate that lasts longest.
pub(super) fn longest<'a>(certificates: impl IntoIterator<Item = &'a Certificate>) -> Option<&'a Certificate> {
    certificates.into_iter().max_by_key(|certificate| certificate.not_after())
}

fn is_soon(at: OffsetDateTime, now: OffsetDateTime, soon: Duration) -> bool {
    at >= now && at - now < soon
}

/// The finding of a certificate that is valid at `now`, and has less than `soon` left.
pub fn expires_soon(
    file: &str,
    certificate: &Certificate,
    what: &str,
    now: OffsetDateTime,
    soon: Duration,
) -> Option<Diagnostic> {
    is_soon(certificate.not_after(), now, soon).then(|| {
        let expiry = Expiry::of(certificate);
        let message = format!("the {what} `{}` expires {}", expiry.label, expiry.when(now));
        Diagnostic::of_file(Code::EndsSoon, FilePlace::whole(file), message).help(RENEW)
    })
}
