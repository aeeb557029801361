//! Resolves and judges the signing and trusted CAs of each etcd.
//!
//! Input: the mesh, its links, the facts about its files. Output: every CA and the trust of every etcd, and findings, each
//! reported once however many clusters use a CA. `proof` checks whether existing certificates make working links.

mod anchors;
mod authority;
mod credentials;
mod files;
mod issuable;
mod judge;
mod keys;
mod lifetimes;
mod locked_out;
mod others_root;
mod resolve;
mod resolved;
mod unheard;
mod users;
mod uses;

pub(super) use files::certificates;
pub(super) use judge::judge;
pub(super) use resolved::ResolvedTrust;
use resolved::place_of;
