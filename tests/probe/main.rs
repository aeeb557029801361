//! `probe` against real etcds, proxies and black holes: each failure has its own code, and a healthy link is ready.

mod balancers;
mod contents;
mod etcd;
mod forms;
mod generations;
mod handshakes;
mod heartbeats;
mod kinds;
mod many;
mod pki;
mod recipe;
mod rounds;
mod scene;
mod unwell;
mod verdicts;

#[path = "../support/generations.rs"]
mod generation;
#[allow(dead_code, reason = "tests/real_etcd uses the rest")]
#[path = "../real_etcd/machine.rs"]
mod machine;
#[path = "../real_etcd/namespaces.rs"]
mod namespaces;
#[path = "../support/mod.rs"]
mod support;
