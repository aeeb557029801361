//! Codes that only an archive leads to.

/// Codes of archives; `tests/verify_archive` shows each.
pub(crate) const CODES: &[&str] = &["CM0741", "CM0742", "CM0743", "CM0744", "CM0745"];
