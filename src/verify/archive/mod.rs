//! An archive of a bundle to a [`Tree`], read as if it were hostile.
//!
//! In: the bytes of a `.tar.gz`. Out: what stands in it, and a finding for whatever is damaged, hostile, too much, or merely
//! not as meshbundle writes it: of an archive that `generate` wrote, a change of any one byte is found. It is a reader of its
//! own and shares nothing with `pack`. It writes nothing, takes only as much memory as `limits` allows, and does not judge
//! the files: sums, manifest and certificates are for others.

mod findings;
mod gzip;
mod gzip_header;
mod header;
mod kinds;
mod limits;
mod places;
mod tar;

use std::io::Read;

use zeroize::Zeroizing;

use crate::diag::Diagnostic;

use super::tree::Tree;

use findings::Findings;
use gzip::Gzip;
use tar::Tar;

/// What an archive holds.
pub struct Archive {
    /// Everything below the top folder, as far as it could be read.
    pub tree: Tree,
    /// The name of the top folder, `<cluster>.<node>` if nobody changed it.
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
