//! Resolves and judges the signing and trusted CAs of each etcd.
//!
//! Input: the mesh, its links, the facts about its files. Output: every CA and the trust of every etcd, and findings, each
//! reported once however many clusters use a CA. `proof` checks whether existing certificates make working links.

mod administrators;
mod anchors;
mod authority;
mod credentials;
mod files;
mod issuable;
mod judge;
mod keys;
mod lifetimes;
mod local_clients;
mod resolve;
mod resolved;
mod undelivered_ca;
mod users;
mod uses;

pub(super) use files::read_certificates;
pub(super) use judge::judge;
pub use lifetimes::CA_NOTICE;
pub(super) use resolved::ResolvedTrust;
use resolved::place_of;
