//! Authorities as they are out there, brought along: load, issue, and let OpenSSL judge.
//!
//! The fixtures are made on the fly by the `openssl` command line, which also is the judge; a
//! machine without it fails these tests and is told what to install.

mod hostile;
mod issue;
mod keys;
mod made_here;
mod refusals;
