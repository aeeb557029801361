//! All tests of the project in one program, a module for each subject.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

// Quick: no root, no Go, no etcd, no engine, no network. `make test-quick` plays these.
mod architecture;
mod diagnostics;
mod docs;
mod golden;
mod manual;
mod schema;

// What agents, etcds, engines and other judges say, and what takes minutes.
mod announce;
mod at_rest;
mod authorisation;
mod authorities;
mod certs;
mod chain_judges;
mod durability;
mod evolution;
mod explain;
mod firewall;
mod handshakes;
mod helm;
mod installer;
mod mutants;
mod names;
mod pack;
mod pages;
mod pem_judge;
mod probe;
mod properties;
mod real_etcd;
mod reproducible;
mod rollout;
mod rotation;
mod secrets;
mod smoke;
mod systemd;
mod verify;
mod verify_archive;

mod support;
