//! `announce` against real etcds: both keys come and stay, it steps back, it takes over, and it survives what etcds go through.

mod health;
mod keys;
mod others;
mod rights;
mod scene;
mod systemd;
mod unit;
mod weather;

#[allow(dead_code, reason = "tests/probe uses the rest")]
#[path = "../probe/etcd.rs"]
mod etcd;
#[path = "../support/generations.rs"]
mod generation;
#[allow(dead_code, reason = "tests/real_etcd uses the rest")]
#[path = "../real_etcd/namespaces.rs"]
mod namespaces;
#[allow(dead_code, reason = "tests/probe uses the rest")]
#[path = "../probe/pki.rs"]
mod pki;
#[path = "../support/mod.rs"]
mod support;
