//! Refuses to overwrite an output folder that was made from another state, or from a later one.

use std::path::{Path, PathBuf};

use crate::diag::shell_word;
use crate::plan::Inventory;
use crate::store::{Index, Output, StoreError};

/// Why nothing may be written into an output folder.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The folder cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state is empty, but there are archives.
    #[error("refusing to write to `{}`: it holds archives, and the state is empty\nhelp: use the state they were made from (`--state DIR`), restored from your backup if needed; a new state has new CAs, which no deployed bundle trusts. To start over, name another `--out`", path.display())]
    EmptyState {
        /// The output folder.
        path: PathBuf,
    },
    /// There are files of other programs.
    #[error("refusing to write to `{}`: it has `{file}`, but no index of meshbundle\nhelp: name a new folder, or an empty one: `--out DIR`", path.display())]
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
    /// The archives come from a CA that the state does not have.
    #[error("refusing to write to `{}`: it was made from another CA `{name}`\nhelp: restore the state that has this CA, or name another `--out`", path.display())]
    OtherAuthority {
        /// The output folder.
        path: PathBuf,
        /// The CA.
        name: String,
    },
    /// The archives are newer than the state.
    #[error("refusing to write to `{}`: `{bundle}` has generation {there}, but the state has {state}\nhelp: {help}", path.display())]
    OlderState {
        /// The output folder.
        path: PathBuf,
        /// A bundle that is newer.
        bundle: String,
        /// Its generation in the folder.
        there: u64,
        /// Its generation in the state.
        state: u64,
        /// What to do.
        help: String,
    },
    /// The folder was made from a later state.
    #[error("refusing to write to `{}`: it was made after change {there} of the mesh, but the state has only {state}\nhelp: {help}", path.display())]
    LaterOutput {
        /// The output folder.
        path: PathBuf,
        /// The number of changes in its state.
        there: u64,
        /// The number of changes in this state.
        state: u64,
        /// What to do.
        help: String,
    },
}

/// Compares the index of an output folder with the inventory.
///
/// Read the index before the inventory: a running process commits first and then packs, so an inventory that is read later has
/// everything that the index has. Check the state again afterwards, because without an index this function reads the folder.
///
/// # Errors
/// If the folder must not be overwritten.
pub(super) fn check(output: &Output, index: Option<Index>, inventory: &Inventory, record: &str) -> Result<Index, GuardError> {
    let path = output.folder().to_owned();
    let Some(index) = index else {
        // An interrupted first run has left files that its inventory names.
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
    // A later state may have made a CA again that was not valid yet.
    let same_age = index.revision == inventory.revision;
    for (name, fingerprint) in index.authorities.iter().filter(|_| same_age) {
        if inventory.authorities.get(name).is_none_or(|record| record.fingerprint != *fingerprint) {
            return Err(GuardError::OtherAuthority { path, name: name.clone() });
        }
    }
    for (bundle, entry) in &index.archives {
        if let Some(older) = inventory.bundles.get(bundle).filter(|older| older.generation < entry.generation) {
            let (bundle, there, state) = (bundle.to_string(), entry.generation, older.generation);
            let help = way_on(inventory, &path, record);
            return Err(GuardError::OlderState { path, bundle, there, state, help });
        }
    }
    // A node or a member that the state does not know has no generation to compare.
    if index.revision > inventory.revision {
        let help = way_on(inventory, &path, record);
        return Err(GuardError::LaterOutput { path, there: index.revision, state: inventory.revision, help });
    }
    Ok(index)
}

/// What to do with a state that is older than an output folder.
fn way_on(inventory: &Inventory, output: &Path, record: &str) -> String {
    let record = format!("`{record} {}`", shell_word(&output.display().to_string()));
    if inventory.branch.is_some_and(|branch| branch.is_new) {
        return format!("the state was restored from a backup, and takes in what it does not know: {record}");
    }
    format!(
        "the state is older than what was shipped: use its newest backup. If this is it: `meshbundle state restore state`, then {record}"
    )
}
