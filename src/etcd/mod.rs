//! One connection to one member of an etcd, as an agent makes it, and the part of etcd's gRPC API that meshbundle needs.
//!
//! Input: an endpoint of a [`Peer`](crate::verify::Peer), which has config and credential. Output: an open connection, or a
//! [`Fault`] with the step that failed (name, TCP, TLS judged by Go's rules, client certificate, gRPC), its cause and what to do.
//! All sockets of meshbundle to other machines are opened here. Beside it: what a server presents to a client without a credential
//! (`presented.rs`). It knows nothing of Cilium's keys, retries nothing, and reads no files but the resolver's: `/etc/hosts` and `/etc/resolv.conf`.

mod alert;
mod client;
mod connection;
mod dial;
mod fault;
mod go_tls;
mod identity;
mod messages;
mod presented;
mod resolve;
mod server;
mod tls;

pub use fault::Fault;

pub(crate) use client::{Client, Refusal};
pub(crate) use connection::{Connection, EtcdClientConfig, Page, Reached, unwell};
pub(crate) use dial::dial_within;
pub(crate) use fault::{VERIFY_CLIENTS, printable};
pub(crate) use identity::Identity;
pub(crate) use messages::{KeyValue, RangeResponse, StatusResponse};
pub(crate) use presented::{Asks, Presented, presented};
pub(crate) use resolve::Names;
