//! An archive of a bundle to a [`Tree`](super::Tree), read as if it were hostile.
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
mod reader;
mod tar;

pub use reader::{Archive, read_archive, read_archive_like, read_first_file};
