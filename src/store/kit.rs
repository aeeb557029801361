//! A folder with the kit of `smoke`. Its index is written before the files that it names, so what a killed run has left is known, and all
//! other files belong to somebody else: they stay.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::atomic::{TEMPORARY, make_folder, put, read_ours, replace_if_different, sweep, sync_filesystem};
use super::error::StoreError;
use super::record;
use super::tree::{self, UnpackedFile};

/// Version of the shape of the index.
const FORMAT: u32 = 1;
/// Its name.
const INDEX: &str = "kit.json";

/// Whose kit is in a folder, and which files are of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitIndex {
    format: u32,
    /// The mesh.
    pub mesh: String,
    /// The two clusters.
    pub smoke: [String; 2],
    files: BTreeSet<String>,
}

/// A folder for a kit.
pub struct KitFolder {
    folder: PathBuf,
}

/// How many files a run has written, and how many were right already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KitWritten {
    /// Written.
    pub written: usize,
    /// Right already.
    pub unchanged: usize,
}

impl KitFolder {
    /// The folder `folder`, which need not exist yet. Does not touch the disk.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Its index, if it has one.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub fn index(&self) -> Result<Option<KitIndex>, StoreError> {
        record::read(&self.folder.join(INDEX), FORMAT)
    }

    /// The first file in a folder without an index; those of a killed run do not count.
    pub fn first_foreign(&self) -> Option<String> {
        let entries = walkdir::WalkDir::new(&self.folder).min_depth(1).sort_by_file_name().into_iter().filter_map(Result::ok);
        let mut files = entries.filter(|entry| !entry.file_type().is_dir());
        let foreign = files.find(|entry| !entry.file_name().to_string_lossy().starts_with(TEMPORARY))?;
        Some(foreign.path().strip_prefix(&self.folder).unwrap_or(foreign.path()).to_string_lossy().into_owned())
    }

    /// Makes it hold `files`, the kit for two clusters of `mesh`, and removes those of an earlier kit that are not among them.
    ///
    /// # Errors
    /// If its index cannot be read, or the system refuses.
    pub fn write(&self, mesh: &str, clusters: [&str; 2], files: &[UnpackedFile<'_>]) -> Result<KitWritten, StoreError> {
        make_folder(&self.folder)?;
        sweep(&self.folder, 1)?;
        let paths: BTreeSet<String> = files.iter().map(|file| file.path.to_owned()).collect();
        let inside = |path: &&String| Path::new(path.as_str()).components().all(|part| matches!(part, Component::Normal(_)));
        let earlier = self.index()?.map(|index| index.files).unwrap_or_default();
        for stale in earlier.difference(&paths).filter(inside) {
            tree::remove_file(&self.folder, &self.folder.join(stale))?;
        }
        let index = KitIndex { format: FORMAT, mesh: mesh.to_owned(), smoke: clusters.map(str::to_owned), files: paths };
        let mut text = serde_json::to_vec_pretty(&index).map_err(std::io::Error::from)?;
        text.push(b'\n');
        replace_if_different(&self.folder.join(INDEX), 0o644, &text)?;
        let mut done = KitWritten::default();
        for file in files {
            let path = self.folder.join(file.path);
            make_folder(path.parent().unwrap_or(&self.folder))?;
            let count =
                if read_ours(&path).is_ok_and(|there| *there == file.content) { &mut done.unchanged } else { &mut done.written };
            *count += 1;
            put(&path, file.mode, file.content)?;
        }
        sync_filesystem(&self.folder)?;
        Ok(done)
    }
}
