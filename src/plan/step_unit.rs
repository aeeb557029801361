//! What people do that no file and no object shows: units of their own, which are recorded by hand.

use std::fmt;
use std::str::FromStr;

use super::wave::WaveName;

/// Something that is done at the etcd of a cluster. Its text is `CLUSTER/step/NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepUnit {
    /// Whose etcd.
    pub cluster: String,
    /// What.
    pub name: StepUnitName,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepUnitName {
    /// Its members trust every CA that is to sign clients, and have restarted since.
    ClientTrust,
    /// Its members present certificates of the CAs in `serverTrust` alone.
    ServerCertificates,
    /// KVStoreMesh has read every remote cluster into it.
    Kvstoremesh,
    /// Its members were restarted since users were revoked: what these had open outlives them.
    EndConnections,
}

/// A text that is not the name of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a step: `client-trust`, `server-certificates`, `kvstoremesh` or `end-connections`")]
pub struct NotAStep;

impl StepUnitName {
    /// The wave that it belongs to: an etcd trusts clients before they come, and has new certificates when all readers trust these.
    /// KVStoreMesh reads with its Secret.
    pub const fn wave(self) -> WaveName {
        match self {
            Self::ClientTrust => WaveName::Members,
            Self::ServerCertificates | Self::EndConnections => WaveName::Withdrawal,
            Self::Kvstoremesh => WaveName::Nodes,
        }
    }
}

impl fmt::Display for StepUnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientTrust => "client-trust",
            Self::ServerCertificates => "server-certificates",
            Self::Kvstoremesh => "kvstoremesh",
            Self::EndConnections => "end-connections",
        })
    }
}

impl FromStr for StepUnitName {
    type Err = NotAStep;

    fn from_str(text: &str) -> Result<Self, NotAStep> {
        [Self::ClientTrust, Self::ServerCertificates, Self::Kvstoremesh, Self::EndConnections]
            .into_iter()
            .find(|name| name.to_string() == text)
            .ok_or(NotAStep)
    }
}

impl StepUnit {
    /// The step `name` at the etcd of `cluster`.
    pub fn new(cluster: impl Into<String>, name: StepUnitName) -> Self {
        Self { cluster: cluster.into(), name }
    }
}

impl fmt::Display for StepUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/step/{}", self.cluster, self.name)
    }
}
