//! An age file: how one is recognised, written and read.

use std::io::{Read, Write};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{Decryptor, Encryptor};

use crate::wiped::Wiped;

use super::error::{OpenError, SealError};

/// How an age file begins, as text and as bytes.
const BEGINNINGS: [&[u8]; 2] = [b"-----BEGIN AGE ENCRYPTED FILE-----", b"age-encryption.org/"];

/// Whether `bytes` are an age file. The armor may have white space before it, as age accepts it.
pub fn is_sealed(bytes: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| bytes.trim_ascii_start().starts_with(beginning))
}

/// Whether a passphrase alone opens the age file `bytes`, as `age -p` makes one.
pub fn wants_passphrase(bytes: &[u8]) -> bool {
    Decryptor::new_buffered(ArmoredReader::new(bytes)).is_ok_and(|file| file.is_scrypt())
}

/// An age file with `plain`, as text.
pub(super) fn encrypted<'a>(recipients: impl Iterator<Item = &'a dyn age::Recipient>, plain: &[u8]) -> Result<String, SealError> {
    let encryptor = Encryptor::with_recipients(recipients)?;
    let armor = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
    let mut writer = encryptor.wrap_output(armor)?;
    writer.write_all(plain)?;
    let bytes = writer.finish()?.finish()?;
    String::from_utf8(bytes).map_err(|error| SealError(error.to_string()))
}

/// The content of the age file `sealed`.
pub(super) fn decrypted<'a>(identities: impl Iterator<Item = &'a dyn age::Identity>, sealed: &[u8]) -> Result<Wiped, OpenError> {
    let file = Decryptor::new_buffered(ArmoredReader::new(sealed)).map_err(|error| OpenError::of(&error))?;
    let wants_passphrase = file.is_scrypt();
    let mut content = file.decrypt(identities).map_err(|error| match OpenError::of(&error) {
        OpenError::Damaged | OpenError::NotForUs if wants_passphrase => OpenError::WrongPassphrase,
        error => error,
    })?;
    // All at once: a vector that grows leaves copies of keys behind.
    let mut plain = Wiped::from(Vec::with_capacity(sealed.len()));
    content.read_to_end(&mut plain).map_err(|_| OpenError::Damaged)?;
    Ok(plain)
}
