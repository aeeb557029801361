//! Generations and receipts: an etcd knows which script ran last, older ones change nothing, and `rollout` knows what is left to remove.

use std::process::Command;

use serde_json::{Value, json};

use crate::authorisation::etcd::{Door, Etcd, RECORD};
use crate::authorisation::generated::mesh;
use crate::authorisation::script::{Death, Done, SHELLS, Script, USUAL, Wish};
use crate::support::reports::judged;
use crate::support::{Ran, Sandbox, tool};

const OLD: Wish<'static> = USUAL;
/// A reader of the old one has gone, and another one came.
const NEW: Wish<'static> =
    Wish { readers: &["remote-c2", "remote-c4"], retired: &["remote-c9", "remote-c3"], generation: 2, ..USUAL };

/// A script in a folder of its own.
fn script(wish: &Wish<'_>) -> (Sandbox, Script) {
    let sandbox = Sandbox::new();
    let script = wish.write(&sandbox, None);
    (sandbox, script)
}

fn counter(receipt: &Value) -> u64 {
    receipt["counter"].as_u64().expect("a number")
}

/// Demands one record of this generation, all withdrawn.
#[track_caller]
fn recorded(etcd: &Etcd, generation: u64) {
    let records = etcd.records(None);
    assert!(records.len() == 1 && records[0].starts_with(&format!("{RECORD}{generation}-withdrawn-")), "{records:?}");
}

#[test]
fn a_receipt_says_whether_the_withdrawal_is_left() {
    for shell in SHELLS {
        let sandbox = Sandbox::new();
        let etcd = Etcd::start(&sandbox, Door::Open);
        let ((_old, old), (_new, new)) = (script(&OLD), script(&NEW));
        let run = |script: &Script, mode: &[&str]| script.run_in(shell, mode, &etcd.environment(None), Death::Natural);
        let none = run(&old, &["--receipt"]).exits(2);
        assert!(none.ran.stderr.contains("this etcd has no generation yet"), "{}", none.ran.stderr);

        // Nothing is there to remove, so nothing is left.
        let first = run(&old, &["--add"]).exits(0);
        let digest = format!("{:032x}", 1);
        let mut wanted = json!({ "receipt": 1, "mesh": "prod", "state": "of-a-test", "unit": "c1/users", "generation": 1,
            "digest": digest, "counter": counter(&first.receipt()), "due": [] });
        assert_eq!(first.receipt(), wanted);
        assert!(first.lines().contains("+ generation 1"), "{}", first.ran.stdout);
        for mode in [&[] as &[&str], &["--add"], &["--receipt"]] {
            let again = run(&old, mode).exits(0);
            assert_eq!((again.receipt(), again.changes().len()), (wanted.clone(), 0), "{mode:?}");
        }

        let added = run(&new, &["--add"]).exits(0);
        assert!(added.lines().contains("+ generation 2, not withdrawn"), "{}", added.ran.stdout);
        assert!(counter(&added.receipt()) > counter(&wanted), "{}", added.ran.stdout);
        wanted["digest"] = json!(format!("{:032x}", 2));
        wanted["generation"] = json!(2);
        wanted["counter"] = json!(counter(&added.receipt()));
        wanted["due"] = json!(["withdrawal"]);
        assert_eq!(added.receipt(), wanted);
        assert_eq!(run(&new, &["--receipt"]).exits(0).receipt(), wanted);
        // Whichever script asks.
        assert_eq!(run(&old, &["--receipt"]).exits(0).receipt(), wanted);

        let withdrawn = run(&new, &[]).exits(0).receipt();
        assert!(counter(&withdrawn) > counter(&wanted), "{withdrawn}");
        assert_eq!((&withdrawn["due"], &withdrawn["generation"]), (&json!([]), &json!(2)));
        recorded(&etcd, 2);
    }
}

