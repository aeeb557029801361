//! A whole file: the blocks that Go finds in it, those that it skips, and the form of the file.

use super::block::{Block, Blocks, CERTIFICATE};
use super::form::{Form, Want};
use super::unseen::{Unseen, find_unseen};

/// The content of a file.
pub struct Text {
    /// The blocks that Go's `pem.Decode` finds, in order.
    pub blocks: Vec<Block>,
    /// Text that looks like a block, but that Go skips.
    pub unseen: Vec<Unseen>,
    /// The form of the file by its first bytes.
    pub form: Form,
}

impl Text {
    /// Reads a file.
    pub fn read(bytes: &[u8]) -> Self {
        let blocks: Vec<Block> = Blocks::of(bytes).collect();
        let unseen = find_unseen(bytes, &blocks.iter().map(|block| block.at).collect());
        Self { form: Form::of(bytes, blocks.first()), blocks, unseen }
    }

    /// The blocks that Go's `tls.X509KeyPair` takes for certificates.
    pub fn certificates(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(|block| block.is_certificate())
    }

    /// The block that Go's `tls.X509KeyPair` takes for the key: the first whose label says so.
    pub fn key(&self) -> Option<&Block> {
        self.blocks.iter().find(|block| block.is_private_key())
    }

    /// Why a file lacks what it should contain, and what to do: Go does not see a block, or the file has another form. `word` is
    /// the file's name in a shell.
    pub fn instead(&self, want: Want, word: &str) -> (String, Option<String>) {
        let wanted = |unseen: &&Unseen| match want {
            Want::Certificates => unseen.label == CERTIFICATE,
            Want::Key => unseen.is_private_key(),
        };
        if let Some(unseen) = self.unseen.iter().find(wanted) {
            let reason = format!("Go does not see the `{}` in line {}: {}", unseen.label, unseen.line, unseen.why.cause());
            return (reason, Some(unseen.why.help(word)));
        }
        // A key file may have other blocks before the key.
        let form = self.key().filter(|_| want == Want::Key).map_or_else(|| self.form.clone(), Block::form);
        let help = form.command(want, word).map(|command| format!("convert it, and use the result: `{command}`"));
        (format!("it is {}", form.name()), help)
    }

    /// Whether a private key is in the file, even one that Go does not see.
    pub fn holds_key(&self) -> bool {
        let sees = self.blocks.iter().any(|block| block.is_private_key() || block.holds_key());
        sees || self.unseen.iter().any(Unseen::is_private_key) || self.form.holds_key()
    }
}
