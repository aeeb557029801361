//! What signs nothing works as before: without a secret, without a terminal, and with the same result.

use std::fs;

use crate::at_rest::scene::{PASSPHRASE, is_encrypted, unattended, with_passphrase};
use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::Scene;
use crate::helm::forms::filtered;
use crate::support::Sandbox;
use crate::support::files::files;

#[test]
fn nobody_is_asked_for_what_signs_nothing() {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    let sandbox = &scene.sandbox;
    assert_eq!(with_passphrase(sandbox, PASSPHRASE, &["state", "encrypt", "--passphrase"]).status, 0);
    is_encrypted(sandbox);
    let out = scene.out();
    for words in [
        &["generate"][..],
        &["generate", "--renew"],
        &["plan", "--exit-code"],
        &["plan", "--rekey"],
        &["lint"],
        &["verify"],
        &["rollout", "status"],
        &["rollout", "record", "mesh.yaml", "--by-hand", "a/users"],
        &["graph"],
        &["report", "--out", "mesh.html"],
        &["firewall"],
        &["dns"],
        &["state", "backup", "backup.tar.gz"],
    ] {
        let ran = unattended(sandbox, words);
        assert_eq!(ran.status, 0, "{words:?}: {}{}", ran.stdout, ran.stderr);
        // Nor is a wrong one looked at.
        let ran = with_passphrase(sandbox, "wrong", &[words, if words[0] == "state" { &["--help"] } else { &[] }].concat());
        assert_eq!(ran.status, 0, "{words:?}: {}{}", ran.stdout, ran.stderr);
    }
    assert!(scene.out() == out);
    // Archives are made again of what the state has; new options need no signature.
    fs::remove_dir_all(sandbox.path("out")).expect("removed");
    assert_eq!(unattended(sandbox, &["generate"]).status, 0);
    scene.edit(&edit(&sandbox.read("mesh.yaml"), "version: \"1.18\"", "version: \"1.17\""));
    let ran = unattended(sandbox, &["generate"]);
    assert!(ran.status == 0 && ran.said("0 certificates issued"), "{}{}", ran.stdout, ran.stderr);
    // A backup has the form that the state has.
    fs::remove_dir_all(sandbox.path("state")).expect("removed");
    assert_eq!(unattended(sandbox, &["state", "restore", "backup.tar.gz"]).status, 0);
    is_encrypted(sandbox);
    assert_eq!(with_passphrase(sandbox, PASSPHRASE, &["state", "decrypt"]).status, 0);
}

/// A program that a mesh names gets Secrets, and not the passphrase.
#[test]
fn the_filter_of_secrets_does_not_get_the_passphrase() {
    let sandbox = Sandbox::with_mesh(&filtered("./filter"));
    files(&sandbox.path("files"));
    sandbox.write_program("filter", "#!/bin/sh\nenv > environment\ncat >/dev/null\necho sealed\n");
    let words = ["generate", "mesh.yaml", "--create-authorities"];
    assert_eq!(unattended(&sandbox, &words).status, 0);
    assert_eq!(with_passphrase(&sandbox, PASSPHRASE, &["state", "encrypt", "--passphrase"]).status, 0);
    fs::remove_file(sandbox.path("environment")).expect("it has run");
    let ran = with_passphrase(&sandbox, PASSPHRASE, &["generate", "--rekey"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let environment = sandbox.read("environment");
    assert!(environment.contains("PATH=") && !environment.contains(PASSPHRASE), "{environment}");
}
