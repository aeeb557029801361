//! File tree to `.tar.gz`: always the same bytes, in one gzip member.
//!
//! In: paths, modes and contents, in the order of the archive. Out: the archive, its length and its SHA-256. The nodes of a
//! cluster get the same thousand certificates and keys, each node under another top folder, so the contents are equal and every
//! tar header differs. A content is therefore deflated once, by a [`Compressor`], into a [`Compressed`] segment that refers to no
//! header and fits any number of [`Archive`]s. Only the headers are made per archive, by an encoder that is fast enough for
//! millions of them.
//!
//! It uses neither disk nor clock, adds no directories and sorts nothing: the caller decides what is in an archive, and in which
//! order.

mod archive;
mod compressed;
mod compressor;
mod deflate;
mod error;
mod fixed_block;
mod gzip;
mod header;

pub use archive::Archive;
pub use compressed::Compressed;
pub use compressor::{Beginning, Compressor, Series};
pub use error::PackError;
pub use gzip::Finished;
pub use header::MTIME;
