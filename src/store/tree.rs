//! The unpacked tree of a bundle. Its `SHA256SUMS` names every file of meshbundle in it at any time: obsolete files are removed
//! first, then the sums are written, then the files. Files that it does not name belong to others, and stay.

use std::collections::BTreeSet;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path};

use super::atomic::{make_folder, put, read_text, sweep};

/// A file of an unpacked bundle: path, permission bits, content.
pub struct UnpackedFile<'a> {
    /// Path below the bundle's folder.
    pub path: &'a str,
    /// Permission bits.
    pub mode: u32,
    /// Its bytes.
    pub content: &'a [u8],
}

/// Name of the file with the sums of all others.
const SUMS: &str = "SHA256SUMS";

/// Paths of meshbundle's files in the tree `folder`; none if there is no tree.
pub(super) fn files(folder: &Path) -> BTreeSet<String> {
    let Ok(sums) = read_text(&folder.join(SUMS)) else { return BTreeSet::new() };
    let named = sums.lines().filter_map(|line| line.split_once("  ").map(|(_, path)| path));
    let inside = |path: &&str| Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    named.filter(inside).chain([SUMS]).map(str::to_owned).collect()
}

/// Makes `folder` contain `files`, and `folders` even if they are empty. What is right already is not touched.
pub(super) fn write(folder: &Path, folders: &[String], files: &[UnpackedFile<'_>]) -> io::Result<()> {
    make_folder(folder)?;
    sweep(folder, usize::MAX)?;
    let wanted: BTreeSet<&str> = files.iter().map(|file| file.path).collect();
    for stale in self::files(folder).iter().filter(|path| !wanted.contains(path.as_str())) {
        remove_file(folder, &folder.join(stale))?;
    }
    let parents = files.iter().filter_map(|file| Some(file.path.rsplit_once('/')?.0));
    let inner: BTreeSet<&str> = parents.chain(folders.iter().map(String::as_str)).collect();
    for inner in inner {
        make_folder(&folder.join(inner))?;
        // The modes are those of archives, with any umask. A folder that was made readable for others is closed again.
        for path in Path::new(inner).ancestors().filter(|path| !path.as_os_str().is_empty()) {
            has_mode(&folder.join(path), 0o755)?;
        }
    }
    has_mode(folder, 0o700)?;
    let (sums, rest): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.path == SUMS);
    sums.into_iter().chain(rest).try_for_each(|file| put(&folder.join(file.path), file.mode, file.content))
}

/// Removes the file `path` and folders up to `root` that become empty. A missing file is not an error.
pub(super) fn remove_file(root: &Path, path: &Path) -> io::Result<()> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    path.ancestors().skip(1).take_while(|folder| *folder != root).all(|folder| std::fs::remove_dir(folder).is_ok());
    Ok(())
}

fn has_mode(folder: &Path, mode: u32) -> io::Result<()> {
    if fs_err::metadata(folder)?.permissions().mode() & 0o7777 != mode {
        fs_err::set_permissions(folder, std::fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}
