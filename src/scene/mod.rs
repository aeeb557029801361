//! What is known of each cluster and each link of a mesh, kept apart by where it is known from: what the mesh wants, what the state
//! has recorded, and what others have observed. Pictures and reports show it.
//!
//! Input: a checked mesh, the records of the state, the evidence of what is installed, reports of `verify` and `probe`, now. Output: a
//! [`Scene`], which holds texts, counts and times. What was generated is never taken for what is installed: each has a field of its own.
//! It judges no certificate, opens no file, and knows no form of output.

mod certificates;
mod change;
mod cluster;
mod document;
mod expiry;
mod gather;
mod installed;
mod link;
mod observed;
mod redact;
mod seen;
mod state;
mod summary;
mod view;

pub use certificates::{CertificateKind, SceneCertificate};
pub use change::{Change, changes};
pub use cluster::SceneCluster;
pub use document::each_text;
pub use expiry::FirstExpiry;
pub use gather::Sources;
pub use installed::Installed;
pub use link::{Paper, SceneLink};
pub use observed::{MAX_OBSERVED, Observation, ObservedError};
pub use redact::Redactor;
pub use seen::{FilesSeen, LinkFault, LiveSeen};
pub use state::LinkState;
pub use summary::{MAX_SUMMARY, Summary};
pub use view::Scene;
