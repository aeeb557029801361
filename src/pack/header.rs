//! Path, mode and size to tar header blocks.
//!
//! In: an entry without its content. Out: one ustar header (POSIX.1-2017 pax, "ustar Interchange Format"); for a path
//! that fits no ustar header, a GNU long name entry before it (GNU tar manual, "Basic Tar Format"). Owners and times are
//! the same for every entry. It also has the rules for paths; the archive checks the order of entries.

use tar::{EntryType, Header};

use super::error::PackError;

/// The modification time of every entry, in seconds since 1970: the first second of 2000. Not 0, since GNU tar warns of
/// an "implausibly old time stamp" when it unpacks 1970.
pub const MTIME: u64 = 946_684_800;

/// The unit of tar, in bytes: a header is one block, a content is padded to whole ones (POSIX.1-2017 pax, "ustar
/// Interchange Format").
pub(super) const BLOCK: usize = 512;

/// The permission bits, with set-user-id, set-group-id and sticky.
const MODE_BITS: u32 = 0o7777;

/// The name of a long name entry in GNU tar; no reader shows it.
const LONG_NAME: &[u8] = b"././@LongLink";

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
}

/// Rejects a path that is not relative and normalised, and a mode with other bits.
pub(super) fn check(path: &str, mode: u32) -> Result<(), PackError> {
    let refused = |reason| Err(PackError::Path { path: path.to_owned(), reason });
    if path.is_empty() {
        return refused("it is empty");
    }
    if path.starts_with('/') {
        return refused("it is absolute");
    }
    if path.contains('\0') {
        return refused("it has a NUL byte");
    }
    for part in path.split('/') {
        match part {
            "" => return refused("one of its parts is empty"),
            "." | ".." => return refused("one of its parts is `.` or `..`"),
            _ => {}
        }
    }
    if mode > MODE_BITS {
        return Err(PackError::Mode { path: path.to_owned(), mode });
    }
    Ok(())
}

/// The blocks before the content of an entry whose path and mode were checked.
pub(super) fn blocks(kind: HeaderKind, path: &str, mode: u32, size: u64) -> Vec<[u8; BLOCK]> {
    let mut name = path.as_bytes().to_vec();
    let entry_type = match kind {
        HeaderKind::Directory => {
            name.push(b'/');
            EntryType::Directory
        }
        HeaderKind::File => EntryType::Regular,
    };
    let mut header = Header::new_ustar();
    if set_name(&mut header, &name) {
        return vec![sealed(header, entry_type, mode, size)];
    }
    let mut long = Header::new_gnu();
    fill(&mut long.as_old_mut().name, LONG_NAME);
    // The name for readers that do not know long names.
    fill(&mut header.as_old_mut().name, &name);
    // The name ends with a NUL, which is part of the size.
    name.push(0);
    let mut blocks = vec![sealed(long, EntryType::GNULongName, 0o644, name.len() as u64)];
    blocks.extend(name.chunks(BLOCK).map(|chunk| {
        let mut block = [0; BLOCK];
        fill(&mut block, chunk);
        block
    }));
    blocks.push(sealed(header, entry_type, mode, size));
    blocks
}

/// Fills in all but the name. Owners are 0:0 by number only: without names, the machine that unpacks has nothing to look up, so
/// nothing can differ.
fn sealed(mut header: Header, entry_type: EntryType, mode: u32, size: u64) -> [u8; BLOCK] {
    header.set_entry_type(entry_type);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size);
    header.set_mtime(MTIME);
    header.set_cksum();
    *header.as_bytes()
}

/// Puts the path into the header, split at a slash if needed, or returns that it does not fit. The `tar` crate's `set_path` is
/// not used, because it converts paths as the platform does.
fn set_name(header: &mut Header, path: &[u8]) -> bool {
    let Some(ustar) = header.as_ustar_mut() else {
        return false;
    };
    if path.len() <= ustar.name.len() {
        fill(&mut ustar.name, path);
        return true;
    }
    // The last slash that leaves a prefix that fits; the one that ends a directory's name leaves no name.
    let reach = (ustar.prefix.len() + 1).min(path.len() - 1);
    let Some(at) = path[..reach].iter().rposition(|byte| *byte == b'/') else {
        return false;
    };
    let (prefix, name) = (&path[..at], &path[at + 1..]);
    if name.len() > ustar.name.len() {
        return false;
    }
    fill(&mut ustar.prefix, prefix);
    fill(&mut ustar.name, name);
    true
}

/// Copies what fits; the rest of `field` stays as it is.
fn fill(field: &mut [u8], bytes: &[u8]) {
    for (to, from) in field.iter_mut().zip(bytes) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::{HeaderKind, blocks};

    /// The name and the prefix of a header, each up to its first NUL.
    fn name_and_prefix(block: &[u8; 512]) -> [String; 2] {
        [&block[..100], &block[345..500]].map(|field| {
            let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
            String::from_utf8_lossy(text).into_owned()
        })
    }

    #[test]
    fn paths_that_fit_a_header() {
        let [p, n] = [155, 100].map(|len| "x".repeat(len));
        for (kind, path, name, prefix) in [
            (HeaderKind::File, n.clone(), n.clone(), ""),
            (HeaderKind::File, format!("a/{n}"), n.clone(), "a"),
            (HeaderKind::File, format!("{p}/{n}"), n.clone(), &p),
            (HeaderKind::File, format!("{}/y/{}", &p[1..], &n[2..]), format!("y/{}", &n[2..]), &p[1..]),
            (HeaderKind::Directory, n[1..].to_owned(), format!("{}/", &n[1..]), ""),
            // Not split at the slash that ends it, which would leave no name.
            (HeaderKind::Directory, format!("a/{}", &n[1..]), format!("{}/", &n[1..]), "a"),
        ] {
            let found = blocks(kind, &path, 0o644, 0);
            let found: Vec<_> = found.iter().map(name_and_prefix).collect();
            assert_eq!(found, [[name, prefix.to_owned()]], "{path}");
        }
    }

    /// A header for the name, as many blocks as the name and its NUL need, and the entry's own header.
    #[test]
    fn paths_that_fit_none() {
        let [p, n] = [156, 101].map(|len| "x".repeat(len));
        let deep = "x/".repeat(255);
        for (kind, path, count) in [
            (HeaderKind::File, n.clone(), 3),
            (HeaderKind::File, format!("a/{n}"), 3),
            (HeaderKind::File, format!("{p}/a"), 3),
            (HeaderKind::Directory, n[1..].to_owned(), 3),
            (HeaderKind::File, format!("{deep}x"), 3),
            (HeaderKind::File, format!("{deep}xx"), 4),
        ] {
            let found = blocks(kind, &path, 0o644, 0);
            assert_eq!(found.len(), count, "{path}");
            let [name, _] = found.first().map(name_and_prefix).unwrap_or_default();
            assert_eq!(name, "././@LongLink");
        }
    }
}
