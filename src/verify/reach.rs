//! Whether a shell finds the files that findings are about. A help may hold a command on a file only where one does.

use crate::diag::shell_word;

/// Where the files of a subject are.
#[derive(Clone)]
pub(super) enum Reach {
    /// On the disk, by the paths that messages show.
    OnDisk,
    /// In this archive.
    InArchive(String),
}

impl Reach {
    /// `help`, which has a command on the file that messages call by its path; for a file in an archive, how to get that command.
    pub(super) fn help(&self, help: String) -> String {
        match self {
            Self::OnDisk => help,
            Self::InArchive(archive) => format!(
                "generate the bundle again, or fix the file by hand: unpack it with `tar -xzf {}`, and let `meshbundle verify` \
                 print the command for the unpacked file",
                shell_word(archive)
            ),
        }
    }
}