#[test]
fn an_older_script_changes_nothing() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Verified);
    let root = etcd.issue("root");
    let ((old_folder, _), (_new, new)) = (script(&OLD), script(&NEW));
    let old = OLD.write(&old_folder, Some(&root));
    let who = Some("root");
    new.run(&etcd, who, &[]).exits(0);
    let (rights, records) = (etcd.rights(who), etcd.records(who));
    let mut last = String::new();
    for shell in SHELLS {
        for mode in [&[] as &[&str], &["--check"], &["--add"], &["--enable"]] {
            let done = old.run_in(shell, mode, &etcd.environment(who), Death::Natural).exits(2);
            let words = "this etcd has generation 2, and this script is generation 1, so it changes nothing";
            assert!(done.ran.stderr.contains(words), "{mode:?}: {}", done.ran.stderr);
            assert!(done.changes().is_empty() && !done.calls.iter().any(|call| call == "auth enable"), "{:?}", done.calls);
            last = done.ran.stderr;
        }
    }
    assert_eq!((etcd.rights(who), etcd.records(who)), (rights, records));
    // In an emergency, any script turns authentication off.
    new.run(&etcd, who, &["--receipt"]).exits(0);
    old.run(&etcd, who, &["--disable"]).exits(0);

    // As it is pasted.
    let command = last.split('`').find(|part| part.starts_with("etcdctl ")).expect("a command");
    let ran = Ran::of(Command::new("sh").args(["-c", command]).envs(etcd.environment(who)));
    assert_eq!(ran.status, 0, "{command}: {}", ran.stderr);
    assert_eq!(old.run(&etcd, who, &[]).exits(0).receipt()["generation"], 1);
}

/// Two people have generated from one backup.
#[test]
fn another_script_of_the_same_generation_changes_nothing() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Open);
    let ((_mine, mine), (_theirs, theirs)) = (script(&OLD), script(&NEW));
    let text = std::fs::read_to_string(&theirs.path).expect("the script");
    std::fs::write(&theirs.path, text.replace("generation=2\n", "generation=1\n")).expect("written");
    mine.run(&etcd, None, &[]).exits(0);
    let rights = etcd.rights(None);
    let done = theirs.run(&etcd, None, &[]).exits(2);
    assert!(done.ran.stderr.contains("another generation 1, which was generated from another state"), "{}", done.ran.stderr);
    assert_eq!((done.changes().len(), etcd.rights(None)), (0, rights));
}

/// A run that was killed has left what it replaced; names of others are none of ours.
#[test]
fn of_several_records_the_highest_counts() {
    let digest = |generation: u64| format!("{generation:032x}");
    let record =
        |generation: u64, phase: &str, counter: u64| format!("{RECORD}{generation}-{phase}-{counter}-{}", digest(generation));
    let wish = Wish { generation: 10, ..OLD };
    for shell in SHELLS {
        let sandbox = Sandbox::new();
        let (etcd, (_folder, script)) = (Etcd::start(&sandbox, Door::Open), script(&wish));
        let run = |mode: &[&str]| script.run_in(shell, mode, &etcd.environment(None), Death::Natural);
        let strangers = [
            format!("{RECORD}11"),
            format!("{RECORD}11-withdrawn-5"),
            format!("{RECORD}11-removed-5-{}", digest(11)),
            format!("{RECORD}011-withdrawn-5-{}", digest(11)),
            format!("{RECORD}11-withdrawn-5-{}x", &digest(11)[1..]),
            format!("{RECORD}11-withdrawn-1234567890123456-{}", digest(11)),
            format!("{RECORD}11-withdrawn--{}", digest(11)),
        ];
        let ours = [
            record(9, "withdrawn", 99_999_999_997),
            record(10, "added", 99_999_999_998),
            record(10, "withdrawn", 99_999_999_999),
        ];
        for name in strangers.iter().chain(&ours) {
            etcd.ok(None, &["role", "add", name]);
        }
        // By number, not by letter.
        let asked = run(&["--receipt"]).exits(0).receipt();
        assert_eq!((&asked["generation"], counter(&asked), &asked["due"]), (&json!(10), 99_999_999_999, &json!([])));
        let done = run(&[]).exits(0);
        assert_eq!(done.receipt(), asked);
        for name in &strangers {
            assert!(done.lines().contains(format!("not changed: role {name}").as_str()), "{name}: {}", done.ran.stdout);
            etcd.ok(None, &["role", "delete", name]);
        }
        recorded(&etcd, 10);

        // Two runs in one second: whether all is withdrawn is not known, and the next receipt is a later one.
        etcd.ok(None, &["role", "add", &record(10, "added", 99_999_999_999)]);
        assert_eq!(run(&["--receipt"]).exits(0).receipt()["due"], json!(["withdrawal"]));
        let later = run(&[]).exits(0).receipt();
        assert_eq!((counter(&later), &later["due"]), (100_000_000_000, &json!([])));
        recorded(&etcd, 10);
    }
}

