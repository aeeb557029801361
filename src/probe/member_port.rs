//! What is expected at one port of a member of an etcd: its certificate, and the CAs that it verifies others against.

use std::fmt;

use crate::x509::Certificate;

use super::ca_names::WantedCa;

/// One port of one member, and what its newest bundle has for it.
#[derive(Debug, Clone)]
pub struct MemberPort {
    /// The cluster of the etcd.
    pub cluster: String,
    /// The member.
    pub member: String,
    /// Who connects to the port.
    pub kind: PortKind,
    /// The member's addresses and names, from the mesh.
    pub hosts: Vec<String>,
    /// The TCP port.
    pub number: u16,
    /// CAs that its certificate is verified against: those of its clients, or of its peers.
    pub anchors: Vec<Certificate>,
    /// The certificate that was issued last for this port of this member.
    pub issued: Certificate,
    /// CAs that the newest bundle has for it.
    pub wanted: Vec<WantedCa>,
}

/// Who connects to a port of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PortKind {
    /// Agents and other clients: `trusted-ca-file`.
    Client,
    /// The other members: `peer-trusted-ca-file`.
    Peer,
}

impl fmt::Display for PortKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Peer => "peer",
        })
    }
}
