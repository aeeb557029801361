//! Why the state or the output folder cannot be used. Each error names its file: `fs_err` puts the path into the message.

use std::path::PathBuf;

use crate::seal::SealError;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused; the message has the path.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Another run uses the state.
    #[error("`{}` is in use by {holder}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// A description of its holder.
        holder: String,
    },
    /// Others may read the folder or file of keys.
    #[error("refusing to keep keys in `{}`: others may read it (mode {mode:04o})\nhelp: `chmod -R go= {}`", path.display(), state.display())]
    Exposed {
        /// The folder or file.
        path: PathBuf,
        /// The state that it belongs to.
        state: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The folder belongs to another user, and new files would not.
    #[error("refusing to keep keys in `{}`: it belongs to user {owner}, and this runs as user {me}\nhelp: {help}", path.display())]
    OthersOwn {
        /// The folder or file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Who runs this.
        me: u32,
        /// What to do.
        help: String,
    },
    /// The folder is a link: keys would be elsewhere.
    #[error("refusing to keep keys in `{}`: it is a symbolic link\nhelp: replace the link by the folder itself, or name another state: `--state DIR`", path.display())]
    Linked {
        /// The link.
        path: PathBuf,
    },
    /// A record of meshbundle cannot be read.
    #[error("cannot read `{}`: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A backup would be inside the state that it is of.
    #[error("refusing to write `{}`: it is inside the state\nhelp: keep backups elsewhere, on another disk", path.display())]
    InsideState {
        /// The backup.
        path: PathBuf,
    },
    /// There is a state where one was to be restored.
    #[error("refusing to restore to `{}`: there is a state\nhelp: move it away, or name another folder: `--state DIR`", path.display())]
    StateExists {
        /// The folder.
        path: PathBuf,
    },
    /// A file is no backup.
    #[error("`{}` is no backup of a state: {reason}\nhelp: name a file that `meshbundle state backup` wrote, or a copy of the state's folder", path.display())]
    NoBackup {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A key of a CA cannot be encrypted.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A record has a format that this version does not know.
    #[error("`{}` has format {format}; this meshbundle reads formats up to {known}\nhelp: install the meshbundle that wrote it, or a newer one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// The newest format that this version knows.
        known: u32,
    },
    /// Writing a bundle failed for another reason than the disk.
    #[error("cannot write `{}`: {reason}", path.display())]
    Bundle {
        /// The archive.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}
