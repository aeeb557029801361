//! What was observed of a link: its files by `verify`, the link itself by `probe`.

use time::OffsetDateTime;

/// What `verify` said of the files of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesSeen {
    /// When the newest of the reports was made.
    pub at: OffsetDateTime,
    /// How many subjects had files for it.
    pub subjects: usize,
    /// Of how many the two ends exclude each other.
    pub refuted: usize,
    /// Of how many both ends accept each other.
    pub both: usize,
    /// Of how many at least the agents accept the servers.
    pub servers: usize,
    /// When the first certificate expires, if that is known.
    pub expires: Option<OffsetDateTime>,
}

/// What `probe` said of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSeen {
    /// When the newest of the probes ended.
    pub at: OffsetDateTime,
    /// From how many places it was tried.
    pub tried: usize,
    /// From how many it was ready.
    pub ready: usize,
    /// Why it was not ready: the first cause of each place, without duplicates.
    pub causes: Vec<LinkFault>,
    /// Endpoints that did not work, also of links that were ready by others.
    pub endpoints: Vec<LinkFault>,
    /// When the first certificate expires, if that is known.
    pub expires: Option<OffsetDateTime>,
}

/// Why a link, or an endpoint of it, does not work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkFault {
    /// The code, as `meshbundle explain` takes it.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub help: String,
    /// The endpoint, if it is about one.
    pub endpoint: Option<String>,
}

impl LinkFault {
    /// Whether nothing came back from the endpoint, or it refused the connection: what a firewall without a rule looks like.
    pub fn is_blocked(&self) -> bool {
        let codes = [crate::diag::Code::NoAnswer, crate::diag::Code::ConnectionRefused];
        self.endpoint.is_some() && codes.iter().any(|code| code.as_str() == self.code)
    }
}
