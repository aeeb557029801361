//! The output folder: archives, operator files, index, checksums, and unpacked trees on request. All of it can be made again
//! from mesh and state.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::hex::hex;
use crate::pack::Finished;

use super::atomic::{
    TEMPORARY, named, publish, replace, replace_if_different, sweep, sync_filesystem, temporary, write_new_file,
};
use super::error::StoreError;
use super::index::{ArchiveEntry, FORMAT, Index};

/// Buffer between the packer and the disk, in bytes.
const BUFFER: usize = 256 * 1024;

/// An output folder.
pub struct Output {
    folder: PathBuf,
}

/// A file of an unpacked bundle: path, permission bits, content.
pub struct UnpackedFile<'a> {
    /// Path below the bundle's folder.
    pub path: &'a str,
    /// Permission bits.
    pub mode: u32,
    /// Its bytes.
    pub content: &'a [u8],
}

impl Output {
    /// The folder `folder`, which need not exist yet. Touches nothing.
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
        let path = self.folder.join("index.json");
        let text = match fs_err::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let index: Index = serde_json::from_slice(&text)
            .map_err(|error| StoreError::Damaged { path: path.clone(), reason: error.to_string() })?;
        if index.format > FORMAT {
            return Err(StoreError::Newer { path, format: index.format, known: FORMAT });
        }
        Ok(Some(index))
    }

    /// Whether there are archives in it.
    pub fn has_archives(&self) -> bool {
        let mut entries = walkdir::WalkDir::new(self.folder.join("bundles")).into_iter().filter_map(Result::ok);
        entries.any(|entry| entry.file_name().to_string_lossy().ends_with(".tar.gz"))
    }

    /// Every bundle that stands in it, packed or unpacked, whatever the index says.
    pub fn bundles(&self) -> BTreeSet<String> {
        let mut bundles = BTreeSet::new();
        for (root, ending) in [("bundles", ".tar.gz"), ("unpacked", "")] {
            let root = self.folder.join(root);
            for entry in walkdir::WalkDir::new(&root).min_depth(2).max_depth(3).into_iter().filter_map(Result::ok) {
                let path = entry.path().strip_prefix(&root).ok().and_then(Path::to_str);
                let loose = |path: &&str| is_etcd(path) && has_loose_files(entry.path());
                let bundle = match (entry.depth(), path) {
                    (2, Some(path)) => Some(path).filter(|path| path.ends_with("/operator") || loose(path)),
                    (_, Some(path)) => path.strip_suffix(ending).filter(|path| !path.contains("/operator/")),
                    (_, None) => None,
                };
                bundles.extend(bundle.map(str::to_owned));
            }
        }
        bundles
    }

    /// Whether unpacked trees are kept in it.
    pub fn has_unpacked(&self) -> bool {
        self.folder.join("unpacked").is_dir()
    }

    /// Makes the folder and tries it, before anything is issued; removes what a killed run has left.
    ///
    /// # Errors
    /// If it cannot be written to.
    pub fn prepare(&self) -> Result<(), StoreError> {
        fs_err::create_dir_all(&self.folder)?;
        sweep(&self.folder)?;
        // Asking leaves no trace: a temporary file would change the folder's time in a run that changes nothing.
        access(&self.folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| named(&error.into(), &self.folder))?;
        replace_if_different(&self.folder.join(".gitignore"), 0o644, b"*\n")?;
        fs_err::create_dir_all(self.folder.join("bundles"))?;
        Ok(())
    }

    /// Whether the archive `bundle` is on disk as `entry` has it.
    pub fn holds(&self, bundle: &str, entry: &ArchiveEntry) -> bool {
        digest_of(&self.archive_path(bundle)).is_ok_and(|digest| digest == (entry.size, entry.sha256.clone()))
    }

    /// Whether the archive `bundle` is there with the length that `entry` has: a glance, for those who only look.
    pub fn seems_to_hold(&self, bundle: &str, entry: &ArchiveEntry) -> bool {
        std::fs::metadata(self.archive_path(bundle)).is_ok_and(|metadata| metadata.len() == entry.size)
    }

    /// Writes the archive `bundle`, 0600, through `pack`.
    ///
    /// # Errors
    /// If the system refuses, or `pack` fails.
    pub fn write_archive<E: std::fmt::Display>(
        &self,
        bundle: &str,
        generation: u64,
        pack: impl FnOnce(BufWriter<std::fs::File>) -> Result<Finished<BufWriter<std::fs::File>>, E>,
    ) -> Result<ArchiveEntry, StoreError> {
        let path = self.archive_path(bundle);
        let folder = path.parent().unwrap_or(&self.folder);
        fs_err::create_dir_all(folder)?;
        let file = temporary(folder)?;
        let out = BufWriter::with_capacity(BUFFER, file.as_file().try_clone().map_err(|error| named(&error, &path))?);
        let finished = pack(out).map_err(|error| StoreError::Bundle { path: path.clone(), reason: error.to_string() })?;
        finished.out.into_inner().map_err(|error| named(error.error(), &path))?;
        publish(file, &path, 0o600)?;
        Ok(ArchiveEntry { generation, size: finished.len, sha256: hex(&finished.sha256) })
    }

    /// Writes the loose files of a bundle, each unless it is there already. Loose ones of an earlier run that are not among them
    /// go: keys may be in them.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_loose(&self, bundle: &str, files: &[UnpackedFile<'_>]) -> Result<(), StoreError> {
        if files.is_empty() {
            return Ok(());
        }
        let folder = self.folder.join("bundles").join(bundle);
        fs_err::create_dir_all(&folder)?;
        for file in files {
            replace_if_different(&folder.join(file.path), file.mode, file.content)?;
        }
        for stale in loose_files(&folder).filter(|path| !files.iter().any(|file| folder.join(file.path) == **path)) {
            fs_err::remove_file(stale)?;
        }
        Ok(())
    }

    /// Writes the tree of `bundle` below `unpacked/`, with `folders` even if they are empty, unless it is there already.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn write_unpacked(&self, bundle: &str, folders: &[String], files: &[UnpackedFile<'_>]) -> Result<(), StoreError> {
        let folder = self.folder.join("unpacked").join(bundle);
        if same_tree(&folder, files) && folders.iter().all(|inner| folder.join(inner).is_dir()) {
            return Ok(());
        }
        let parent = folder.parent().unwrap_or(&self.folder);
        fs_err::create_dir_all(parent)?;
        let staged = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .map_err(|error| named(&error, parent))?;
        for inner in folders {
            fs_err::create_dir_all(staged.path().join(inner))?;
        }
        for file in files {
            let path = staged.path().join(file.path);
            if let Some(parent) = path.parent() {
                fs_err::create_dir_all(parent)?;
            }
            write_new_file(&path, file.mode, file.content)?;
            // The umask has no say: the tree holds what the archive holds.
            fs_err::set_permissions(&path, std::fs::Permissions::from_mode(file.mode))?;
        }
        for entry in walkdir::WalkDir::new(staged.path()).min_depth(1).into_iter().filter_map(Result::ok) {
            if entry.file_type().is_dir() {
                fs_err::set_permissions(entry.path(), std::fs::Permissions::from_mode(0o755))?;
            }
        }
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        fs_err::rename(staged.keep(), &folder)?;
        Ok(())
    }

    /// Removes the bundle, archive or folder, and its unpacked tree.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn remove(&self, bundle: &str) -> Result<(), StoreError> {
        let gone = |result: io::Result<()>| match result {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        let folder = self.folder.join("bundles").join(bundle);
        if is_etcd(bundle) {
            // The members' archives and trees stand in the same folder, and stay.
            for file in loose_files(&folder) {
                gone(fs_err::remove_file(file))?;
            }
            let _ = std::fs::remove_dir(folder);
        } else {
            gone(fs_err::remove_file(self.archive_path(bundle)))?;
            if bundle.ends_with("/operator") {
                gone(fs_err::remove_dir_all(folder))?;
            }
            gone(fs_err::remove_dir_all(self.folder.join("unpacked").join(bundle)))?;
        }
        for root in ["bundles", "unpacked"] {
            // Folders that are now empty; those that are not stay.
            let path = self.folder.join(root).join(bundle);
            path.ancestors().skip(1).take(2).all(|folder| std::fs::remove_dir(folder).is_ok());
        }
        Ok(())
    }

    /// Writes `SHA256SUMS` and the index, last of all: what they say is on disk by then.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(&self, index: &Index) -> Result<(), StoreError> {
        let mut sums = String::new();
        for (bundle, entry) in &index.archives {
            let _ = writeln!(sums, "{}  bundles/{bundle}.tar.gz", entry.sha256);
        }
        let path = self.folder.join("index.json");
        let mut text = serde_json::to_vec_pretty(index)
            .map_err(|error| StoreError::Damaged { path: path.clone(), reason: error.to_string() })?;
        text.push(b'\n');
        let unchanged = fs_err::read(&path).is_ok_and(|there| there == text);
        if !unchanged {
            sync_filesystem(&self.folder)?;
        }
        replace_if_different(&self.folder.join("SHA256SUMS"), 0o644, sums.as_bytes())?;
        if !unchanged {
            replace(&path, 0o644, &text)?;
        }
        Ok(())
    }

    fn archive_path(&self, bundle: &str) -> PathBuf {
        self.folder.join("bundles").join(format!("{bundle}.tar.gz"))
    }
}

