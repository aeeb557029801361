//! A bundle that is installed on this machine, as its installer has recorded it.

use crate::plan::BundleId;

/// What `install.sh` has placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledBundle {
    /// Which bundle.
    pub bundle: BundleId,
    /// Its generation.
    pub generation: u64,
    /// What has to be restarted before all of it is in use: `agent`, `announce` or `etcd`.
    pub due: Vec<&'static str>,
}

impl InstalledBundle {
    /// What an installer may have to restart.
    pub const RESTARTS: [&'static str; 3] = ["agent", "announce", "etcd"];
}
