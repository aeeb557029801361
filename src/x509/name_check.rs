//! Whether the CAs of a chain allow the names of the certificates below them.

use crate::x509::certificate::Certificate;
use crate::x509::go_rules::GoRules;
use crate::x509::name_constraints::SubjectNames;

/// A name that a CA above must not issue.
pub(super) struct Violation<'a> {
    pub(super) authority: &'a Certificate,
    pub(super) subject: &'a Certificate,
    pub(super) name: String,
}

/// Checks a chain, leaf first.
pub(super) fn check<'a>(chain: &[&'a Certificate], rules: GoRules) -> Result<(), Violation<'a>> {
    for (at, authority) in chain.iter().enumerate() {
        let Some(constraints) = authority.name_constraints() else {
            continue;
        };
        for subject in chain.iter().take(at) {
            constraints.check_names(&names(subject), rules).map_err(|name| Violation { authority, subject, name })?;
        }
    }
    Ok(())
}

fn names(subject: &Certificate) -> SubjectNames<'_> {
    SubjectNames {
        ip_addresses: subject.ip_addresses(),
        dns_names: subject.dns_names(),
        uris: subject.uris(),
        email_addresses: subject.email_addresses(),
    }
}
