//! What a list needs and a mesh does not have.

use ipnet::IpNet;

/// What a mesh does not have, and the user says.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Port that clients of members dial, where it is not that of the endpoints.
    pub client_port: Option<u16>,
    /// Port of members among themselves.
    pub peer_port: u16,
    /// Where people run `probe --members` and `etcd-auth.sh`.
    pub administrators: Vec<IpNet>,
}