/// One script runs in the middle of the other, at many places.
#[test]
fn two_at_once_are_noticed() {
    let sandbox = Sandbox::new();
    let etcd = Etcd::start(&sandbox, Door::Open);
    let ((_old, old), (_new, new)) = (script(&OLD), script(&NEW));
    let natural = |script: &Script| script.run(&etcd, None, &[]);
    natural(&new).exits(0);
    let end = etcd.rights(None);
    for (outer, inner, is_newer) in [(&old, &new, false), (&new, &old, true)] {
        etcd.clear();
        let calls = natural(outer).exits(0).calls.len();
        let mut noticed = 0;
        // The second call lists the roles: before it, nothing has begun.
        for call in (3..=calls).step_by(5) {
            etcd.clear();
            let mut environment = etcd.environment(None);
            environment.push(("MEANWHILE", inner.path.to_str().expect("text").to_owned()));
            let done = outer.run_in(SHELLS[0], &[], &environment, Death::Interrupted(call));
            let status = std::fs::read_to_string(inner.path.with_extension("sh.status")).expect("it has run");
            let (outer_done, inner_done) = (done.ran.status == 0, status.trim() == "0");
            let records = etcd.records(None);
            assert!([0, 2].contains(&done.ran.status) && ["0", "2"].contains(&status.trim()), "{}", done.ran.stderr);
            // The newer one is not forgotten, and what the older one did after it is not passed over.
            let newer_done = if is_newer { outer_done } else { inner_done };
            let newest = records.iter().any(|record| record.starts_with(&format!("{RECORD}2-")));
            assert!(!newer_done || newest, "{call}: {records:?}");
            if inner_done && outer_done {
                // Only if the older one was done when the newer one began.
                let outer_first = done.calls.iter().take(call).any(|call| call.starts_with(&format!("role add {RECORD}")));
                let is_whole = etcd.rights(None) == end;
                assert!(outer_first && !is_newer && is_whole, "{call}: {}", done.ran.stdout);
            }
            noticed += usize::from(!outer_done || !inner_done);
            natural(&new).exits(0);
            assert_eq!(etcd.rights(None), end, "{call}");
            recorded(&etcd, 2);
        }
        assert!(noticed > 3, "{noticed} of {calls}");
    }
}

#[test]
fn shellcheck_finds_nothing() {
    let (_folder, script) = script(&USUAL);
    tool("shellcheck", "shellcheck", ["-s", "sh", "-S", "warning", script.path.to_str().expect("text")]);
}

