//! Any bytes as what another cluster's etcd holds: its cluster-config and its heartbeat.
//!
//! First byte: the version of Cilium whose agents read it.
//!
//! A crash is a panic, a hang or too much memory. Beside that: a heartbeat never counts as beating once agents have given up.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use meshbundle::mesh::CiliumVersion;
use meshbundle::verify::{ClusterConfig, Heartbeat, Pulse};
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let Some((version, rest)) = bytes.split_first() else { return };
    match ClusterConfig::parse(rest, CiliumVersion::new(1, 14 + u16::from(version % 8))) {
        Ok(config) => {
            let _ = (config.services(), config.fits(255));
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
    let now = OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::days(20_000));
    let heartbeat = Heartbeat::read(rest, now);
    let _ = heartbeat.clocks_differ();
    for watched in [Duration::ZERO, Duration::from_secs(60), Duration::from_secs(3600), Duration::MAX] {
        let pulse = heartbeat.pulse(watched);
        assert!(watched < Duration::from_secs(120) || pulse == Pulse::Stopped, "{pulse:?} after {watched:?}");
    }
});
