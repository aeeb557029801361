//! The cluster's own agents go on while the script runs, is killed, and turns authentication on.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::authorisation::etcd::{Door, Etcd};
use crate::authorisation::script::{Death, SHELLS, USUAL, Wish};
use crate::support::Sandbox;

/// etcd's words for a call that was under way while users or roles changed: it has checked against those before, and
/// wants to be asked again (`ErrAuthOldRevision` in etcd's server/auth/store.go). Its clients do.
const ASK_AGAIN: &str = "revision of auth store is old";

#[test]
fn they_never_notice() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Verified);
    etcd.issue("admin-c1");
    etcd.issue("remote-c2");
    let script = USUAL.write(&sandbox, Some(&etcd.issue("root")));
    let environment = etcd.environment(Some("root"));
    let (stop, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    let steady = |who: &'static str, call: &'static [&'static str]| {
        while !stop.load(Ordering::Relaxed) {
            let ran = etcd.ctl(Some(who), call);
            if ran.status != 0 && ran.stderr.contains(ASK_AGAIN) {
                continue;
            }
            assert_eq!(ran.status, 0, "{who} {call:?} after {rounds:?} rounds: {}", ran.stderr);
            rounds.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        let agents = [
            scope.spawn(|| steady("admin-c1", &["put", "cilium/state/nodes/v1/c1/n", "x"])),
            scope.spawn(|| steady("admin-c1", &["get", "--prefix", "cilium/"])),
            scope.spawn(|| steady("remote-c2", &["get", "--prefix", "cilium/.heartbeat"])),
        ];
        for call in [5, 12, 20, 30] {
            script.run_in(SHELLS[0], &[], &environment, Death::Before(call));
        }
        script.run_in(SHELLS[0], &[], &environment, Death::Natural).exits(0);
        script.run_in(SHELLS[0], &["--enable"], &environment, Death::Natural).exits(0);
        // Rights that stay are never away: grants too wide and readers come and go.
        let root = Some("root");
        for round in 0..3 {
            etcd.ok(root, &["role", "grant-permission", "clustermesh-reader", "readwrite", "--prefix", "cilium/.heartbeat"]);
            etcd.ok(root, &["role", "grant-permission", "clustermesh-reader", "read", "--prefix", "cilium/"]);
            let more = Wish { readers: &["remote-c2", "remote-c3", "remote-c4"], ..USUAL };
            let wish = if round % 2 == 0 { more } else { Wish { readers: &["remote-c2"], retired: &["remote-c4"], ..USUAL } };
            let next = wish.write(&sandbox, None);
            next.run_in(SHELLS[1], &[], &environment, Death::Before(20 + round));
            next.run_in(SHELLS[1], &[], &environment, Death::Natural).exits(0);
        }
        stop.store(true, Ordering::Relaxed);
        for agent in agents {
            assert!(agent.join().is_ok(), "an agent noticed");
        }
    });
    assert!(rounds.load(Ordering::Relaxed) > 100, "{rounds:?}");
}
