//! `state check` finds what is wrong with a state, all of it at once, and its help is the command that fixes it.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::at_rest::scene::{PASSPHRASE, identity, unattended, with_passphrase};
use crate::at_rest::terminal::typed;
use crate::evolution::mesh::{cluster, edit, mesh_of_own};
use crate::evolution::scene::Scene;
use crate::support::reports::judged;
use crate::support::{NOW, Ran, Sandbox, tree};

fn two() -> String {
    mesh_of_own(&[cluster("a", 1), cluster("b", 2)])
}

/// The report, which has nothing of a key and exits as its findings say.
fn checked(sandbox: &Sandbox, more: &[&str]) -> Value {
    let before = tree(&sandbox.path(""));
    let ran = unattended(sandbox, &[&["state", "check", "--format", "json"], more].concat());
    assert!(tree(&sandbox.path("")) == before, "it has written");
    let report = ran.json();
    judged("stateCheck", &report);
    let findings = report["findings"].as_array().expect("findings");
    let errors = findings.iter().filter(|finding| finding["severity"] == "error").count();
    assert_eq!((ran.status == 1, report["count"]["errors"].as_u64()), (errors > 0, Some(errors as u64)), "{report:#}");
    assert!(!ran.stdout.contains("PRIVATE KEY"), "{}", ran.stdout);
    report
}

/// Code and file of each finding.
fn found(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().expect("findings").iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = |file: String| file.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default().to_owned();
    findings.map(|finding| format!("{} {}", text(&finding["code"]), name(text(&finding["file"])))).collect()
}

fn shell(sandbox: &Sandbox, command: &str) -> Ran {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_meshbundle")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("setsid");
    shell.args(["--wait", "sh", "-ec", command]).current_dir(sandbox.path("")).env("PATH", path).env("MESHBUNDLE_NOW", NOW);
    let ran = Ran::of(&mut shell);
    assert_eq!(ran.status, 0, "{command}: {}{}", ran.stdout, ran.stderr);
    ran
}

/// Through a history with all that leaves something in a state: renewals, replaced CAs, clusters that left, a restored backup.
#[test]
fn a_state_is_whole_after_every_step_of_its_history() {
    let scene = Scene::new(&two());
    let sandbox = &scene.sandbox;
    let whole = |step: &str| {
        let report = checked(sandbox, &[]);
        assert_eq!(found(&report), Vec::<String>::new(), "{step}: {report:#}");
        report
    };
    let first = whole("generated");
    assert_eq!([&first["authorities"], &first["receipts"], &first["encryptedKeys"]], [2, 0, 0].map(Value::from).each_ref());
    scene.generate(&["--rekey"]);
    whole("rekeyed");
    sandbox.ok(&["state", "backup", "backup.tar.gz"]);
    scene.change(&mesh_of_own(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]), &["--create-authorities"]);
    whole("a cluster has come");
    scene.record_all(10, &[]);
    assert_ne!(whole("recorded")["receipts"], 0);
    scene.change(&mesh_of_own(&[cluster("a", 1), cluster("c", 3)]), &["--remove", "b"]);
    whole("a cluster has left");
    let recipient = identity(sandbox, "key.txt");
    sandbox.ok(&["state", "encrypt", "--recipient", &recipient]);
    let locked = whole("encrypted");
    assert_eq!([&locked["encryptedKeys"], &locked["openedKeys"]], [3, 0].map(Value::from).each_ref(), "{locked:#}");
    let opened = checked(sandbox, &["--identity", "key.txt"]);
    assert_eq!([&opened["encryptedKeys"], &opened["openedKeys"]], [3, 3].map(Value::from).each_ref(), "{opened:#}");
    fs::remove_dir_all(sandbox.path("state")).expect("removed");
    sandbox.ok(&["state", "restore", "backup.tar.gz"]);
    whole("restored");
    // The certificate of the CA that came after the backup is taken in; its key is lost, as `generate` says.
    sandbox.ok(&["rollout", "record", "mesh.yaml", "out"]);
    let report = checked(sandbox, &[]);
    assert!(found(&report).iter().all(|finding| finding.starts_with("CM0612 c")), "{report:#}");
}

/// A way to damage a state, what is found, and whether the help repairs it as it is pasted.
const DAMAGES: [(&str, &str, bool); 12] = [
    ("rm state/issued/a/*.pem", "CM0610 a", true),
    ("sed -i '0,/BEGIN PRIVATE KEY/{s/BEGIN PRIVATE KEY/BEGIN PRIVATE KEYS/}' state/issued/b/*.pem", "CM0610 b", true),
    ("cp state/authorities/a.*.crt x; cat state/authorities/b.*.crt > $(echo state/authorities/a.*.crt)", "CM0611 a", false),
    ("rm state/authorities/a.*.key", "CM0612 a", false),
    ("cat state/authorities/b.*.key > $(echo state/authorities/a.*.key)", "CM0612 a", false),
    ("chmod 640 state/authorities/a.*.key", "CM0911 a", true),
    ("chmod 755 state", "CM0911 state", true),
    ("cp -a state/authorities/a.*.key state/a-copy", "CM0912 a-copy", true),
    ("mkdir -m 700 state/issued/a/old; cp -a state/inventory.json state/issued/a/old/", "CM0912 old", true),
    ("cp -a $(ls state/issued/a/*.pem) state/issued/a/unnamed.pem", "CM0912 unnamed", true),
    ("cp -a state/inventory.json state/issued/.meshbundle-x1; chmod 600 state/issued/.meshbundle-x1", "CM0912 ", true),
    (
        "mkdir -m 700 -p state/ledger; echo '=======' >> state/ledger/receipts; chmod 600 state/ledger/receipts",
        "CM0913 receipts",
        true,
    ),
];

