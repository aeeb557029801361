//! The certificate of a link that expires first.

use time::OffsetDateTime;

/// A certificate that expires, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FirstExpiry {
    /// Its last instant.
    pub at: OffsetDateTime,
    /// Which it is: its place in the list of certificates.
    pub certificate: usize,
}
