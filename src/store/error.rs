//! Why the disk could not be used as asked. Each error names its file: `fs_err` puts the path into the message.

use std::path::PathBuf;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refused; the message has the path.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Someone else works on the state.
    #[error("`{}` is in use by {holder}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// What it says of its holder.
        holder: String,
    },
    /// Others may read where keys would be kept.
    #[error("refusing to keep keys in `{}`: others may read it (mode {mode:04o})\nhelp: `chmod -R go= {}`", path.display(), state.display())]
    Exposed {
        /// The folder or file.
        path: PathBuf,
        /// The state that it belongs to.
        state: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Files that are written now would be somebody else's in a folder of its owner.
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
    /// Keys would be kept elsewhere.
    #[error("refusing to keep keys in `{}`: it is a symbolic link\nhelp: put the folder itself there, or name the whole state elsewhere: `--state DIR`", path.display())]
    Linked {
        /// The link.
        path: PathBuf,
    },
    /// A record of ours cannot be read.
    #[error("`{}` cannot be understood: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A record has a shape that this version does not know.
    #[error("`{}` has format {format}; this meshbundle reads formats up to {known}\nhelp: install the meshbundle that wrote it, or a newer one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// What is known here.
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
