//! How links are tried.

use std::time::Duration;

use crate::mesh::CiliumVersion;

use super::clock::Clock;

/// How links are tried.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// The version of the agents.
    pub version: CiliumVersion,
    /// How long an endpoint may take from its name to its first answer, and then a cluster for its reads.
    pub timeout: Duration,
    /// How long to wait for a heartbeat.
    pub heartbeat: Duration,
    /// Now.
    pub clock: Clock,
    /// How often they are tried.
    pub rounds: Rounds,
}

/// How often links are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounds {
    /// Once.
    One,
    /// Until all are ready, or a time is over.
    UntilReady,
    /// Until the program is interrupted.
    Endless,
}
