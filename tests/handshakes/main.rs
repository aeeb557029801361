//! Handshakes before two judges: this crate's `probe`, and Go's crypto/tls on both ends, which is what agents and etcds have.
//! Every kind of key and signature, as a server's, as a client's and as a CA's, with TLS 1.2 and 1.3.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod kinds;
mod scene;

#[allow(dead_code, reason = "tests/chain_judges uses the rest")]
#[path = "../chain_judges/judges.rs"]
mod judges;
#[allow(dead_code, reason = "tests/real_etcd uses the rest")]
#[path = "../real_etcd/namespaces.rs"]
mod namespaces;
#[path = "../support/mod.rs"]
mod support;
#[allow(dead_code, reason = "tests/chain_judges uses the rest")]
#[path = "../chain_judges/workshop.rs"]
mod workshop;
