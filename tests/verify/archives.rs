//! Archives as `generate` wrote them, and the codes of those that were not.

/// Codes of archives; tests/verify_archive shows each.
pub(crate) const CODES: &[&str] = &["CM0741", "CM0742", "CM0743", "CM0744", "CM0745"];
