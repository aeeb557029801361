//! The keys themselves: what stands there, under which lease, and for how long.

use std::ffi::OsStr;
use std::fs;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::announce::scene::{CONFIG, HEARTBEAT, Scene, VALUE, await_key, etcdctl, get};
use crate::support::namespaces::alone;
use crate::support::tool;

#[test]
fn both_keys_come_under_one_lease_and_stay_when_it_stops() {
    alone("announce::keys::both_keys_come_under_one_lease_and_stay_when_it_stops", || {
        let (scene, etcd) = Scene::with_etcd();
        let mut oslo = scene.start();
        assert_eq!(oslo.says("wrote"), format!("wrote `{CONFIG}`: {VALUE}"));
        oslo.says("announcing `oslo` (id 7)");
        let (beat, config) = (get(&etcd, HEARTBEAT).expect("there"), get(&etcd, CONFIG).expect("there"));
        assert_eq!(config.value, VALUE);
        assert!(beat.lease != 0 && beat.lease == config.lease, "{beat:?} {config:?}");
        let written = OffsetDateTime::parse(&beat.value, &Rfc3339).expect("a time");
        assert!(beat.value.ends_with('Z') && (OffsetDateTime::now_utc() - written).abs().whole_seconds() < 20, "{beat:?}");
        let leases = etcdctl(&etcd, &["lease", "list"]);
        let lease = format!("{:x}", beat.lease);
        assert_eq!(leases.lines().collect::<Vec<_>>(), ["found 1 leases", &lease]);
        let life = etcdctl(&etcd, &["lease", "timetolive", "--keys", &lease]);
        assert!(life.contains("granted with TTL(900s)") && life.contains(HEARTBEAT) && life.contains(CONFIG), "{life}");
        // Nobody but the two keys is touched.
        assert_eq!(etcdctl(&etcd, &["get", "--prefix", "--keys-only", ""]).split_whitespace().count(), 2);

        // Pages of the program itself are counted, too: this one is not optimised, and not stripped.
        let processes = scene.sandbox.path("proc");
        fs::create_dir(&processes).expect("a folder");
        tool("mount", "mount", [OsStr::new("-t"), OsStr::new("proc"), OsStr::new("none"), processes.as_os_str()]);
        let status = fs::read_to_string(processes.join(oslo.pid().to_string()).join("status")).expect("it runs");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        let resident: u64 = resident.trim().trim_end_matches(" kB").parse().expect("a number");
        assert!(resident < 64 * 1024, "{resident} kB");

        oslo.is_silent();
        oslo.stop(Signal::TERM);
        assert_eq!((get(&etcd, HEARTBEAT), get(&etcd, CONFIG)), (Some(beat), Some(config)));
        let mut again = scene.start();
        // What its predecessor wrote is fresh, so nothing is to be done yet.
        again.says("standing by for `oslo` (id 7)");
        again.stop(Signal::INT);
    });
}

#[test]
fn the_heartbeat_is_written_again_after_a_minute() {
    alone("announce::keys::the_heartbeat_is_written_again_after_a_minute", || {
        let (scene, etcd) = Scene::with_etcd();
        let mut oslo = scene.start();
        oslo.says("wrote");
        oslo.says("announcing");
        let first = get(&etcd, HEARTBEAT).expect("there");
        thread::sleep(Duration::from_secs(58));
        assert_eq!(get(&etcd, HEARTBEAT).as_ref(), Some(&first));
        thread::sleep(Duration::from_secs(4));
        let second = get(&etcd, HEARTBEAT).expect("there");
        assert!(second.revision == first.revision + 1 && second.value > first.value, "{first:?} {second:?}");
        assert_eq!(second.lease, first.lease);
        let life = etcdctl(&etcd, &["lease", "timetolive", &format!("{:x}", second.lease)]);
        let left = life.split("remaining(").nth(1).and_then(|rest| rest.split('s').next()).expect("a time");
        assert!(left.parse::<u32>().is_ok_and(|left| left > 880), "{life}");
        // A stream that is left open costs both ends memory, each minute some more.
        let metrics = scene.metrics();
        let count = |name: &str| {
            let line = |line: &&str| line.starts_with(name) && line.contains("grpc_method=\"LeaseKeepAlive\"");
            let counts = metrics.lines().filter(line).filter_map(|line| line.rsplit(' ').next()?.parse::<u32>().ok());
            counts.sum::<u32>()
        };
        let (started, ended) = (count("grpc_server_started_total"), count("grpc_server_handled_total"));
        assert!(started > 0 && started == ended, "{started} streams were begun, {ended} have ended");
        oslo.is_silent();
    });
}

#[test]
fn keys_that_went_with_their_lease_are_written_again() {
    alone("announce::keys::keys_that_went_with_their_lease_are_written_again", || {
        let (scene, etcd) = Scene::with_etcd();
        let mut oslo = scene.start();
        oslo.says("wrote");
        oslo.says("announcing");
        let lease = get(&etcd, HEARTBEAT).expect("there").lease;
        etcdctl(&etcd, &["lease", "revoke", &format!("{lease:x}")]);
        let beat = await_key(&etcd, HEARTBEAT, Option::is_some).expect("there");
        let config = await_key(&etcd, CONFIG, Option::is_some).expect("there");
        assert!(beat.lease == config.lease && beat.lease != lease, "{beat:?} {config:?}");
        oslo.says("wrote");
        oslo.is_silent();
    });
}
