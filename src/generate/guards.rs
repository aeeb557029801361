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
}

/// Looks at what is in `output`, and returns its index.
///
/// # Errors
/// If something is in the way.
pub fn check(output: &Output, inventory: &Inventory) -> Result<Index, GuardError> {
    let path = || output.folder().to_owned();
    let Some(index) = output.index()? else {
        if inventory.is_empty() && output.has_archives() {
            return Err(GuardError::EmptyState { path: path() });
        }
        return Ok(Index::default());
    };
    if inventory.is_empty() {
        return Err(GuardError::EmptyState { path: path() });
    }
    if index.state != inventory.id {
        return Err(GuardError::OtherState { path: path() });
    }
    for (name, fingerprint) in &index.authorities {
        if inventory.authorities.get(name).is_none_or(|record| record.fingerprint != *fingerprint) {
            return Err(GuardError::OtherAuthority { path: path(), name: name.clone() });
        }
    }
    for (bundle, entry) in &index.archives {
        if let Some(record) = inventory.bundles.get(bundle).filter(|record| record.generation < entry.generation) {
            return Err(GuardError::OlderState {
                path: path(),
                bundle: bundle.clone(),
                there: entry.generation,
                state: record.generation,
            });
        }
    }
    Ok(index)
}
