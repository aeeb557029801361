//! Where entries may stand: paths that unpack to one place below the top folder, each once, in the order of a bundle.
//!
//! It knows no headers and no contents. An entry that it refuses is as if it were not there.

use std::collections::HashMap;

use super::kinds::{self, EntryKind};
use super::limits;

/// What stands at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    File,
    Folder,
    /// A folder that only the path of another entry tells of.
    Implied,
}

/// What is known of the entries so far.
#[derive(Default)]
pub(super) struct Places {
    /// The folder that everything stands in.
    top: Option<String>,
    known: HashMap<String, Known>,
    last_folder: String,
    files: usize,
    configs: bool,
    /// Bytes of names that are held.
    held: usize,
}

/// Endings of the files that a config names.
const CREDENTIALS: [&str; 3] = [".etcd-client-ca.crt", ".etcd-client.crt", ".etcd-client.key"];

/// A path as UTF-8, without the slash that ends a folder's, or what is wrong with it.
pub(super) fn check(path: &[u8]) -> Result<&str, &'static EntryKind> {
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let path = std::str::from_utf8(path).map_err(|_| &kinds::NOT_UTF8)?;
    match path {
        "" => return Err(&kinds::NO_NAME),
        _ if path.starts_with('/') => return Err(&kinds::ABSOLUTE),
        _ if path.chars().any(char::is_control) => return Err(&kinds::CONTROL),
        _ => {}
    }
    for part in path.split('/') {
        match part {
            ".." => return Err(&kinds::UPWARDS),
            "" | "." => return Err(&kinds::DOT),
            _ => {}
        }
    }
    Ok(path)
}

impl Places {
    pub(super) fn top(self) -> Option<String> {
        self.top
    }

    /// Whether a file was accepted.
    pub(super) fn has_files(&self) -> bool {
        self.files > 0
    }

    /// Whether the names are more than anyone should hold.
    pub(super) fn too_many(&self) -> bool {
        self.held > limits::NAMES || self.known.len() > limits::ENTRIES
    }

    /// Lets an entry in, or tells why it has no place.
    pub(super) fn admit(&mut self, path: &str, folder: bool) -> Result<(), &'static EntryKind> {
        let top = path.split('/').next().unwrap_or_default();
        if self.top.as_deref().is_some_and(|known| known != top) || (!folder && top == path) {
            return Err(&kinds::OUTSIDE);
        }
        match self.known.get(path) {
            Some(Known::Implied) if folder => {}
            Some(_) => return Err(&kinds::TWICE),
            None => {}
        }
        let mut parents = Vec::new();
        let mut rest = path;
        while let Some((parent, _)) = rest.rsplit_once('/') {
            match self.known.get(parent) {
                Some(Known::File) => return Err(&kinds::BELOW_A_FILE),
                Some(_) => break,
                None => parents.push(parent),
            }
            rest = parent;
        }
        self.top.get_or_insert_with(|| top.to_owned());
        for parent in parents {
            self.hold(parent, Known::Implied);
        }
        self.hold(path, if folder { Known::Folder } else { Known::File });
        Ok(())
    }

    fn hold(&mut self, path: &str, what: Known) {
        self.held += path.len();
        self.known.insert(path.to_owned(), what);
    }

    /// What is odd about the place of an entry that was just accepted: the order is that of `plan/bundle_files.rs`, after all folders
    /// by name.
    pub(super) fn out_of_order(&mut self, path: &str, folder: bool) -> Option<&'static EntryKind> {
        let parent = path.rsplit_once('/').map(|(parent, _)| parent);
        let orphan = parent.is_some_and(|parent| self.known.get(parent) == Some(&Known::Implied));
        let odd = if folder { self.folder(path) } else { self.file(path) };
        if orphan { Some(&kinds::NO_FOLDER) } else { odd }
    }

    fn folder(&mut self, path: &str) -> Option<&'static EntryKind> {
        let late = self.files > 0 || *path < *self.last_folder;
        path.clone_into(&mut self.last_folder);
        late.then_some(&kinds::FOLDER_LATE)
    }

    fn file(&mut self, path: &str) -> Option<&'static EntryKind> {
        self.files += 1;
        let manifest = path.split_once('/').is_some_and(|(_, path)| path == "manifest.json");
        if manifest && self.files > 1 {
            return Some(&kinds::MANIFEST_LATE);
        }
        if CREDENTIALS.iter().any(|ending| self.known.contains_key(&format!("{path}{ending}"))) {
            self.configs = true;
            return None;
        }
        let config = CREDENTIALS.iter().find_map(|ending| path.strip_suffix(ending));
        let named = config.is_some_and(|config| self.known.contains_key(config));
        (self.configs || named).then_some(&kinds::BEFORE_CREDENTIALS)
    }
}
