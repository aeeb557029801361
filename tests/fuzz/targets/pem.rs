//! Any bytes as a file of PEM: its blocks are read, what Go passes over is explained, and keys are masked.
//!
//! A crash is a panic, a hang or too much memory. Beside that: a block that was read is the same block after it was written and
//! read again; masking keeps the length and every line; and a masked text has no key left, nor anything else to mask.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::pem::{Blocks, Text, Want, certificate, redact_keys};

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
        let mut masked = text.to_owned();
        redact_keys(&mut masked);
        assert_eq!(masked.lines().count(), text.lines().count(), "every line");
        let once = masked.clone();
        redact_keys(&mut masked);
        assert_eq!(masked, once, "nothing is left to mask");
    }
});
