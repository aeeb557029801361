//! What is at a path of the disk, as an agent would find it: nothing that blocks is opened, and no more is read than bundles have.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use crate::input;
use crate::verify::{Entry, Tree};

/// Links that follow on one another, as in the kernel (`path_resolution(7)`).
const MAX_LINKS: usize = 40;
/// What is at `path`. Links are followed, absolute ones below `root`. `left` is how many bytes may still be read.
pub(super) fn entry(path: &Path, root: Option<&Path>, left: &mut u64) -> Entry {
    let resolved = match root {
        Some(root) if path.is_symlink() => below(root, path),
        _ => path.to_owned(),
    };
    let metadata = match fs_err::metadata(&resolved) {
        Ok(metadata) => metadata,
        Err(error) => {
            return match std::fs::read_link(path) {
                Ok(to) if error.kind() == io::ErrorKind::NotFound => Entry::Dangling(name(&to)),
                _ => Entry::Unreadable(reason(&error)),
            };
        }
    };
    if metadata.is_dir() {
        return Entry::Folder(Some(metadata.permissions().mode() & 0o7777));
    }
    if !metadata.is_file() {
        return Entry::Special;
    }
    let max = Tree::MAX_FILE.min(*left);
    match input::read_with_mode(&resolved, max) {
        Ok((mode, bytes)) => {
            *left -= bytes.len() as u64;
            Entry::File { mode: Some(mode), bytes: bytes.into() }
        }
        Err(error) => {
            if error.kind() == io::ErrorKind::FileTooLarge && max < Tree::MAX_FILE {
                *left = 0;
            }
            Entry::Unreadable(reason(&error))
        }
    }
}

/// The system's message without the path, which is printed with it.
pub(super) fn reason(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |code| io::Error::from_raw_os_error(code).to_string())
}

/// A path as text; a byte that is not UTF-8 becomes `\xff` or the like, so that two files have two names.
pub(super) fn name(path: &Path) -> String {
    let chunks = path.as_os_str().as_bytes().utf8_chunks();
    let text = |chunk: std::str::Utf8Chunk<'_>| {
        let rest: String = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")).collect();
        format!("{}{rest}", chunk.valid())
    };
    chunks.map(text).collect()
}

/// `path` with its links followed as if `root` were `/`, as far as it is there.
pub(super) fn below(root: &Path, path: &Path) -> PathBuf {
    let Ok(rest) = path.strip_prefix(root) else { return path.to_owned() };
    let mut left: Vec<PathBuf> = rest.components().rev().map(|part| PathBuf::from(part.as_os_str())).collect();
    let mut at = root.to_owned();
    let mut links = 0;
    while let Some(part) = left.pop() {
        if part.as_os_str() == ".." {
            if at != root {
                at.pop();
            }
            continue;
        }
        let next = at.join(&part);
        let Ok(to) = std::fs::read_link(&next) else {
            at = next;
            continue;
        };
        links += 1;
        if links > MAX_LINKS {
            return path.to_owned();
        }
        if to.is_absolute() {
            at = root.to_owned();
        }
        let parts = to.components().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
        left.extend(parts.collect::<Vec<_>>().into_iter().rev().map(|part| PathBuf::from(part.as_os_str())));
    }
    at
}
