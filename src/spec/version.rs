//! Versions of Cilium, major and minor: what agents do differs by these two.

use std::fmt;

/// A version such as 1.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CiliumVersion {
    /// 1 so far.
    pub major: u16,
    /// 14 to 20 are known here.
    pub minor: u16,
}

impl CiliumVersion {
    /// The oldest that is supported: agents before 1.14 reload and trust by other rules.
    pub const OLDEST: Self = Self::new(1, 14);
    /// The newest whose options and rules are known.
    pub const NEWEST: Self = Self::new(1, 20);

    /// Version `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// Reads `1.18`.
    ///
    /// # Errors
    /// How it should be written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.trim_start_matches('v').split('.');
        let mut number =
            || parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit())).and_then(|part| part.parse().ok());
        match (number(), number(), parts.next(), text.starts_with('v')) {
            (Some(major), Some(minor), None, false) => Ok(Self { major, minor }),
            (Some(major), Some(minor), ..) => Err(format!("write `\"{major}.{minor}\"`: major and minor decide")),
            _ => Err("write major and minor, such as `\"1.18\"`".to_owned()),
        }
    }
}

impl Default for CiliumVersion {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl fmt::Display for CiliumVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
