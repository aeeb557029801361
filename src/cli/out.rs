//! Standard output and standard error: the one way out. Whatever is printed passes `pem::mask`, line by line, so that no key
//! that was in a file, a name or the command line gets onto a terminal or into a log.

use std::io::{self, StderrLock, StdoutLock, Write};

use crate::pem::mask;

/// Of a line that is longer, parts are printed: a pipe should not fill the memory.
const HELD: usize = 1024 * 1024;

/// The result.
pub(super) fn stdout() -> Masked<StdoutLock<'static>> {
    Masked { to: io::stdout().lock(), held: Vec::new() }
}

/// Progress and errors.
pub(super) fn stderr() -> Masked<StderrLock<'static>> {
    Masked { to: io::stderr().lock(), held: Vec::new() }
}

/// A document as it may be written to a file.
pub(super) fn masked(text: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(text) {
        Ok(text) => mask(text).into_owned().into_bytes(),
        Err(_) => mask(&String::from_utf8_lossy(text)).into_owned().into_bytes(),
    }
}

/// A writer of whole lines.
pub(super) struct Masked<W: Write> {
    to: W,
    held: Vec<u8>,
}

impl<W: Write> Masked<W> {
    fn emit(&mut self, length: usize) -> io::Result<()> {
        let rest = self.held.split_off(length);
        let lines = std::mem::replace(&mut self.held, rest);
        self.to.write_all(&masked(&lines))
    }
}

impl<W: Write> Write for Masked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if bytes.ends_with(b"\n") {
            self.emit(self.held.len())?;
        } else if self.held.len() > HELD {
            let lines = self.held.iter().rposition(|byte| *byte == b'\n').map_or(self.held.len(), |end| end + 1);
            self.emit(lines)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.emit(self.held.len())?;
        self.to.flush()
    }
}

impl<W: Write> Drop for Masked<W> {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}
