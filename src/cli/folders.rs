//! The folders that a command works in, as the words of its line name them.

use std::path::{Path, PathBuf};

use crate::diag::shell_word;
use crate::plan::Request;

use super::Failure;

/// The output folder of commands that name none.
pub(super) const DEFAULT_OUT: &str = "out";

/// The state's folder: as given, or `state/` beside the mesh.
pub(super) fn state_folder(given: Option<&PathBuf>, mesh: &Path) -> PathBuf {
    given.cloned().unwrap_or_else(|| mesh.parent().unwrap_or(Path::new("")).join("state"))
}

/// A request for `mesh` that asks for nothing, with the command lines that its helps begin with.
pub(super) fn requesting(mesh: &Path, out: &Path, state: Option<&PathBuf>) -> Request {
    let writing = format!(" --out {}", shell_word(&out.display().to_string()));
    Request {
        command: for_mesh("generate", mesh, &writing, state),
        record: recording(mesh, state),
        rotate: for_mesh("certs rotate", mesh, &writing, state),
        ..Request::default()
    }
}

/// The command line that records for `mesh`, without what it records.
pub(super) fn recording(mesh: &Path, state: Option<&PathBuf>) -> String {
    for_mesh("rollout record", mesh, "", state)
}

/// A command line for `mesh`, for helps that are pasted into a shell.
pub(super) fn for_mesh(verb: &str, mesh: &Path, more: &str, state: Option<&PathBuf>) -> String {
    let word = |path: &Path| shell_word(&path.display().to_string());
    let state = state.map(|state| format!(" --state {}", word(state))).unwrap_or_default();
    format!("meshbundle {verb} {}{more}{state}", word(mesh))
}

/// Shipping or serving the output folder would ship the keys of the CAs.
pub(super) fn refuse_inside(state: &Path, out: &Path) -> Result<(), Failure> {
    let whole = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // The folders need not exist yet; what exists of them decides where links lead.
        let (mut there, mut rest) = (path.clone(), PathBuf::new());
        while let (false, Some(parent), Some(name)) = (there.exists(), there.parent(), there.file_name()) {
            rest = Path::new(name).join(&rest);
            there = parent.to_owned();
        }
        let there = there.canonicalize().unwrap_or(there);
        there.components().chain(rest.components()).collect::<PathBuf>()
    };
    if whole(state).starts_with(whole(out)) {
        let message = format!("refusing to keep the state `{}` inside the output folder `{}`", state.display(), out.display());
        return Err(Failure::Usage(format!("{message}\nhelp: name another folder with `--state` or `--out`")));
    }
    Ok(())
}
