//! Versions of Cilium, major and minor: the behaviour of agents depends on these two.

use std::fmt;

/// A version such as 1.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CiliumVersion {
    /// 1 so far.
    pub major: u16,
    /// meshbundle knows 14 to 21, the last one before its release.
    pub minor: u16,
}

impl CiliumVersion {
    /// The oldest that is supported: agents before 1.14 reload files and verify certificates by other rules.
    pub const OLDEST: Self = Self::new(1, 14);
    /// The newest release: v1.20.2 of 2026-11.
    pub const NEWEST: Self = Self::new(1, 20);
    /// Known from its development branch only, after v1.21.0-pre.0 of 2026-08-03: its rows in [`super::Feature`] may change.
    pub const UPCOMING: Self = Self::new(1, 21);
    /// The day on which these were looked up.
    pub const AS_OF: &str = "2026-11-28";

    /// Version `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// The message and help for a version that is not a known release.
    pub fn unreleased(self) -> Option<(String, String)> {
        let (newest, upcoming, as_of) = (Self::NEWEST, Self::UPCOMING, Self::AS_OF);
        if self > upcoming {
            let message = format!("Cilium {self} is newer than this meshbundle, which knows up to {upcoming}");
            return Some((message, format!("rules and files are those of {upcoming}; install a newer meshbundle")));
        }
        (self > newest).then(|| {
            let message = format!("Cilium {self} is not released as of {as_of}, and may still change");
            (message, format!("use {newest}; once {self} is released, install a newer meshbundle"))
        })
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
