//! What a subject turns out to be: the peers that its agents would connect to, or the member that its etcd would be.

use crate::diag::Diagnostic;
use crate::mesh::CiliumVersion;
use crate::x509::Certificate;

use super::container::Container;
use super::expected::Expected;
use super::peer::{Own, Peer};

/// What a subject turns out to be.
#[derive(Default)]
pub struct Inspection {
    /// The subject, as the user named it.
    pub file: String,
    /// What reads it.
    pub container: Container,
    /// Whether it is Secrets that only another program can open.
    pub is_sealed: bool,
    /// Through the eyes of which version it was read.
    pub version: CiliumVersion,
    /// Whose agents, or whose etcd, read it.
    pub own: Own,
    /// What they would connect to.
    pub peers: Vec<Peer>,
    /// How their own cluster's clients would reach its etcd: agents, announcer. Of bundles only.
    pub ways: Vec<Peer>,
    /// The etcd member that it is for, if it is for one.
    pub member: Option<MemberFiles>,
    /// What they, or the operator, would stumble over.
    pub findings: Vec<Diagnostic>,
    /// What the mesh says of them, if there is a mesh.
    pub expected: Option<Expected>,
    /// Where the mesh says otherwise.
    pub unexpected: Vec<Diagnostic>,
}

/// What an etcd member gets.
#[derive(Clone)]
pub struct MemberFiles {
    /// The member's name.
    pub name: String,
    /// The file of its server certificate, for messages.
    pub file: String,
    /// What it shows.
    pub chain: Vec<Certificate>,
    /// What it anchors clients on.
    pub anchors: Vec<Certificate>,
    /// Why it is not known whether that is so, if it is not.
    pub doubt: Option<Diagnostic>,
    /// What it shows to other members; nothing if it has no certificate for them.
    pub peer_chain: Vec<Certificate>,
    /// What it verifies other members against; nothing if it has no certificate for them.
    pub peer_anchors: Vec<Certificate>,
}