#[test]
fn each_damage_is_found_and_its_help_repairs_it() {
    let scene = Scene::new(&two());
    let sandbox = &scene.sandbox;
    shell(sandbox, "cp -a state whole; cp -a out whole-out");
    for (damage, expected, repairs) in DAMAGES {
        shell(sandbox, damage);
        let report = checked(sandbox, &[]);
        let named = found(&report);
        // The file of a cluster's leaves has a random name; its folder has the cluster's.
        let is_it = |finding: &String| match expected.strip_prefix("CM0610 ") {
            Some(cluster) => finding.starts_with("CM0610 ") && report.to_string().contains(&format!("state/issued/{cluster}/")),
            None => finding == expected,
        };
        assert!(named.iter().any(is_it), "{damage}: {named:?}");
        if repairs {
            let help = report["findings"][0]["help"].as_str().expect("a help");
            let command = help.split('`').nth(1).expect("a command");
            shell(sandbox, command);
            let again = checked(sandbox, &[]);
            assert_eq!(found(&again), Vec::<String>::new(), "`{command}` does not repair `{damage}`: {again:#}");
        }
        shell(sandbox, "rm -r state out; cp -a whole state; cp -a whole-out out");
    }
    // All at once. A certificate that is another's makes what it signed unusable, too.
    for (damage, _, _) in DAMAGES {
        shell(sandbox, &format!("({damage}) || :"));
    }
    let codes: std::collections::BTreeSet<String> =
        found(&checked(sandbox, &[])).iter().map(|finding| finding[..6].to_owned()).collect();
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), ["CM0610", "CM0611", "CM0612", "CM0911", "CM0912", "CM0913"]);
}

/// Encrypted keys that were swapped look whole until somebody opens them.
#[test]
fn encrypted_keys_are_compared_once_they_are_opened() {
    let scene = Scene::new(&two());
    let sandbox = &scene.sandbox;
    let recipient = identity(sandbox, "key.txt");
    shell(sandbox, "cp -a state/authorities/a.*.key in-clear");
    sandbox.ok(&["state", "encrypt", "--recipient", &recipient]);
    shell(sandbox, "cp -a state whole; cat state/authorities/b.*.key > $(echo state/authorities/a.*.key)");
    let ran = unattended(sandbox, &["state", "check"]);
    assert!(ran.status == 0 && ran.said("each of 2 CA keys is encrypted and not opened"), "{}", ran.stdout);
    let opened = checked(sandbox, &["--identity", "key.txt"]);
    assert_eq!(found(&opened), ["CM0612 a"], "{opened:#}");
    identity(sandbox, "other.txt");
    let strange = checked(sandbox, &["--identity", "other.txt"]);
    assert_eq!(found(&strange), ["CM0612 a", "CM0612 b"], "{strange:#}");
    let ran = unattended(sandbox, &["state", "check", "--open"]);
    assert!(ran.status == 3 && ran.said("the CA keys are encrypted, and no identity is named"), "{}", ran.stderr);

    // One in clear among them, and a record that lacks a line.
    shell(sandbox, "rm -r state; cp -a whole state; cat in-clear > $(echo state/authorities/a.*.key)");
    let report = checked(sandbox, &[]);
    assert_eq!(found(&report), ["CM0914 a"], "{report:#}");
    shell(sandbox, report["findings"][0]["help"].as_str().and_then(|help| help.split('`').nth(1)).expect("a command"));
    assert_eq!(found(&checked(sandbox, &["--identity", "key.txt"])), Vec::<String>::new());
    shell(sandbox, "echo alice >> state/authorities/recipients");
    assert_eq!(found(&checked(sandbox, &[])), ["CM0913 recipients"]);
    // Nothing is created in clear meanwhile.
    scene.edit(&mesh_of_own(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]));
    let ran = unattended(sandbox, &["generate", "--create-authorities", "--identity", "key.txt"]);
    assert!(ran.status == 3 && ran.said("cannot read `state/authorities/recipients`: line 2"), "{}", ran.stderr);
    assert_eq!(unattended(sandbox, &["state", "encrypt", "--recipient", &recipient, "--identity", "key.txt"]).status, 0);
    assert_eq!(found(&checked(sandbox, &["--identity", "key.txt"])).len(), 0);
    assert_eq!(edit(&sandbox.read("state/authorities/recipients"), &recipient, ""), "\n");
}

#[test]
fn a_passphrase_is_asked_for_only_if_keys_are_to_be_opened() {
    let scene = Scene::new(&two());
    let sandbox = &scene.sandbox;
    assert_eq!(with_passphrase(sandbox, PASSPHRASE, &["state", "encrypt", "--passphrase"]).status, 0);
    let ran = typed(sandbox, &["state", "check"], &[]);
    assert!(ran.status == 0 && ran.shown.contains("`meshbundle state check --open` tries it"), "{}", ran.shown);
    let ran = typed(sandbox, &["state", "check", "--open"], &[PASSPHRASE]);
    assert!(ran.status == 0 && ran.shown.contains("each of 2 CA keys is encrypted, and was opened"), "{}", ran.shown);
    let ran = with_passphrase(sandbox, "wrong", &["state", "check"]);
    assert!(ran.status == 3 && ran.said("the passphrase is wrong"), "{}", ran.stderr);
}
