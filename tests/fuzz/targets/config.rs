//! Any bytes as the etcd client config of a link, with no file that it names in place.
//!
//! First byte: the version of Cilium whose agents read it.
//!
//! A crash is a panic, a hang or too much memory. Beside that: findings are bounded in number and in length, and have no control
//! characters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{Directory, Tree, View, inspect_alone, named_by};
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let Some((version, rest)) = bytes.split_first() else { return };
    let view = View::new(CiliumVersion::new(1, 14 + u16::from(version % 8)), OffsetDateTime::UNIX_EPOCH);
    let peer = inspect_alone("cluster2", rest, &Directory::new("etcd.config", Tree::default()), &view);
    assert!(named_by(rest).iter().all(|path| path.starts_with('/')));
    assert!(peer.local.len() <= 1000, "{} findings", peer.local.len());
    for finding in &peer.local {
        assert!(finding.message.len() < 2600 && !finding.message.contains(char::is_control), "{:?}", finding.message);
    }
});
