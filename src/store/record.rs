//! Records on disk, with a format number of their own: the inventory of a state, the index of an output folder.

use std::io;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::atomic::read_ours;
use super::error::StoreError;

/// All that is known about a record of a later format.
#[derive(Deserialize)]
struct RecordFormat {
    format: u32,
}

/// Reads the record in `path`, if there is one. Formats up to `known` are understood.
///
/// # Errors
/// If it cannot be read or understood.
pub(super) fn read<T: DeserializeOwned>(path: &Path, known: u32) -> Result<Option<T>, StoreError> {
    let text = match read_ours(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    parse(path, &text, known).map(Some)
}

/// The record in `text`, which is that of `path`. Formats up to `known` are understood.
///
/// # Errors
/// If it cannot be understood.
pub(super) fn parse<T: DeserializeOwned>(path: &Path, text: &[u8], known: u32) -> Result<T, StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged { path: path.to_owned(), reason: error.to_string() };
    // The format first: what is new in a later one would only be an unknown name.
    match serde_json::from_slice(text) {
        Ok(RecordFormat { format }) if format > known => Err(StoreError::Newer { path: path.to_owned(), format, known }),
        _ => serde_json::from_slice(text).map_err(damaged),
    }
}
