//! What is read of an archive.

use std::io::Read;

use crate::diag::Diagnostic;
use crate::verify::content::Content;
use crate::verify::tree::Tree;

use super::findings::Findings;
use super::gzip::Gzip;
use super::tar::Tar;

/// What an archive holds.
pub struct Archive {
    /// Everything below the top folder, as far as it could be read.
    pub tree: Tree,
    /// The name of the top folder, `<cluster>.<node>` unless it was changed.
    pub top: Option<String>,
    /// What is wrong.
    pub findings: Vec<Diagnostic>,
}

/// The path below the top folder, and the content, of an archive's first file. The rest is not read, so nothing is known to be right.
pub fn read_first_file(input: impl Read) -> Option<(String, Content)> {
    let mut findings = Findings::new("");
    let gzip = Gzip::new(input, &mut findings);
    Tar::new(gzip, findings, None).first_file()
}

/// Reads an archive; `file` is what its user calls it.
pub fn read_archive(input: impl Read, file: &str) -> Archive {
    read_archive_like(input, file, None)
}

/// Reads an archive of which many files may be equal to those in `like`: they share their content with it.
pub fn read_archive_like(input: impl Read, file: &str, like: Option<&Tree>) -> Archive {
    let mut findings = Findings::new(file);
    let gzip = Gzip::new(input, &mut findings);
    let (tree, top, findings) = Tar::new(gzip, findings, like).read();
    Archive { tree, top, findings: findings.finish() }
}
