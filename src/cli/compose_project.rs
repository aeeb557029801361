//! Finds the compose project that a folder of peers belongs to, and reads what decides what compose reads there. Judges nothing.

use std::path::Path;

use crate::verify::{DOT_ENV, OVERRIDE, Project, Tree};

use super::entry::entry;

/// More YAML files than any project has right in its folder.
const MAX_FILES: usize = 200;

/// The project that `path` is the folder of.
pub(super) fn at(path: &Path) -> Option<Project> {
    // A bundle's payload is not in use, whatever it looks like.
    let is_payload = path.parent().is_some_and(|bundle| bundle.join("manifest.json").exists());
    if is_payload || !path.join(OVERRIDE).is_file() {
        return None;
    }
    let mut tree = Tree::default();
    let names = path.read_dir().into_iter().flatten().flatten().filter_map(|found| found.file_name().into_string().ok());
    let of_compose = |name: &String| name == DOT_ENV || [".yml", ".yaml"].iter().any(|ending| name.ends_with(ending));
    let mut names: Vec<String> = names.filter(of_compose).collect();
    // Not the order of the directory, which is arbitrary.
    names.sort_unstable_by_key(|name| (name != OVERRIDE && name != DOT_ENV, name.clone()));
    let mut left = Tree::MAX_BYTES;
    for name in names.into_iter().take(MAX_FILES) {
        let found = entry(&path.join(&name), None, &mut left);
        tree.insert(name, found);
    }
    Some(Project { folder: path.display().to_string(), tree })
}

/// The project that `path` is in.
pub(super) fn around(path: &Path) -> Option<Project> {
    let full = fs_err::canonicalize(path).ok()?;
    full.ancestors().skip(1).find_map(at)
}
