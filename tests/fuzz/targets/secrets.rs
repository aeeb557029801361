//! Any bytes as a file with Secrets of a Kubernetes cluster, and all that is mounted of them.
//!
//! First byte: the version of Cilium whose containers mount them.
//!
//! A crash is a panic, a hang or too much memory. Beside that: findings are bounded in number, and none shows a value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{Container, MountedSecrets, View, identify, read_secrets};
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let Some((version, rest)) = bytes.split_first() else { return };
    let view = View::new(CiliumVersion::new(1, 14 + u16::from(version % 8)), OffsetDateTime::UNIX_EPOCH);
    let read = read_secrets(&[("secrets.yaml", rest)]);
    assert!(read.findings.len() <= 1000, "{} findings", read.findings.len());
    for finding in &read.findings {
        assert!(!finding.message.contains(char::is_control), "{:?}", finding.message);
        let line = finding.place.as_ref().and_then(|place| place.line.as_ref());
        assert!(line.is_none_or(|(_, text)| text.ends_with(": …")), "{line:?}");
    }
    for set in &read.sets {
        for container in Container::ALL {
            let Some(mounted) = MountedSecrets::of(set, container) else { continue };
            let owner = identify(&mounted, None);
            let _ = mounted.inspect(owner, &view);
        }
    }
});
