//! Each etcdctl at each etcd, 3.4 to 3.7: the script does the same everywhere, and says the same, without a stray warning.

use std::collections::BTreeSet;
use std::thread;

use crate::authorisation::etcd::{Door, Etcd};
use crate::authorisation::script::{Death, SHELLS, Script, USUAL};
use crate::support::Sandbox;
use crate::support::generations::{Generation, generations};

/// What a whole life of the script prints at `server`, run with the etcdctl of `client`.
fn life(server: &Generation, client: &Generation) -> Vec<String> {
    let sandbox = Sandbox::new();
    let etcd = Etcd::of(&server.etcd(), &sandbox, Door::Verified);
    etcd.issue("stranger");
    let written = USUAL.write(&sandbox, Some(&etcd.issue("root")));
    let script = Script::with(&sandbox, written.path, &client.etcdctl());
    let mut environment = etcd.environment(Some("root"));
    // Why a client without a certificate is refused may be waited for.
    environment.push(("ETCDCTL_COMMAND_TIMEOUT", "2s".to_owned()));
    let mut said = Vec::new();
    let mut receipts = BTreeSet::new();
    for (mode, status) in [
        ("--check", 1),
        ("", 0),
        ("--check", 0),
        ("--enable", 0),
        ("--check", 0),
        ("", 0),
        ("--receipt", 0),
        ("--disable", 0),
        ("--check", 0),
    ] {
        let args: Vec<_> = Some(mode).filter(|mode| !mode.is_empty()).into_iter().collect();
        let done = script.run_in(SHELLS[0], &args, &environment, Death::Natural);
        let ran = &done.ran;
        let at = format!("etcdctl {} {mode} at etcd {}", client.minor, server.minor);
        assert_eq!(ran.status, status, "{at}: {}\n{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stderr, "", "{at}: a stray warning");
        assert!(!done.calls.iter().any(|call| call == "auth status"), "{at}: not every generation knows it");
        receipts.extend(ran.stdout.lines().filter(|line| line.starts_with('{')).map(str::to_owned));
        let same = |line: &&str| !line.starts_with("the etcd of ") && !line.starts_with('{');
        said.extend(ran.stdout.lines().filter(same).map(|line| format!("{mode}: {line}")));
        let on = etcd.ctl(Some("stranger"), &["get", "k"]).status != 0;
        assert_eq!(on, said.iter().rfind(|line| line.contains("turned o")).is_some_and(|last| last.contains(" on;")));
    }
    // Nothing has changed since the first run, so it is always the same receipt.
    assert!(
        receipts.len() == 1 && receipts.iter().all(|line| line.contains("\"unit\":\"c1/users\",\"generation\":1,")),
        "{receipts:?}"
    );
    assert_eq!(etcd.records(Some("root")).len(), 1);
    // What --check prints is what is done.
    let lines = |mode: &str| -> Vec<&str> {
        let of = |line: &&String| line.starts_with(&format!("{mode}: +")) || line.starts_with(&format!("{mode}: -"));
        said.iter().filter(of).filter_map(|line| line.split_once(": ")).map(|(_, line)| line).collect()
    };
    assert_eq!(lines("--check"), lines(""));
    said
}

#[test]
fn each_etcdctl_does_the_same_at_each_etcd() {
    let all = generations();
    let said: BTreeSet<Vec<String>> = all
        .iter()
        .flat_map(|server| {
            thread::scope(|scope| {
                let lives: Vec<_> = all.iter().map(|client| scope.spawn(move || life(server, client))).collect();
                lives.into_iter().map(|life| life.join().expect("a whole life")).collect::<Vec<_>>()
            })
        })
        .collect();
    assert_eq!(said.len(), 1, "they say different things: {said:#?}");
}
