//! When certificates expire: how soon is soon, and what is reported then.

use time::{Duration, OffsetDateTime};

use crate::diag::{Code, Diagnostic, FilePlace};

use super::moment::{moment, time_left};
use crate::x509::Certificate;

/// A certificate with less time left expires soon.
pub const SOON: Duration = Duration::days(30);
/// Whole days that are left at `now` until `end`; negative once it has passed.
pub fn days_left(end: OffsetDateTime, now: OffsetDateTime) -> i64 {
    (end - now).whole_seconds().div_euclid(24 * 60 * 60)
}

/// The finding of a certificate that is valid at `now`, and has less than `soon` left.
pub fn expires_soon(
    file: &str,
    certificate: &Certificate,
    what: &str,
    now: OffsetDateTime,
    soon: Duration,
) -> Option<Diagnostic> {
    let end = certificate.not_after();
    (end >= now && end - now < soon).then(|| {
        let (label, day, left) = (certificate.label(), moment(end, now), time_left(end, now));
        let message = format!("the {what} `{label}` expires on {day}, {left}");
        let finding = Diagnostic::of_file(Code::EndsSoon, FilePlace::whole(file), message);
        finding.help(RENEW)
    })
}

/// How a certificate that meshbundle issued gets a successor.
pub(super) const RENEW: &str = "renew it: `meshbundle generate --renew`, where meshbundle issued it; then install the new bundle";
