//! Arguments that `graph` and `report` share: the mesh, its state, and what was observed; and the scene that they make.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use crate::input;
use crate::ledger::EvidenceSet;
use crate::mesh::ClusterName;
use crate::plan::Inventory;
use crate::scene::{MAX_OBSERVED, Observation, ObservedError, Scene, Sources};
use crate::store::{State, read_evidence};
use crate::verify::Server;

use super::Failure;
use super::expected::servers;
use super::folders::state_folder;
use super::load::{self, Loaded};

/// What a scene is made of.
#[derive(clap::Args)]
pub(super) struct SceneArgs {
    /// The mesh
    #[arg(value_name = "MESH", default_value = load::DEFAULT)]
    pub(super) mesh: PathBuf,
    /// Folder of the state [default: `state/` beside the mesh]
    #[arg(long)]
    pub(super) state: Option<PathBuf>,
    /// Report of `verify` or `probe` with `--format json`: what files or links were seen to be. May be repeated. CLUSTER is needed only where
    /// the report does not say in which cluster it was made
    #[arg(long, value_name = "[CLUSTER=]FILE")]
    observed: Vec<String>,
}

/// Everything that was read.
pub(super) struct SceneInput {
    pub(super) loaded: Loaded,
    pub(super) inventory: Inventory,
    pub(super) evidence: EvidenceSet,
    pub(super) observations: Vec<Observation>,
    servers: Vec<Server>,
    now: OffsetDateTime,
}

impl SceneArgs {
    /// Reads all of it; a mesh with errors as well.
    pub(super) fn read(&self, now: OffsetDateTime) -> Result<SceneInput, Failure> {
        let loaded = load::load(&self.mesh, now)?;
        let folder = state_folder(self.state.as_ref(), &self.mesh);
        if self.state.is_some() && !folder.is_dir() {
            let help = "name the folder that `meshbundle generate` keeps, or leave out `--state`".to_owned();
            return Err(Failure::Missing { path: folder.display().to_string(), help });
        }
        let inventory = State::peek(&folder)?;
        let servers = match &loaded.checked {
            Some(mesh) => {
                let name = mesh.mesh().name.as_str();
                if !inventory.is_empty() && inventory.mesh != name {
                    let of = inventory.mesh.escape_debug();
                    let message = format!("the state `{}` is of the mesh `{of}`, not of `{name}`", folder.display());
                    return Err(Failure::Input(format!("{message}\nhelp: name its own state with `--state`")));
                }
                servers(mesh, &loaded.base)?
            }
            None => Vec::new(),
        };
        let evidence = if inventory.is_empty() { EvidenceSet::default() } else { read_evidence(&folder)? };
        let observations: Vec<Observation> =
            self.observed.iter().map(|word| observation(word)).collect::<Result<_, Failure>>()?;
        Ok(SceneInput { loaded, inventory, evidence, observations, servers, now })
    }
}

impl SceneInput {
    /// The scene.
    pub(super) fn scene(&self) -> Scene {
        let Self { loaded, inventory, evidence, observations, servers, now } = self;
        Sources { mesh: loaded.checked.as_ref(), inventory, evidence, servers, observations, now: *now }.scene()
    }
}

/// A report as a word of the command line names it.
fn observation(word: &str) -> Result<Observation, Failure> {
    let (cluster, file) = match word.split_once('=') {
        // A file may have such a character in its name; a name of a cluster has no slash.
        Some((cluster, file)) if ClusterName::new(cluster).is_ok() => (Some(cluster), file),
        _ => (None, word),
    };
    let path = Path::new(file);
    let help = "save one with `meshbundle verify --format json` or `meshbundle probe PATH --format json`";
    let json = input::read(path, MAX_OBSERVED).map_err(|error| Failure::unread(path, &error, help))?;
    Observation::read(file.to_owned(), cluster, &json).map_err(|error| {
        let help = match error {
            ObservedError::Nowhere => format!("name its cluster: `--observed CLUSTER={file}`"),
            ObservedError::Form(_) => help.to_owned(),
        };
        Failure::Input(format!("`{file}`: {error}\nhelp: {help}"))
    })
}
