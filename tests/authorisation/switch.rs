//! Turning authentication on and off: only when it is certain that the administrator will get in.

use std::fs;

use crate::authorisation::etcd::{Door, Etcd};
use crate::authorisation::script::{Death, SHELLS, Script, USUAL, Wish};
use crate::support::Sandbox;

/// Whether the etcd checks rights.
fn is_on(etcd: &Etcd) -> bool {
    etcd.ctl(Some("stranger"), &["get", "k"]).status != 0
}

/// Demands a refusal that says this, and that nothing was switched.
fn refused(etcd: &Etcd, script: &Script, environment: &[(&str, String)], why: &str) {
    for shell in SHELLS {
        let done = script.run_in(shell, &["--enable"], environment, Death::Natural).exits(1);
        let refusal = done.ran.stderr.lines().find(|line| line.starts_with("refusing to turn authentication on: "));
        assert!(refusal.is_some_and(|line| line.contains(why)), "{why}: {}", done.ran.stderr);
        assert!(!done.calls.iter().any(|call| call == "auth enable"));
        assert!(done.changes().is_empty());
    }
    assert!(!is_on(etcd));
}

#[test]
fn on_and_off_with_the_files_beside_it() {
    for shell in SHELLS {
        let sandbox = Sandbox::new();
        let etcd = Etcd::start(&sandbox, Door::Verified);
        etcd.issue("stranger");
        let script = USUAL.write(&sandbox, Some(&etcd.issue("root")));
        script.beside(&etcd);
        let environment = [("ETCDCTL_ENDPOINTS", format!("{0},{0}", etcd.url))];
        let run = |mode: &[&str]| script.run_in(shell, mode, &environment, Death::Natural);
        let applied = run(&[]).exits(0);
        assert!(!is_on(&etcd) && applied.ran.stdout.contains("authentication: off"), "not unless it is asked to");

        let done = run(&["--enable"]).exits(0);
        assert!(is_on(&etcd), "{}", done.ran.stdout);
        assert!(done.lines().contains("authentication turned on; every endpoint accepts the administrator"));
        let again = run(&["--enable"]).exits(0);
        assert!(again.lines().contains("authentication: already on"), "{}", again.ran.stdout);
        assert!(again.changes().is_empty() && !again.calls.iter().any(|call| call == "auth enable"));
        assert!(run(&[]).exits(0).lines().contains("authentication: on"));

        run(&["--disable"]).exits(0);
        assert!(!is_on(&etcd));
        assert!(run(&["--disable"]).exits(0).lines().contains("authentication: already off"));
        run(&["--check"]).exits(0);
    }
}

#[test]
fn refusals_of_the_script() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Verified);
    let root = etcd.issue("root");
    etcd.issue("stranger");
    let as_root = etcd.environment(Some("root"));

    let nobody = Wish { own: false, ..USUAL }.write(&sandbox, None);
    refused(&etcd, &nobody, &as_root, "meshbundle issued no administrator certificate for this etcd");

    let script = USUAL.write(&sandbox, Some(&root));
    refused(&etcd, &script, &etcd.environment(Some("stranger")), "stranger.crt is not the administrator's certificate");
    // Issued by the same authority under the same name, and yet another.
    let other = Etcd::start(&Sandbox::new(), Door::Open).issue("root");
    let foreign = USUAL.write(&sandbox, Some(&other));
    refused(&etcd, &foreign, &as_root, "root.crt is not the administrator's certificate");
    let script = USUAL.write(&sandbox, Some(&root));
    let mut with_user = as_root.clone();
    with_user.push(("ETCDCTL_USER", "root:password".to_owned()));
    refused(&etcd, &script, &with_user, "ETCDCTL_USER is set");
    // One of two endpoints is that of no member: a proxy, perhaps.
    let mut two = as_root.clone();
    two.retain(|(name, _)| *name != "ETCDCTL_ENDPOINTS");
    two.push(("ETCDCTL_ENDPOINTS", format!("{},https://127.0.0.1:1", etcd.url)));
    refused(&etcd, &script, &two, "https://127.0.0.1:1 is not the client URL of a member");

    // No agents of its own would get in.
    let text = fs::read_to_string(&script.path).expect("the script");
    fs::write(&script.path, text.replace("agent='admin-c1'", "agent='admin-c0'")).expect("written");
    let done = script.run_in(SHELLS[0], &["--enable"], &as_root, Death::Natural).exits(1);
    assert!(done.ran.stderr.contains("there is no user admin-c0: etcd would deny the local agents"), "{}", done.ran.stderr);
    assert!(!is_on(&etcd));
}

#[test]
fn an_etcd_that_cannot_identify_users_is_refused() {
    for door in [Door::Open, Door::Tls] {
        let sandbox = Sandbox::new();
        let etcd = Etcd::start(&sandbox, door);
        etcd.issue("stranger");
        let script = USUAL.write(&sandbox, Some(&etcd.issue("root")));
        refused(&etcd, &script, &etcd.environment(Some("root")), "accepts clients without a certificate");
    }
}

/// Whichever call it is killed at, another run ends with authentication on, and the administrator inside.
#[test]
fn killed_while_it_turns_it_on() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Verified);
    etcd.issue("stranger");
    let script = USUAL.write(&sandbox, Some(&etcd.issue("root")));
    let mut environment = etcd.environment(Some("root"));
    environment.push(("ETCDCTL_COMMAND_TIMEOUT", "30s".to_owned()));
    let run = |mode: &str, death| script.run_in(SHELLS[1], &[mode], &environment, death);
    let calls = run("--enable", Death::Natural).exits(0).calls;
    run("--disable", Death::Natural).exits(0);
    let end = etcd.rights(Some("root"));
    let switch = calls.iter().position(|call| call == "auth enable").expect("turned on") + 1;
    let all = run("--enable", Death::Natural).exits(0).calls.len();
    let switch = all - (calls.len() - switch);
    for death in [Death::Before(switch), Death::OfEtcdctl(switch), Death::After(switch), Death::Before(switch + 2)] {
        run("--disable", Death::Natural).exits(0);
        run("--enable", death);
        run("--enable", Death::Natural).exits(0);
        assert!(is_on(&etcd), "{death:?}");
        assert_eq!(etcd.rights(Some("root")), end);
    }
}
