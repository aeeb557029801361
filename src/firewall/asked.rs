//! What a list needs and a mesh does not have.

use ipnet::IpNet;

/// The port of members among themselves that etcd's documentation has.
pub const PEER_PORT: u16 = 2380;

/// What a mesh does not have, and the user says.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Port that clients of members dial, where it is not that of the endpoints.
    pub client_port: Option<u16>,
    /// Port of members among themselves.
    pub peer_port: u16,
    /// Where people run `probe --members` and `etcd-auth.sh`.
    pub administrators: Vec<IpNet>,
}

impl Default for Asked {
    fn default() -> Self {
        Self { client_port: None, peer_port: PEER_PORT, administrators: Vec::new() }
    }
}