/// c3 leaves the mesh: first c1's etcd gets what is new, and after the nodes it loses c3's user.
#[test]
fn users_are_done_when_their_withdrawal_is() {
    let three = [("c1", 1), ("c2", 2), ("c3", 3)];
    let url = "https://10.1.0.1:2379";
    let sandbox = Sandbox::with_mesh(
        &mesh(url, &three, "")
            .replace("accept:\n- { code: CM0310, at: \"clusters[c1].etcd.endpoints[0]\", reason: a test }\n", ""),
    );
    sandbox.generate(&[]);
    let etcd = Etcd::start(&sandbox, Door::Open);
    let script = Script::at(&sandbox, sandbox.path("out/bundles/c1/etcd/etcd-auth.sh"));
    let run = |mode: &[&str]| script.run(&etcd, None, mode);
    let record = |done: &Done| -> [u64; 3] {
        sandbox.write("said.txt", &done.ran.stdout);
        let report = sandbox.run(&["rollout", "record", "mesh.yaml", "said.txt", "--format", "json"]).json();
        judged("record", &report);
        ["recorded", "known", "refused"].map(|key| report[key].as_u64().expect("a number"))
    };
    let views = || -> Vec<Value> {
        let report = sandbox.ok(&["rollout", "status", "--format", "json"]).json();
        judged("status", &report);
        report["units"].as_array().expect("units").iter().filter(|view| view["unit"] == "c1/users").cloned().collect()
    };
    let first = run(&[]).exits(0);
    assert_eq!((record(&first), record(&first)), ([1, 0, 0], [0, 1, 0]));
    assert_eq!(record(&run(&["--receipt"])), [0, 1, 0]);
    let users = json!({ "unit": "c1/users", "wave": "users", "written": 1, "known": "installed", "installed": 1, "done": true });
    assert_eq!(views(), std::slice::from_ref(&users));

    let text = sandbox.read("mesh.yaml");
    let without_c3: String = text.lines().filter(|line| !line.contains("name: c3")).map(|line| format!("{line}\n")).collect();
    sandbox.write("mesh.yaml", &without_c3);
    sandbox.generate(&["--remove", "c3"]);
    assert_eq!(record(&run(&["--add"]).exits(0)), [1, 0, 0]);
    let mut withdrawal = users.clone();
    for (key, value) in [("written", json!(2)), ("installed", json!(2))] {
        withdrawal[key] = value;
    }
    let added = withdrawal.clone();
    for (key, value) in [("wave", json!("withdrawal")), ("done", json!(false)), ("due", json!(["withdrawal"]))] {
        withdrawal[key] = value;
    }
    assert_eq!(views(), [added.clone(), withdrawal]);
    let shown = sandbox.ok(&["rollout", "status"]);
    for words in
        ["mesh prod: 0 of 10 units", "users: 1 of 2", "withdrawal: 0 of 1\n  c1/users  generation 2; users left to remove\n"]
    {
        assert!(shown.stdout.contains(words), "{words}: {}", shown.stdout);
    }
    assert_eq!(sandbox.run(&["rollout", "status", "--exit-code"]).status, 1);

    assert_eq!(record(&run(&[]).exits(0)), [1, 0, 0]);
    assert_eq!(views(), [added]);
    assert!(sandbox.ok(&["rollout", "status"]).stdout.contains("mesh prod: 1 of 10 units"));
}

/// The same content again: another generation, and the same digest.
#[test]
fn a_digest_does_not_depend_on_the_generation() {
    let two = [("c1", 1), ("c2", 2)];
    let sandbox = Sandbox::with_mesh(
        &mesh("https://10.1.0.1:2379", &two, "")
            .replace("accept:\n- { code: CM0310, at: \"clusters[c1].etcd.endpoints[0]\", reason: a test }\n", ""),
    );
    let script = || sandbox.read("out/bundles/c1/etcd/etcd-auth.sh");
    sandbox.generate(&[]);
    let (text, first) = (sandbox.read("mesh.yaml"), script());
    sandbox.write("mesh.yaml", &text.replacen("members:", "announce: true, members:", 1));
    sandbox.generate(&[]);
    assert_ne!(script(), first);
    sandbox.write("mesh.yaml", &text);
    sandbox.generate(&["--remove", "c1:announce"]);
    assert_eq!(script(), first.replace("\ngeneration=1\n", "\ngeneration=3\n"));
    let inventory: Value = serde_json::from_str(&sandbox.read("state/inventory.json")).expect("JSON");
    let record = &inventory["bundles"]["c1/etcd"];
    assert_eq!(record["generation"], 3);
    assert!(first.contains(&format!("\ndigest='{}'\n", &record["content"].as_str().expect("text")[..32])), "{record}");
}
