//! Words that `verify` and `probe` share: through whose eyes files are read, and what they are held against.

use std::path::PathBuf;

use time::OffsetDateTime;

use crate::spec::CiliumVersion;

use super::Failure;
use super::load::{self, Loaded};

/// How files of somebody else are looked at.
#[derive(clap::Args)]
pub(super) struct Look {
    /// Folder that is the node's `/`, for paths outside of the folder of peers
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// Version of the agents, such as 1.18 [default: the mesh's, or the newest that is known]
    #[arg(long, value_name = "VERSION", value_parser = CiliumVersion::parse)]
    cilium: Option<CiliumVersion>,
    /// The mesh: tells ids, and links that are missing, extra or stale
    #[arg(long)]
    mesh: Option<PathBuf>,
    /// The cluster whose agents read a folder, where nothing in it says so
    #[arg(long, value_name = "NAME", requires = "mesh")]
    pub(super) cluster: Option<String>,
}

impl Look {
    /// The version of the agents, and the mesh if one is given; a mesh with errors is told, and is a failure.
    pub(super) fn load(&self, now: OffsetDateTime) -> Result<(CiliumVersion, Option<Loaded>), Failure> {
        let loaded = self.mesh.as_deref().map(|mesh| load::load(mesh, now)).transpose()?;
        let of_mesh = match &loaded {
            Some(loaded) => Some(loaded.sound()?.mesh().cilium.version),
            None => None,
        };
        Ok((self.cilium.or(of_mesh).unwrap_or(CiliumVersion::NEWEST), loaded))
    }
}
