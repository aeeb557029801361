//! What each credential may do once authentication is on, call by call.

use meshbundle::mesh::keyspace::Range;

use crate::authorisation::etcd::{Door, Etcd};
use crate::authorisation::script::{USUAL, read};
use crate::support::Sandbox;

const READER: &str = "remote-c2";
const AGENT: &str = "admin-c1";
const ANNOUNCER: &str = "announce-c1";
const ROOT: &str = "root";
const STRANGER: &str = "remote-c8";
const EVERYONE: [&str; 5] = [READER, AGENT, ANNOUNCER, ROOT, STRANGER];

/// A call, and who may make it.
type Row<'a> = (Vec<&'a str>, &'a [&'a str]);

/// Reads a range as agents ask for it.
fn get(range: &Range) -> Vec<&str> {
    if range.prefix { vec!["get", "--prefix", &range.key] } else { vec!["get", &range.key] }
}

#[test]
fn each_may_do_what_it_needs_and_nothing_else() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Verified);
    let certificates = EVERYONE.map(|name| etcd.issue(name));
    let script = USUAL.write(&sandbox, Some(&certificates[3]));
    script.run(&etcd, Some(ROOT), &["--enable"]).exits(0);

    let mut rows: Vec<Row<'_>> = Vec::new();
    let ranges = read();
    assert!(ranges.len() >= 10, "every version's ranges: {ranges:?}");
    let announced: &[&str] = &["cilium/.heartbeat", "cilium/cluster-config/c1"];
    for range in &ranges {
        let one_key = announced.contains(&range.key.as_str());
        let readers: &[&str] = if one_key && !range.prefix { &[READER, AGENT, ANNOUNCER, ROOT] } else { &[READER, AGENT, ROOT] };
        rows.push((get(range), readers));
        rows.push((vec!["get", &range.key], if one_key { &[READER, AGENT, ANNOUNCER, ROOT] } else { &[READER, AGENT, ROOT] }));
        rows.push((vec!["put", &range.key, "x"], if one_key { &[AGENT, ANNOUNCER, ROOT] } else { &[AGENT, ROOT] }));
        rows.push((vec!["del", &range.key], if one_key { &[AGENT, ANNOUNCER, ROOT] } else { &[AGENT, ROOT] }));
    }
    // Beside what is granted: the same a letter shorter, the neighbours of one key, other clusters' parts, everything.
    let own: &[&str] = &[AGENT, ROOT];
    for beside in [
        "cilium/",
        "cilium/.heartbea",
        "cilium/.heartbeau",
        "cilium/cluster-config/",
        "cilium/cluster-config/c1",
        "cilium/cluster-config/c",
        "cilium/cluster-config/c2",
        "cilium/state/",
        "cilium/state/nodes/v1/c1",
        "cilium/state/nodes/v1/c2/",
        "cilium/state/nodes/v1/",
        "cilium/state/services/v1/c11/",
        "cilium/state/ip/v1/default",
        "cilium/state/identities/v1/",
        "cilium/state/identities/v1/value/",
        "cilium/synced/",
        "cilium/synced/c2/",
        "cilium/synced/c1",
        "cilium/cache/nodes/v1/c1/",
        "cilium/state/cnpstatuses/v2/",
        "cilium/.initlock/",
    ] {
        rows.push((vec!["get", "--prefix", beside], own));
        rows.push((vec!["del", "--prefix", beside], own));
    }
    for key in ["cilium/.heartbeau", "cilium/cluster-config/c11", "cilium/cluster-config/c2", "cilium/state/nodes/v1/c2/n"] {
        rows.push((vec!["get", key], own));
        rows.push((vec!["put", key, "x"], own));
    }
    for (key, whom) in [("cilium", &[ROOT] as &[&str]), ("cilium0", &[ROOT]), ("other/key", &[ROOT]), ("cilium/state/x", own)] {
        rows.push((vec!["get", key], whom));
        rows.push((vec!["put", key, "x"], whom));
        rows.push((vec!["del", key], whom));
    }
    for all in [&["get", "--prefix", ""] as &[&str], &["get", "--from-key", "cilium/"], &["get", "cilium/", "cilium1"]] {
        rows.push((all.to_vec(), &[ROOT]));
    }
    for call in ["user list", "role list", "user get root", "user add x --no-password", "user delete x"] {
        rows.push((call.split(' ').collect(), &[ROOT]));
    }
    // Everyone may read their own user and role.
    rows.push((vec!["role", "get", "clustermesh-reader"], &[READER, ROOT]));
    rows.push((vec!["user", "get", READER], &[READER, ROOT]));
    rows.push((vec!["role", "grant-permission", "clustermesh-reader", "readwrite", "k"], &[ROOT]));
    rows.push((vec!["role", "revoke-permission", "clustermesh-reader", "k"], &[ROOT]));
    rows.push((vec!["user", "grant-role", STRANGER, "root"], &[]));

    let mut wrong = Vec::new();
    for (call, whom) in &rows {
        for who in EVERYONE {
            let ran = etcd.ctl(Some(who), call);
            let denied = ran.status != 0;
            if denied == whom.contains(&who) {
                wrong.push(format!("{who} {call:?}: {} {}", ran.status, ran.stderr));
            }
            // To who has no user, some calls say it so; nor can root give a role to nobody.
            let nobody = [ROOT, STRANGER].contains(&who) && ran.stderr.contains("user name not found");
            assert!(!denied || nobody || ran.stderr.contains("permission denied"), "{who} {call:?}: {}", ran.stderr);
        }
    }
    assert!(wrong.is_empty(), "of {} calls by five:\n{}", rows.len(), wrong.join("\n"));
    assert_ne!(etcd.ctl(Some(READER), &["auth", "disable"]).status, 0);
    assert_ne!(etcd.ctl(Some(AGENT), &["auth", "disable"]).status, 0);

    // With rights that do not suffice it says so; with none as well.
    for who in [READER, AGENT, ANNOUNCER, STRANGER] {
        for mode in [&[] as &[&str], &["--check"], &["--enable"], &["--disable"]] {
            let done = script.run(&etcd, Some(who), mode).exits(2);
            assert!(done.ran.stderr.contains("only the user root may"), "{who} {mode:?}: {}", done.ran.stderr);
            assert!(done.ran.stderr.contains("permission denied"), "{who} {mode:?}: {}", done.ran.stderr);
        }
    }
    let done = script.run(&etcd, Some(ROOT), &["--check"]).exits(0);
    assert!(done.lines().contains("authentication: on"), "{}", done.ran.stdout);
}