/// Whether `bundle` is the folder of an etcd's loose files.
fn is_etcd(bundle: &str) -> bool {
    bundle.split_once('/').is_some_and(|(_, rest)| rest == "etcd")
}

/// Files in `folder` that are no archives.
fn loose_files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = walkdir::WalkDir::new(folder).min_depth(1).max_depth(1).into_iter().filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files.filter(|path| path.extension().is_none_or(|ending| ending != "gz"))
}

fn has_loose_files(folder: &Path) -> bool {
    loose_files(folder).next().is_some()
}

/// Whether `folder` holds exactly `files`.
fn same_tree(folder: &Path, files: &[UnpackedFile<'_>]) -> bool {
    let wanted: BTreeMap<&str, &UnpackedFile<'_>> = files.iter().map(|file| (file.path, file)).collect();
    let mut found = 0;
    for entry in walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let Ok(entry) = entry else { return false };
        if entry.file_type().is_dir() {
            continue;
        }
        let path = entry.path().strip_prefix(folder).ok().and_then(Path::to_str);
        let Some(file) = path.and_then(|path| wanted.get(path)) else { return false };
        let same_mode = entry.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o7777 == file.mode);
        if !same_mode || !std::fs::read(entry.path()).is_ok_and(|there| there == file.content) {
            return false;
        }
        found += 1;
    }
    found == wanted.len()
}

fn digest_of(path: &Path) -> io::Result<(u64, String)> {
    let mut file = fs_err::File::open(path)?;
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let (mut buffer, mut length) = (vec![0; BUFFER], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((length, hex(context.finish().as_ref())));
        }
        context.update(buffer.get(..read).unwrap_or_default());
        length += read as u64;
    }
}
