//! PEM as Go reads it (`encoding/pem`), which is how etcd and Cilium's agents read every file of certificates and keys.
//!
//! In: the bytes of a file. Out: the blocks that Go's `Decode` finds, those that it skips without an error and why, and, where
//! there are none, what the file is instead, with the command that converts it. It also encodes blocks. It does not parse
//! certificates or keys: `x509` and `pki` do.
//!
//! The reader follows today's `Decode`, Go 1.26.8. Earlier versions read some broken files differently (encoding/pem/pem.go):
//!
//! | Go | what differs |
//! |---|---|
//! | up to 1.24.7, 1.25.1 | looks for a BEGIN line, then for the END line: a BEGIN line without END takes the next block with it |
//! | 1.24.8 and 1.24.9, 1.25.2 and 1.25.3 | gives up at the first END line that has no BEGIN line at the start of a line: what is behind it is lost |
//! | since 1.24.10, 1.25.4 | today's |

mod base64;
mod block;
mod der;
mod encode;
mod form;
mod mask;
mod runs;
mod text;
mod unseen;

pub use base64::{decode as decode_base64, encode as encode_base64};
pub use block::{Block, Blocks};
pub use der::DerKind;
pub use encode::{certificate, key};
pub use form::{Form, Want, only_certificates};
pub use mask::{mask, private_keys};
pub use text::Text;
pub use unseen::{Unseen, Why};
