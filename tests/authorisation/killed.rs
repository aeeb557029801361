//! Killed anywhere, run again: the end is that of an undisturbed run. What was removed before it was killed, an older script
//! does not bring back.

use crate::authorisation::etcd::{Door, Etcd};
use crate::authorisation::script::{Death, SHELLS, USUAL};
use crate::support::Sandbox;

/// Leaves something of everything that it has to do.
fn prepare(etcd: &Etcd) {
    etcd.clear();
    for command in [
        "role add clustermesh-reader",
        "role grant-permission clustermesh-reader readwrite --prefix cilium/state/ip/v1/default/",
        "role grant-permission clustermesh-reader write k",
        "user add remote-c9 --no-password",
        "user add remote-c3 --no-password",
        "user grant-role remote-c3 clustermesh-reader",
    ] {
        etcd.ok(None, &command.split(' ').collect::<Vec<_>>());
    }
}

#[test]
fn killed_at_every_call_it_heals() {
    let sandbox = Sandbox::new();
    let (etcd, script) = (Etcd::start(&sandbox, Door::Open), USUAL.write(&sandbox, None));
    let run = |death| {
        let shell = SHELLS[usize::from(matches!(death, Death::After(_)))];
        script.run_in(shell, &[], &etcd.environment(None), death)
    };
    prepare(&etcd);
    let calls = run(Death::Natural).exits(0).calls.len();
    let end = etcd.rights(None);
    assert!(calls >= 30, "{calls} moments");
    for call in 1..=calls {
        let death = match call % 3 {
            0 => Death::Before(call),
            1 => Death::After(call),
            _ => Death::OfEtcdctl(call),
        };
        prepare(&etcd);
        let done = run(death);
        // What only asks whether authentication is on may fail in the end: it is then told as unknown.
        let asks = done.calls.last().is_some_and(|call| call == "get cilium/.heartbeat") && call > 1;
        assert!(
            done.ran.status == if matches!(death, Death::OfEtcdctl(_)) { 2 } else { -1 } || asks,
            "{death:?}: {}",
            done.ran.stdout
        );
        if let Death::OfEtcdctl(_) = death {
            assert!(asks || done.ran.stderr.contains("etcd-auth.sh: "), "{}", done.ran.stderr);
        }
        let removes = |call: &String| {
            ["user delete", "user revoke-role", "role revoke-permission"].iter().any(|word| call.starts_with(word))
        };
        let recorded = !etcd.records(None).is_empty();
        assert!(
            recorded || !done.calls.iter().any(removes),
            "{death:?}: it has removed something, and no generation is recorded"
        );
        run(Death::Natural).exits(0);
        assert_eq!(etcd.rights(None), end, "{death:?}");
        let records = etcd.records(None);
        assert!(records.len() == 1 && records[0].starts_with("clustermesh-generation-1-withdrawn-"), "{death:?}: {records:?}");
    }
}
