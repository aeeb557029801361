//! The version of Cilium and the time that files are judged for.

use time::{Duration, OffsetDateTime};

use crate::mesh::CiliumVersion;
use crate::x509::GoRules;

use super::expiry::SOON;

/// The version of Cilium and the time that files are judged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The version of the agents.
    pub version: CiliumVersion,
    /// The instant at which certificates shall be valid.
    pub now: OffsetDateTime,
    /// A certificate with less time left expires soon.
    pub soon: Duration,
}

impl View {
    /// Agents of `version` at `now`.
    pub const fn new(version: CiliumVersion, now: OffsetDateTime) -> Self {
        Self { version, now, soon: SOON }
    }

    /// What the Go that these agents are built with refuses.
    pub const fn rules(&self) -> GoRules {
        GoRules::of(self.version)
    }
}
