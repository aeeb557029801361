//! Where entries may stand: paths that unpack to one place below the top folder, each once, in the order of a bundle.
//!
//! It knows no headers and no contents. An entry that it refuses is as if it were not there.

use std::collections::{HashMap, HashSet};

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
    /// The configs whose credentials are known, whether they are themselves or not.
    named: HashSet<String>,
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
        _ if has_control(path) => return Err(&kinds::CONTROL),
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

/// The config that names the credential `path`, if it is called like one.
fn config_of(path: &str) -> Option<&str> {
    CREDENTIALS.iter().find_map(|ending| path.strip_suffix(ending))
}

fn has_control(path: &str) -> bool {
    // Of ASCII all bytes are looked at together.
    if path.is_ascii() {
        path.bytes().fold(false, |found, byte| found | byte.is_ascii_control())
    } else {
        path.chars().any(char::is_control)
    }
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
        if let Some(config) = config_of(path).filter(|config| !self.named.contains(*config)) {
            self.named.insert(config.to_owned());
        }
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
        if self.named.contains(path) {
            self.configs = true;
            return None;
        }
        let named = config_of(path).is_some_and(|config| self.known.contains_key(config));
        (self.configs || named).then_some(&kinds::BEFORE_CREDENTIALS)
    }
}
