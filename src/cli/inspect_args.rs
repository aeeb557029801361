//! Arguments that `verify` and `probe` share: the agents' version and root, and the mesh to compare with.

use std::io::Write;
use std::path::PathBuf;

use time::OffsetDateTime;

use crate::mesh::CiliumVersion;
use crate::plan::Revocations;
use crate::store::State;
use crate::verify::{Files, Inspection, Owner, View, identify, inspect};

use super::expected::{cluster_of, expected};
use super::folders::state_folder;
use super::load::{self, Loaded};
use super::{Failure, out};

/// How files of somebody else are looked at.
#[derive(clap::Args)]
pub(super) struct InspectArgs {
    /// Folder that is the node's `/`, for paths outside of the folder of peers
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,
    /// Version of the agents, such as 1.18 [default: the mesh's, the bundle's, or the newest release]
    #[arg(long, value_name = "VERSION", value_parser = CiliumVersion::parse)]
    cilium: Option<CiliumVersion>,
    /// The mesh to compare with: shows wrong ids, and links that are missing, extra or stale
    #[arg(long)]
    mesh: Option<PathBuf>,
    /// The cluster whose agents read a folder, if the folder does not say
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
}

impl InspectArgs {
    /// The mesh, if one is given; one with errors is reported, and is a failure.
    pub(super) fn load(&self, now: OffsetDateTime) -> Result<Option<Loaded>, Failure> {
        if let Some((message, help)) = self.cilium.and_then(CiliumVersion::unreleased) {
            let _ = writeln!(out::stderr(), "{message}: {help}");
        }
        if let Some(root) = &self.root {
            let help = "name the folder that is the node's `/`";
            if !fs_err::metadata(root).map_err(|error| Failure::unread(root, &error, help))?.is_dir() {
                return Err(Failure::Input(format!("`{}` is not a folder\nhelp: {help}", root.display())));
            }
        }
        let loaded = self.mesh.as_deref().map(|mesh| load::load(mesh, now)).transpose()?;
        if let Some(loaded) = &loaded {
            loaded.sound()?;
        }
        Ok(loaded)
    }

    /// What the state beside the mesh knows to be revoked; nothing without a mesh, or where its state is not for the one who asks.
    pub(super) fn revoked(&self) -> Revocations {
        let inventory = self.mesh.as_ref().and_then(|mesh| State::peek(&state_folder(None, mesh)).ok());
        inventory.map(|inventory| inventory.revocations).unwrap_or_default()
    }

    /// What agents make of files at the view's time.
    pub(super) fn inspect(&self, files: &dyn Files, loaded: Option<&Loaded>, view: &View) -> Result<Inspection, Failure> {
        let (owner, version) = self.owner(files, loaded)?;
        Ok(inspect(files, owner, &View { version, ..*view }))
    }

    /// Whose files they are, and the version that counts: both are known before files are judged.
    pub(super) fn owner(&self, files: &dyn Files, loaded: Option<&Loaded>) -> Result<(Owner, CiliumVersion), Failure> {
        let mut owner = identify(files, self.cluster.as_deref());
        let mut version = self.cilium;
        if let Some(loaded) = loaded {
            let mesh = loaded.sound()?;
            if let Some(cluster) = cluster_of(mesh, files, &owner.own)? {
                version = version.or(Some(cluster.cilium.version));
                owner = owner.expecting(expected(mesh, cluster));
            }
        }
        Ok((owner, version.or_else(|| files.version()).unwrap_or(CiliumVersion::NEWEST)))
    }
}
