//! What must not be written over: an output folder that another state made, or a later one.

use std::path::PathBuf;

use crate::plan::Inventory;
use crate::store::{Index, Output, StoreError};

/// Why nothing may be written into an output folder.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The folder cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing was ever issued, but there are archives.
    #[error("refusing to write to `{}`: it holds archives, and the state is empty\nhelp: use the state they were made from (`--state DIR`), restored from your backup if need be; a new state has new authorities, which nothing out there trusts. To start over, name another `--out`", path.display())]
    EmptyState {
        /// The output folder.
        path: PathBuf,
    },
    /// There are files of others.
    #[error("refusing to write to `{}`: it holds `{file}`, and no index of ours\nhelp: name a new folder, or an empty one: `--out DIR`", path.display())]
    Foreign {
        /// The output folder.
        path: PathBuf,
        /// The first of them.
        file: String,
    },
    /// The archives come from another state.
    #[error("refusing to write to `{}`: it was made from another state\nhelp: use the state it was made from (`--state DIR`), or name another `--out`", path.display())]
    OtherState {
        /// The output folder.
        path: PathBuf,
    },
    /// The archives come from an authority that the state does not have.
    #[error("refusing to write to `{}`: it was made from another authority `{name}`\nhelp: restore the state that has this authority, or name another `--out`", path.display())]
    OtherAuthority {
        /// The output folder.
        path: PathBuf,
        /// The authority.
        name: String,
    },
    /// The archives are newer than the state.
    #[error("refusing to write to `{}`: `{bundle}` is there in generation {there}, the state has {state}\nhelp: the state is older than what was shipped; restore the latest one", path.display())]
    OlderState {
        /// The output folder.
        path: PathBuf,
        /// A bundle that shows it.
        bundle: String,
        /// Its generation in the folder.
        there: u64,
        /// Its generation in the state.
        state: u64,
    },
    /// The folder was made from a later state.
    #[error("refusing to write to `{}`: it was made after change {there} of the mesh, the state knows of {state}\nhelp: the state is older than what was shipped; restore the latest one", path.display())]
    LaterOutput {
        /// The output folder.
        path: PathBuf,
        /// How many changes its state had seen.
        there: u64,
        /// How many this state has seen.
        state: u64,
    },
}

/// Compares the index of an output folder with the inventory.
///
/// Read the index before the inventory: a run at work commits first and packs then, so an inventory that is read later knows
/// whatever was found; and look at the state again afterwards, for without an index the folder is looked at here.
///
/// # Errors
/// If something is in the way.
pub(super) fn check(output: &Output, index: Option<Index>, inventory: &Inventory) -> Result<Index, GuardError> {
    let path = output.folder().to_owned();
    let Some(index) = index else {
        // A first run that was stopped has left files that its inventory names.
        return match output.first_foreign(inventory) {
            None => Ok(Index::default()),
            Some(_) if inventory.is_empty() && output.has_archives() => Err(GuardError::EmptyState { path }),
            Some(file) => Err(GuardError::Foreign { path, file }),
        };
    };
    if inventory.is_empty() {
        return Err(GuardError::EmptyState { path });
    }
    if index.state != inventory.id {
        return Err(GuardError::OtherState { path });
    }
    // A state that went on since may have made a CA again that was not valid yet.
    let same_age = index.revision == inventory.revision;
    for (name, fingerprint) in index.authorities.iter().filter(|_| same_age) {
        if inventory.authorities.get(name).is_none_or(|record| record.fingerprint != *fingerprint) {
            return Err(GuardError::OtherAuthority { path, name: name.clone() });
        }
    }
    for (bundle, entry) in &index.archives {
        if let Some(record) = inventory.bundles.get(bundle).filter(|record| record.generation < entry.generation) {
            let (bundle, there, state) = (bundle.to_string(), entry.generation, record.generation);
            return Err(GuardError::OlderState { path, bundle, there, state });
        }
    }
    // A node or a member that the state does not know shows in no generation.
    if index.revision > inventory.revision {
        return Err(GuardError::LaterOutput { path, there: index.revision, state: inventory.revision });
    }
    Ok(index)
}
