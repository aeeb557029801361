//! The kinds of slips that entries of an archive can have, with the words for each.

use crate::diag::Code;

/// A kind of slip: reported once, however many entries have it.
pub(super) struct EntryKind {
    pub(super) code: Code,
    /// What the entry does, after its name; a verb that goes with `and so do 3 others`.
    pub(super) what: &'static str,
    /// Why it matters, if the catalogue does not tell.
    pub(super) cause: Option<&'static str>,
}

const fn hostile(what: &'static str) -> EntryKind {
    EntryKind { code: Code::HostileEntry, what, cause: None }
}

const fn disputed(what: &'static str, cause: &'static str) -> EntryKind {
    EntryKind { code: Code::HostileEntry, what, cause: Some(cause) }
}

const fn odd(what: &'static str, cause: Option<&'static str>) -> EntryKind {
    EntryKind { code: Code::NotCanonical, what, cause }
}

pub(super) const ABSOLUTE: EntryKind = hostile("has an absolute path");
pub(super) const UPWARDS: EntryKind = hostile("leads upwards by `..`");
pub(super) const DOT: EntryKind = hostile("has a part that is empty or `.`");
pub(super) const NO_NAME: EntryKind = hostile("has no name");
pub(super) const CONTROL: EntryKind = disputed(
    "has control characters in its name",
    "they hide a part of the name in a listing of the archive, or control the terminal",
);
pub(super) const NOT_UTF8: EntryKind =
    disputed("has a name that is not UTF-8", "programs disagree on what to make of it, and meshbundle writes none");
pub(super) const TWICE: EntryKind =
    disputed("stands twice in the archive", "of the two, some programs keep the first and some the last");
pub(super) const BELOW_A_FILE: EntryKind = hostile("stands below a file");
pub(super) const OUTSIDE: EntryKind = disputed(
    "stands outside of the first entry's top folder",
    "a bundle unpacks into one folder of its own, and touches nothing beside it",
);
pub(super) const FILE_WITH_SLASH: EntryKind =
    disputed("has the type of a file and the name of a folder", "some programs make a file of it, others a folder");
pub(super) const FOLDER_WITH_CONTENT: EntryKind =
    disputed("has the type of a folder and a content", "some programs pass over the content, others take it for the next entry");
pub(super) const SYMBOLIC_LINK: EntryKind = hostile("has the type of a symbolic link");
pub(super) const HARD_LINK: EntryKind = hostile("has the type of a hard link");
pub(super) const DEVICE: EntryKind = hostile("has the type of a device");
pub(super) const PIPE: EntryKind = hostile("has the type of a pipe");
pub(super) const CONTIGUOUS: EntryKind = hostile("has the type of a contiguous file");
pub(super) const SPARSE: EntryKind = hostile("has the type of a sparse file");
pub(super) const PAX: EntryKind =
    disputed("has the type of a pax header", "it changes name, size or time of what follows, for those programs that read it");
pub(super) const LONG_LINK: EntryKind = hostile("has the type of a long link");
pub(super) const UNKNOWN: EntryKind = hostile("has an unknown type");
pub(super) const LONG_NAME_UNFIT: EntryKind = disputed(
    "has a long name that is no name, or not that of its header",
    "programs that read long names unpack another file than those that do not",
);
pub(super) const LONG_NAME_NEEDLESS: EntryKind = disputed(
    "has a long name that it does not need",
    "programs that read long names may unpack another file than those that do not",
);
pub(super) const AFTER_HOSTILE: EntryKind =
    disputed("has a header before it that may rename it", "what it is called depends on the program that reads it");

pub(super) const PADDING: EntryKind = odd(
    "has bytes between its end and the next header",
    Some("programs do not show them, and no checksum of a file covers them"),
);
pub(super) const NO_FOLDER: EntryKind = odd(
    "has no folder before it",
    Some("tar would make the folder with a mode of its own, and the top folder is closed to others because it holds keys"),
);
pub(super) const FOLDER_LATE: EntryKind = odd("comes out of order: folders come first, by name", None);
pub(super) const MANIFEST_LATE: EntryKind = odd("comes after other files, though the manifest is the first", None);
pub(super) const BEFORE_CREDENTIALS: EntryKind = odd(
    "comes after the config that names it, or after other configs",
    Some("agents that watch the folder while it is unpacked see a config whose files are missing, and wait 5 s each time"),
);
