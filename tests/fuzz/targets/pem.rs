//! Any bytes as a file of PEM: its blocks are read, what Go passes over is explained, and keys are masked.
//!
//! A crash is a panic, a hang or too much memory. Beside that: a block that was read is the same block after it was written and
//! read again; and masking keeps every byte where it is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::pem::{Blocks, Text, Want, certificate, mask};

fuzz_target!(|bytes: &[u8]| {
    let text = Text::read(bytes);
    let _ = (text.key().is_some(), text.holds_key(), text.certificates().count());
    for want in [Want::Certificates, Want::Key] {
        let (reason, _) = text.instead(want, "'a file'");
        assert!(!reason.contains(char::is_control), "{reason:?}");
    }
    for unseen in &text.unseen {
        assert!(!unseen.why.cause().is_empty() && !unseen.why.help("file").is_empty());
    }
    for block in &text.blocks {
        let written = certificate(&block.der);
        let again: Vec<_> = Blocks::of(written.as_bytes()).collect();
        assert!(again.len() == 1 && again[0].der == block.der, "the same block");
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let masked = mask(text);
        assert_eq!(masked.len(), text.len(), "everything stays where it is");
    }
});
