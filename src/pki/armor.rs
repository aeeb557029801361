//! PEM (RFC 7468): text -> labelled blocks, a block -> text.
//!
//! It opens the armor only; what a block holds is read by `certificate` and `encoding`.

use pem::{EncodeConfig, LineEnding, Pem};
use zeroize::{Zeroize, Zeroizing};

pub(super) const CERTIFICATE: &str = "CERTIFICATE";
pub(super) const PRIVATE_KEY: &str = "PRIVATE KEY";

const BEGIN: &[u8] = b"-----BEGIN ";

/// One block: any of them may be a key, so all are wiped.
pub(super) struct Block {
    pub(super) label: String,
    /// Encrypted the traditional way, said in a header (RFC 1421 4.6.1.1).
    pub(super) encrypted: bool,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// All blocks of `text`, in order; text around them is skipped. `None` if any of them is cut off
/// or malformed. The parser's own error is dropped on purpose: it quotes the lines it stumbled
/// over, which may be a key's.
pub(super) fn blocks(text: &[u8]) -> Option<Vec<Block>> {
    let parsed = pem::parse_many(text).ok()?;
    // The parser stops at a block without an end and reports nothing.
    let begun = text.windows(BEGIN.len()).filter(|window| *window == BEGIN).count();
    if begun != parsed.len() {
        return None;
    }
    Some(parsed.into_iter().map(Block::from).collect())
}

impl From<Pem> for Block {
    fn from(pem: Pem) -> Self {
        Self {
            label: pem.tag().to_owned(),
            encrypted: pem.headers().get("Proc-Type").is_some_and(|value| value.contains("ENCRYPTED")),
            der: Zeroizing::new(pem.into_contents()),
        }
    }
}

/// One block of text, lines of 64 characters, line feeds only.
pub(super) fn encode(label: &str, der: &[u8]) -> String {
    let block = Pem::new(label, der);
    let text = pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF));
    block.into_contents().zeroize();
    text
}
