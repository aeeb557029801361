//! Any bytes as a bundle's `manifest.json`: whether it is one, where the bundle belongs, and what the rest of the bundle is then.
//!
//! A crash is a panic, a hang or too much memory. Beside that: messages have no control characters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{Entry, Files, Tree, UnpackedBundle, View, folder_of_peers, identify, inspect};
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let _ = folder_of_peers(bytes);
    let mut tree = Tree::default();
    tree.insert("payload".to_owned(), Entry::Folder(Some(0o755)));
    tree.insert("manifest.json".to_owned(), Entry::File { mode: Some(0o644), bytes: bytes.to_vec().into() });
    let bundle = UnpackedBundle::new("bundle", tree);
    let _ = bundle.version();
    let seen = inspect(&bundle, identify(&bundle, None), &View::new(CiliumVersion::NEWEST, OffsetDateTime::UNIX_EPOCH));
    for finding in &seen.findings {
        assert!(!finding.message.contains(char::is_control), "{:?}", finding.message);
    }
});
