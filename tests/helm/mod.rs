//! Clusters that Cilium's Helm chart runs: what they get, and what their objects say of them. Python's YAML reads the files, and puts them
//! into a cluster as `kubectl apply` would. What real charts and agents make of them is judged in `tests/conformance`.

mod charts;
mod defaults;
mod existing;
mod files;
pub(crate) mod forms;
mod hosts;
mod kubernetes;
mod kvstoremesh;
mod merge;
mod provided;
mod recorded;
mod restored;
pub(crate) mod scene;
mod signers;
mod verified;
