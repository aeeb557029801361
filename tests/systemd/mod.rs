//! Bundles for agents under systemd, with a systemd that runs: process 1 of namespaces of its own (`boot.sh`), not a model of it.
//! The units are the test's own; what their processes get is read from the kernel. Options in all forms against Cilium's own
//! flags and code: `TestOptions` in tests/conformance.

mod administrator;
mod changes;
pub(crate) mod environment;
mod links;
pub(crate) mod machine;
pub(crate) mod mesh;
mod network;
mod page;
mod receipts;
mod restarts;
mod ssh;
mod stories;
mod units;
