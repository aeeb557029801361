//! All tests of the project in one program, a module for each subject.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod announce;
mod architecture;
mod authorisation;
mod authorities;
mod chain_judges;
mod diagnostics;
mod docs;
mod durability;
mod evolution;
mod explain;
mod golden;
mod handshakes;
mod installer;
mod manual;
mod mutants;
mod pack;
mod pem_judge;
mod probe;
mod properties;
mod real_etcd;
mod reproducible;
mod schema;
mod secrets;
mod support;
mod systemd;
mod verify;
mod verify_archive;
