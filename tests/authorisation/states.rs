//! Etcds in every state, made what the plan says; and a second run that changes nothing.

use crate::authorisation::etcd::{Door, Etcd};
use crate::authorisation::script::{Death, Done, SHELLS, Script, USUAL, Wish, read};
use crate::support::Sandbox;

/// Runs it twice in each shell on what `prepare` leaves, and demands the same end each time; returns the first run and the end.
fn settle(etcd: &Etcd, script: &Script, prepare: &dyn Fn()) -> (Done, String) {
    let ends = SHELLS.map(|shell| {
        etcd.clear();
        prepare();
        let run = |args: &[&str]| script.run_in(shell, args, &etcd.environment(None), Death::Natural);
        let before = etcd.rights(None);
        let asked = run(&["--check"]);
        assert_eq!((etcd.rights(None), asked.changes().len()), (before.clone(), 0), "--check changes nothing");
        let first = run(&[]).exits(0);
        let end = etcd.rights(None);
        // What --check tells is what is done, line by line.
        let differences = |done: &Done| {
            done.ran.stdout.lines().filter(|line| line.starts_with(['+', '-'])).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(differences(&asked), differences(&first));
        asked.exits(i32::from(before != end));
        let second = run(&[]).exits(0);
        assert!(second.lines().contains("users and roles match the mesh"), "{}", second.ran.stdout);
        assert_eq!((second.changes().len(), etcd.rights(None)), (0, end.clone()));
        run(&["--check"]).exits(0);
        (first, end)
    });
    assert_eq!(ends[0].1, ends[1].1, "shells agree");
    assert_eq!(ends[0].0.lines(), ends[1].0.lines());
    let [first, _] = ends;
    first
}

/// The users and roles as etcdctl prints them when all is as planned.
fn planned() -> String {
    let reads: String = read()
        .iter()
        .map(|range| {
            let (head, last) = range.key.split_at(range.key.len() - 1);
            let end = char::from(last.as_bytes()[0] + 1);
            if range.prefix { format!("\t[{0}, {head}{end}) (prefix {0})\n", range.key) } else { format!("\t{}\n", range.key) }
        })
        .collect();
    let all = "\t[cilium/, cilium0) (prefix cilium/)\n";
    let keys = "\tcilium/.heartbeat\n\tcilium/cluster-config/c1\n";
    format!(
        "User: admin-c1\nRoles: clustermesh-agent\nUser: announce-c1\nRoles: clustermesh-announcer\n\
         User: remote-c2\nRoles: clustermesh-reader\nUser: remote-c3\nRoles: clustermesh-reader\nUser: root\nRoles: root\n\
         Role clustermesh-agent\nKV Read:\n{all}KV Write:\n{all}Role clustermesh-announcer\nKV Read:\n{keys}KV Write:\n{keys}\
         Role clustermesh-reader\nKV Read:\n{reads}KV Write:\n"
    )
}

fn all(etcd: &Etcd, commands: &[&str]) {
    for command in commands {
        etcd.ok(None, &command.split(' ').collect::<Vec<_>>());
    }
}

#[test]
fn whatever_is_there_becomes_what_is_planned() {
    let sandbox = Sandbox::new();
    let (etcd, script) = (Etcd::start(&sandbox, Door::Open), USUAL.write(&sandbox, None));
    let (done, end) = settle(&etcd, &script, &|| {});
    assert_eq!(end, planned());
    for line in [
        "+ role clustermesh-reader",
        "+ grant clustermesh-reader read prefix cilium/.heartbeat",
        "+ user remote-c2",
        "+ user remote-c2: role clustermesh-reader",
        "+ user root: role root",
        "authentication: off; etcd ignores roles until it is on (--enable)",
    ] {
        assert!(done.lines().contains(line), "{line}\n{}", done.ran.stdout);
    }

    // Half done, once and by somebody else: other grants, other access, a role too many, a password, users gone from the mesh.
    let (done, end) = settle(&etcd, &script, &|| {
        all(
            &etcd,
            &[
                "role add clustermesh-reader",
                "role grant-permission clustermesh-reader readwrite --prefix cilium/state/ip/v1/default/",
                "role grant-permission clustermesh-reader read cilium/.heartbeat",
                "role grant-permission clustermesh-reader write --prefix cilium/",
                "role grant-permission clustermesh-reader readwrite a m",
                "role grant-permission clustermesh-reader read x --from-key",
                "role add clustermesh-agent",
                "role grant-permission clustermesh-agent read --prefix cilium/",
                "user add remote-c2:password",
                "user add remote-c9 --no-password",
                "user grant-role remote-c9 clustermesh-reader",
                "user add remote-c3 --no-password",
                "user grant-role remote-c3 clustermesh-agent",
                "role add everything",
            ],
        );
        etcd.ok(None, &["role", "grant-permission", "clustermesh-reader", "readwrite", "--prefix", ""]);
        etcd.ok(None, &["role", "grant-permission", "everything", "readwrite", "--prefix", ""]);
        all(&etcd, &["user add backup:x", "user grant-role backup everything", "user grant-role remote-c2 everything"]);
    });
    let left = ["user backup", "role everything", "user remote-c2: role everything"];
    for line in left.map(|what| format!("not changed: {what}")) {
        assert!(done.lines().contains(line.as_str()), "{line}\n{}", done.ran.stdout);
    }
    for line in [
        "- user remote-c9",
        "- user remote-c3: role clustermesh-agent",
        "- grant clustermesh-reader range a, m",
        "- grant clustermesh-reader write prefix cilium/",
    ] {
        let line = line.replace("range a, m", "readwrite range a, m");
        assert!(done.lines().contains(line.as_str()), "{line}\n{}", done.ran.stdout);
    }
    let strangers = end
        .replace("User: backup\nRoles: everything\n", "")
        .replace("Roles: clustermesh-reader everything", "Roles: clustermesh-reader");
    let everything = strangers.find("Role everything").expect("left");
    assert_eq!(&strangers[..everything], planned());
}

#[test]
fn what_is_no_longer_wanted_goes() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Open);
    USUAL.write(&sandbox, None).run(&etcd, None, &[]).exits(0);
    // First only what is missing: agents may still show their old names.
    let renamed = Wish { readers: &["c2", "c3"], retired: &["remote-c2", "remote-c3"], announced: false, ..USUAL };
    let added = renamed.write(&sandbox, None).run(&etcd, None, &["--add"]).exits(0);
    assert!(added.lines().contains("not removed yet: user remote-c2"), "{}", added.ran.stdout);
    let rights = etcd.rights(None);
    for user in ["c2", "remote-c2"] {
        assert!(rights.contains(&format!("User: {user}\nRoles: clustermesh-reader\n")), "{rights}");
    }
    assert!(rights.contains("Role clustermesh-announcer\n"), "{rights}");

    // Who had a life before it was a reader keeps it; and own clients stay, whatever the mesh says now.
    etcd.ok(None, &["role", "add", "mine"]);
    etcd.ok(None, &["user", "grant-role", "--", "c3", "mine"]);
    let gone = Wish { readers: &[], retired: &["c2", "c3", "remote-c2", "remote-c3"], own: false, announced: false, ..USUAL };
    let script = gone.write(&sandbox, None);
    let done = script.run(&etcd, None, &[]).exits(0);
    let rights = etcd.rights(None);
    for stays in [
        "User: admin-c1\nRoles: clustermesh-agent\n",
        "User: announce-c1\nRoles: clustermesh-announcer\n",
        "User: c3\nRoles: mine\n",
    ] {
        assert!(rights.contains(stays), "{rights}");
    }
    assert!(!rights.contains("c2\n") && !rights.contains("reader"), "{rights}");
    for said in ["- role clustermesh-reader", "- user c2", "not changed: user root", "not changed: user c3: role mine"] {
        assert!(done.lines().contains(said), "{said}: {}", done.ran.stdout);
    }
    assert_eq!(script.run(&etcd, None, &[]).exits(0).changes().len(), 0);
}

