//! One connection to one member of an etcd, as an agent makes it, and as much of etcd's gRPC API as this program speaks.
//!
//! Input: an endpoint of a [`Peer`](crate::verify::Peer), which has config and credential. Output: an open connection, or a
//! [`Fault`] that says at which step it failed, whose fault that is, and what to do: name, TCP, TLS judged by Go's rules,
//! client certificate, gRPC. The only sockets of the program to other machines are here. It knows nothing of Cilium's keys,
//! tries nothing again, and reads no file but what the resolver reads of the machine: `/etc/hosts` and `/etc/resolv.conf`.

mod alert;
mod client;
mod connection;
mod dial;
mod fault;
mod go_tls;
mod identity;
mod messages;
mod resolve;
mod server;
mod tls;

pub use fault::Fault;

pub(crate) use client::{Client, Refusal};
pub(crate) use connection::{Connection, EtcdClientConfig, Page, Reached, unwell};
pub(crate) use fault::printable;
pub(crate) use identity::Identity;
pub(crate) use messages::{KeyValue, RangeResponse, StatusResponse};
pub(crate) use resolve::Names;
