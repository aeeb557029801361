//! Any bytes as a bundle's `manifest.json`: whether it is one, where the bundle belongs, and what the rest of the bundle is then.
//!
//! A crash is a panic, a hang or too much memory. Beside that: messages have no control characters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{Entry, Subject, Tree, View, folder_of_peers, inspect};
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let _ = folder_of_peers(bytes);
    let mut tree = Tree::default();
    tree.insert("payload".to_owned(), Entry::Folder(0o755));
    tree.insert("manifest.json".to_owned(), Entry::File { mode: 0o644, bytes: bytes.to_vec().into() });
    let subject = Subject::new("bundle", tree);
    let _ = (subject.version(), subject.named());
    let seen = inspect(&subject, &View::new(CiliumVersion::NEWEST, OffsetDateTime::UNIX_EPOCH));
    for finding in &seen.findings {
        assert!(!finding.message.contains(char::is_control), "{:?}", finding.message);
    }
});
