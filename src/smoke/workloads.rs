//! What the workloads are called, and where they listen: in manifests, scripts and commands alike.

/// The namespace of all that runs.
pub(super) const NAMESPACE: &str = "clustermesh-smoke";
/// The port of the servers; below 1024 they would need a right.
pub(super) const PORT: u16 = 8080;
/// The clients: the first one may reach the servers.
pub(super) const CLIENTS: [&str; 2] = ["employee", "stranger"];