/// A left-over `ETCDCTL_ENDPOINTS` leads to another cluster's etcd.
#[test]
fn the_script_changes_nothing_in_another_clusters_etcd() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Open);
    etcd.ok(None, &["role", "add", "clustermesh-reader"]);
    etcd.ok(None, &["role", "grant-permission", "clustermesh-reader", "read", "cilium/cluster-config/c2"]);
    let before = etcd.rights(None);
    for mode in [&[] as &[&str], &["--check"], &["--add"], &["--receipt"]] {
        let done = USUAL.write(&sandbox, None).run(&etcd, None, mode).exits(2);
        assert!(done.ran.stderr.contains("is for the cluster c2, and this script is for c1"), "{}", done.ran.stderr);
    }
    assert_eq!(etcd.rights(None), before);
}

/// Nothing of a name reaches the shell, or is taken for a flag.
#[test]
fn hostile_names_are_names() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Open);
    let names = [
        "-rf",
        "--help",
        "a'b",
        "$(touch pwned)",
        "`touch pwned`",
        "a b  c",
        " leading",
        "*",
        "\\n\\",
        "%s%n",
        "\"",
        ";exit",
        "ü:x@y",
        "{{x}}",
        "a'\"'$IFS",
        "~",
        "a|b",
        "#no",
    ];
    let wish = Wish { readers: &names, retired: &["-- gone", "x'; rm"], own: true, announced: false, ..USUAL };
    let script = wish.write(&sandbox, None);
    let (done, end) = settle(&etcd, &script, &|| {
        for name in ["-- gone", "x'; rm", "stranger's"] {
            etcd.ok(None, &["user", "add", "--no-password", "--", name]);
        }
    });
    for name in names {
        assert!(end.contains(&format!("User: {name}\nRoles: clustermesh-reader\n")), "{name}: {end}");
    }
    assert!(!end.contains("gone") && !end.contains("; rm"), "{end}");
    assert!(done.lines().contains("not changed: user stranger's"), "{}", done.ran.stdout);
    assert!(!std::path::Path::new("/pwned").exists());
}

#[test]
fn words_and_their_exit_codes() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Open);
    let script = USUAL.write(&sandbox, None);
    for args in [&["--chekc"] as &[&str], &["--check", "--enable"], &["check"], &[""]] {
        let done = script.run(&etcd, None, args).exits(2);
        assert!(done.ran.stderr.contains("usage:") && done.calls.is_empty(), "{args:?}");
    }
    let help = script.run(&etcd, None, &["--help"]).exits(0);
    assert!(help.ran.stdout.contains("denies every client") && help.calls.is_empty());
    let nobody = vec![("ETCDCTL_ENDPOINTS", "http://127.0.0.1:1".to_owned())];
    for mode in [&[] as &[&str], &["--check"], &["--enable"], &["--disable"]] {
        let done = script.run_in(SHELLS[0], mode, &nobody, Death::Natural).exits(2);
        assert!(
            done.ran.stderr.contains("cannot read at http://127.0.0.1:1") && done.ran.stderr.contains("Error: "),
            "{}",
            done.ran.stderr
        );
    }
    // Without a word about endpoints, it dials the plan's.
    let done = script.run_in(SHELLS[0], &[], &[], Death::Natural).exits(2);
    assert!(done.ran.stderr.contains("https://192.0.2.1:2379"), "{}", done.ran.stderr);
}
