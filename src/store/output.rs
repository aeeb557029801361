//! The output folder: archives, operator files, index, checksums, and unpacked trees on request. All of it can be made again from
//! the mesh and the state.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::input;
use crate::pack::Finished;
use crate::plan::{BundleId, Inventory, LooseFile};

use super::atomic::{
    make_folder, named, publish, put, read_ours, replace, replace_if_different, sweep, sync_filesystem, temporary,
};
use super::error::StoreError;
use super::index::{ArchiveEntry, FORMAT, FileEntry, Index};
use super::ours::{self, Remaining};
use super::record;
use super::tree::{self, UnpackedFile};

/// Buffer between the packer and the disk, in bytes.
const BUFFER: usize = 256 * 1024;

/// An output folder.
pub struct Output {
    folder: PathBuf,
}

impl Output {
    /// The folder `folder`, which need not exist yet. Does not touch the disk.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Its path.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its index, if it has one.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub fn index(&self) -> Result<Option<Index>, StoreError> {
        record::read(&self.folder.join("index.json"), FORMAT)
    }

    /// Whether there are archives in it.
    pub fn has_archives(&self) -> bool {
        let mut entries = walkdir::WalkDir::new(self.folder.join("bundles")).into_iter().filter_map(Result::ok);
        entries.any(|entry| entry.file_name().to_string_lossy().ends_with(".tar.gz"))
    }

    /// The first file in it that meshbundle has not written, as far as `inventory` knows; interrupted runs count.
    pub fn first_foreign(&self, inventory: &Inventory) -> Option<String> {
        ours::first_foreign(&self.folder, inventory)
    }

    /// Files of meshbundle that are obsolete, by path below the folder.
    pub fn obsolete(&self, inventory: &Inventory, index: &Index, remaining: &Remaining<'_>) -> BTreeSet<String> {
        ours::obsolete(&self.folder, inventory, index, remaining)
    }

    /// Whether unpacked trees are kept in it.
    pub fn has_unpacked(&self) -> bool {
        self.folder.join("unpacked").is_dir()
    }

    /// Makes the folder and checks that it can be written to, before anything is issued; removes temporary files of a killed run.
    ///
    /// # Errors
    /// If it cannot be written to, or something is in the way of one of `bundles`.
    pub fn prepare<'b>(&self, inventory: &Inventory, bundles: impl Iterator<Item = &'b BundleId>) -> Result<(), StoreError> {
        make_folder(&self.folder)?;
        for path in bundles.filter(|bundle| bundle.is_archive()).map(|bundle| self.archive_path(bundle)) {
            let reason = match std::fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() => "a folder is in the way",
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => "a file is in the way where its folder must be",
                _ => continue,
            };
            return Err(StoreError::Bundle { path, reason: reason.to_owned() });
        }
        for folder in ours::folders(inventory) {
            sweep(&self.folder.join(folder), 0)?;
        }
        // access(2) leaves no trace: a temporary file would change the folder's time in a run without changes.
        access(&self.folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| named(&error.into(), &self.folder))?;
        let ignore = self.folder.join(".gitignore");
        if std::fs::symlink_metadata(&ignore).is_err() {
            replace(&ignore, 0o644, b"*\n")?;
        }
        make_folder(&self.folder.join("bundles"))?;
        Ok(())
    }

    /// Whether the archive `bundle` is on disk as `entry` has it.
    pub fn holds(&self, bundle: &BundleId, entry: &ArchiveEntry) -> bool {
        digest_of(&self.archive_path(bundle)).is_ok_and(|digest| digest == (entry.size, entry.sha256.clone()))
    }

    /// Whether the archive `bundle` has the length of `entry`: a quick check for `plan`.
    pub fn seems_to_hold(&self, bundle: &BundleId, entry: &ArchiveEntry) -> bool {
        std::fs::metadata(self.archive_path(bundle)).is_ok_and(|metadata| metadata.len() == entry.size)
    }

    /// Writes the archive `bundle`, 0600, through `pack`.
    ///
    /// # Errors
    /// If the system refuses, or `pack` fails.
    pub fn write_archive<E: std::fmt::Display>(
        &self,
        bundle: &BundleId,
        generation: u64,
        pack: impl FnOnce(BufWriter<std::fs::File>) -> Result<Finished<BufWriter<std::fs::File>>, E>,
    ) -> Result<ArchiveEntry, StoreError> {
        let path = self.archive_path(bundle);
        let folder = path.parent().unwrap_or(&self.folder);
        make_folder(folder)?;
        let file = temporary(folder)?;
        let out = BufWriter::with_capacity(BUFFER, file.as_file().try_clone().map_err(|error| named(&error, &path))?);
        let finished = pack(out).map_err(|error| StoreError::Bundle { path: path.clone(), reason: error.to_string() })?;
        finished.out.into_inner().map_err(|error| named(error.error(), &path))?;
        publish(file, &path, 0o600)?;
        Ok(ArchiveEntry { generation, size: finished.len, sha256: hex::encode(finished.sha256) })
    }

    /// Writes the loose files of a bundle that differ in content or mode, and returns all of them.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_loose(
        &self,
        bundle: &BundleId,
        files: &[UnpackedFile<'_>],
    ) -> Result<BTreeMap<LooseFile, FileEntry>, StoreError> {
        let mut entries = BTreeMap::new();
        for file in files {
            let loose = LooseFile { bundle: bundle.clone(), name: file.path.to_owned() };
            let path = self.loose_path(&loose);
            make_folder(path.parent().unwrap_or(&self.folder))?;
            put(&path, file.mode, file.content)?;
            let (size, sha256) = digest_of(&path)?;
            entries.insert(loose, FileEntry { size, sha256, made_of: None });
        }
        Ok(entries)
    }

    /// Whether the loose file is on disk as `entry` has it.
    pub fn holds_loose(&self, file: &LooseFile, entry: &FileEntry) -> bool {
        digest_of(&self.loose_path(file)).is_ok_and(|digest| digest == (entry.size, entry.sha256.clone()))
    }

    /// Writes the tree of `bundle` below `unpacked/`, with `folders` even if they are empty. Files that are right already are not
    /// touched.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_unpacked(&self, bundle: &BundleId, folders: &[String], files: &[UnpackedFile<'_>]) -> Result<(), StoreError> {
        Ok(tree::write(&self.folder.join("unpacked").join(bundle.to_string()), folders, files)?)
    }

    /// Removes files that [`Output::obsolete`] has named, and folders that become empty.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn remove(&self, paths: &BTreeSet<String>) -> Result<(), StoreError> {
        // The sums of a tree are removed last: if this run is interrupted, they name the rest of it.
        let (sums, rest): (Vec<_>, Vec<_>) = paths.iter().partition(|path| path.ends_with("/SHA256SUMS"));
        for path in rest.into_iter().chain(sums) {
            let root = path.split('/').next().unwrap_or_default();
            tree::remove_file(&self.folder.join(root), &self.folder.join(path))?;
        }
        Ok(())
    }

    /// Writes `SHA256SUMS` and the index, last of all: everything that they name is on disk by then.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(&self, index: &Index) -> Result<(), StoreError> {
        let mut sums = String::new();
        let archives = index.archives.iter().map(|(bundle, entry)| (format!("{bundle}.tar.gz"), &entry.sha256));
        let files = index.files.iter().map(|(file, entry)| (file.to_string(), &entry.sha256));
        for (path, sha256) in archives.chain(files).collect::<BTreeMap<_, _>>() {
            let _ = writeln!(sums, "{sha256}  bundles/{path}");
        }
        let path = self.folder.join("index.json");
        let mut text = serde_json::to_vec_pretty(index)
            .map_err(|error| StoreError::Damaged { path: path.clone(), reason: error.to_string() })?;
        text.push(b'\n');
        let unchanged = read_ours(&path).is_ok_and(|there| *there == text);
        if !unchanged {
            sync_filesystem(&self.folder)?;
        }
        replace_if_different(&self.folder.join("SHA256SUMS"), 0o644, sums.as_bytes())?;
        if !unchanged {
            replace(&path, 0o644, &text)?;
        }
        Ok(())
    }

    fn archive_path(&self, bundle: &BundleId) -> PathBuf {
        self.folder.join("bundles").join(format!("{bundle}.tar.gz"))
    }

    fn loose_path(&self, file: &LooseFile) -> PathBuf {
        self.folder.join("bundles").join(file.to_string())
    }
}

fn digest_of(path: &Path) -> io::Result<(u64, String)> {
    let mut file = input::open(path)?;
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let (mut buffer, mut length) = (vec![0; BUFFER], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((length, hex::encode(context.finish())));
        }
        context.update(buffer.get(..read).unwrap_or_default());
        length += read as u64;
    }
}
