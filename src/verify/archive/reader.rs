//! What is read of an archive.

use std::io::Read;

use zeroize::Zeroizing;

use crate::diag::Diagnostic;
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
pub fn read_first_file(input: impl Read) -> Option<(String, Zeroizing<Vec<u8>>)> {
    let mut findings = Findings::new("");
    let gzip = Gzip::new(input, &mut findings);
    Tar::new(gzip, findings).first_file()
}

/// Reads an archive; `file` is what its user calls it.
pub fn read_archive(input: impl Read, file: &str) -> Archive {
    let mut findings = Findings::new(file);
    let gzip = Gzip::new(input, &mut findings);
    let (tree, top, findings) = Tar::new(gzip, findings).read();
    Archive { tree, top, findings: findings.finish() }
}
