//! What a certificate is used for.

/// The usage that a chain must allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Usage {
    /// A TLS server: etcd.
    ServerAuth,
    /// A TLS client: an agent, or an etcd member that connects to its peers.
    ClientAuth,
}
