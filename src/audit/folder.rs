//! The folder of a state: who may read it, and what is in it that does not belong to it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::diag::{Code, Diagnostic, FilePlace, shell_word};
use crate::plan::Inventory;
use crate::store::{StateFiles, StoreError, Stray, state_exposures, state_strays};

/// What others may read or own.
pub(super) fn exposed(state: &Path) -> Result<Vec<Diagnostic>, StoreError> {
    let word = shell_word(&state.display().to_string());
    let finding = |error: StoreError| {
        let at = |path: &Path, message: String| Diagnostic::of_file(Code::StateExposed, FilePlace::whole(name(path)), message);
        Ok(match error {
            StoreError::Exposed { path, mode, .. } => {
                at(&path, format!("others may read it: its mode is {mode:04o}")).help(format!("`chmod -R go= {word}`"))
            }
            StoreError::OthersOwn { path, owner, me, .. } => {
                at(&path, format!("it belongs to user {owner}, and this runs as user {me}"))
                    .help(format!("make it yours: `sudo chown -R {me} {word}`"))
            }
            StoreError::Linked { path } => at(&path, "it is a symbolic link: what is in it is elsewhere".to_owned())
                .help("replace the link by the folder itself"),
            error => return Err(error),
        })
    };
    state_exposures(state)?.into_iter().map(finding).collect()
}

/// What no run has put there, or a killed one has left.
pub(super) fn strays(state: &Path, inventory: &Inventory, generate: &str) -> Result<Vec<Diagnostic>, StoreError> {
    let files = StateFiles::at(state);
    let known: BTreeSet<PathBuf> = files.leaf_paths(inventory).map(|(_, _, path)| path).collect();
    let finding = |(path, stray): (PathBuf, Stray)| {
        let place = FilePlace::whole(name(&path));
        let of_killed = |what: &str| {
            Diagnostic::of_file(Code::StateStray, place.clone(), what.to_owned())
                .help(format!("the next run removes it: `{generate}`"))
        };
        match stray {
            Stray::Temporary => of_killed("a killed run has left it"),
            Stray::Leaves => of_killed("the inventory does not name it: a killed run has left it"),
            Stray::Other => Diagnostic::of_file(Code::StateStray, place, "no run of meshbundle makes such a file")
                .help(format!("if it is not yours: `rm -r {}`", shell_word(&path.display().to_string()))),
        }
    };
    Ok(state_strays(state, &known)?.into_iter().map(finding).collect())
}

fn name(path: &Path) -> String {
    path.display().to_string()
}
