#![doc = include_str!("../ARCHITECTURE.md")]
#![warn(missing_docs, unreachable_pub)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr))]

pub mod announce;
pub mod audit;
pub mod certs;
pub mod cli;
pub mod diag;
pub mod etcd;
pub mod firewall;
pub mod generate;
pub mod input;
pub mod ledger;
pub mod lint;
pub mod mesh;
pub mod names;
pub mod pack;
pub mod page;
pub mod pem;
pub mod picture;
pub mod pki;
pub mod plan;
pub mod probe;
pub mod render;
pub mod report;
pub mod scene;
pub mod seal;
pub mod smoke;
pub mod store;
pub mod values;
pub mod verify;
pub mod wiped;
pub mod x509;
