//! What starts the agents of a cluster, and so what it gets.

use super::helm::HelmRelease;
use super::image::ImageReference;

/// What starts the agents of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// docker-compose.
    Compose {
        /// The agent's service.
        service: String,
        /// Folder of the agent's files below the project's.
        host_root: String,
        /// The agent's image; without it, that of the project's compose file.
        image: Option<ImageReference>,
        /// The announcer's image; without it, that of the environment.
        announcer_image: Option<ImageReference>,
    },
    /// systemd.
    Systemd {
        /// The agent's unit.
        unit: String,
    },
    /// Cilium's Helm chart in Kubernetes: agents read Secrets.
    Helm(HelmRelease),
    /// Started by something else: meshbundle writes no files.
    External,
}

impl Runtime {
    /// Its word in the mesh, and in manifests.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Compose { .. } => "compose",
            Self::Systemd { .. } => "systemd",
            Self::Helm(_) => "helm",
            Self::External => "external",
        }
    }

    /// The release of Cilium's Helm chart, if it is one.
    pub const fn helm(&self) -> Option<&HelmRelease> {
        match self {
            Self::Helm(release) => Some(release),
            Self::Compose { .. } | Self::Systemd { .. } | Self::External => None,
        }
    }

    /// Whether users and certificates of its etcd come from elsewhere, so that no script and no member files are for it.
    pub const fn has_foreign_etcd(&self) -> bool {
        matches!(self, Self::Helm(_) | Self::External)
    }
}
