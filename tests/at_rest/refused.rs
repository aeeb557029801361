//! A run that has to sign and has no secret says so before it writes, with the command that works.

use std::fs;
use std::process::Command;

use crate::at_rest::scene::{PASSPHRASE, identity, keys, ssh_key, unattended, with_passphrase};
use crate::evolution::mesh::{cluster, mesh};
use crate::evolution::scene::Scene;
use crate::support::{Ran, tree};

/// The command in the help, with the file that it asks for.
fn pasted(scene: &Scene, ran: &Ran, file: &str) -> Ran {
    let help = ran.stderr.split("help: ").nth(1).unwrap_or_else(|| panic!("no help: {}", ran.stderr));
    let command = help.split('`').nth(1).expect("a command").replace("FILE", file);
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_meshbundle")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("setsid");
    shell.args(["--wait", "sh", "-c", &command]).current_dir(scene.sandbox.path("")).env("PATH", path);
    Ran::of(shell.env("MESHBUNDLE_NOW", crate::support::NOW))
}

#[test]
fn nothing_is_written_and_the_command_is_exact() {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    let sandbox = &scene.sandbox;
    let recipient = identity(sandbox, "key.txt");
    assert_eq!(unattended(sandbox, &["state", "encrypt", "--recipient", &recipient]).status, 0);
    fs::remove_file(sandbox.path("state/.gitignore")).expect("removed");
    let before = tree(&sandbox.path(""));
    let ran = unattended(sandbox, &["generate", "mesh.yaml", "--rekey", "--only", "a/member/etcd1"]);
    assert_eq!(ran.status, 3);
    let wanted = "the key of CA `mesh` is encrypted, and 1 certificate must be signed, and no identity is named";
    assert!(ran.said(wanted), "{}", ran.stderr);
    assert!(ran.said("`meshbundle generate mesh.yaml --rekey --only a/member/etcd1 --identity FILE`"), "{}", ran.stderr);
    assert!(tree(&sandbox.path("")) == before, "it has written");
    let ran = pasted(&scene, &ran, "key.txt");
    assert!(ran.status == 0 && ran.said("1 certificate issued"), "{}", ran.stderr);

    sandbox.write("new.txt", PASSPHRASE);
    let change = ["state", "encrypt", "--passphrase", "--identity", "key.txt"];
    let ran = unattended(sandbox, &change);
    assert!(ran.status == 3 && ran.said("there is no terminal to ask for a new passphrase"), "{}", ran.stderr);
    assert_eq!(pasted(&scene, &ran, "new.txt").status, 0);
    let ran = unattended(sandbox, &["generate", "--rekey"]);
    assert!(ran.status == 3 && ran.said("there is no terminal to ask for the passphrase"), "{}", ran.stderr);
    let ran = pasted(&scene, &ran, "new.txt");
    assert!(ran.status == 0 && ran.said("certificates issued"), "{}", ran.stderr);
}

/// All that is wrong with recipients is said at once, and nothing of a secret key.
#[test]
fn recipients_that_cannot_be_used_are_all_named() {
    let scene = Scene::new(&mesh(&[cluster("a", 1)]));
    let sandbox = &scene.sandbox;
    let plain = keys(sandbox);
    identity(sandbox, "key.txt");
    let secret = sandbox.read("key.txt").lines().last().expect("an identity").to_owned();
    ssh_key(sandbox, "host", &["-t", "ecdsa"], "");
    ssh_key(sandbox, "ed25519", &["-t", "ed25519"], "");
    let words = ["state", "encrypt", "--recipient", &secret, "--recipient", "alice", "--recipients-file", "host.pub"];
    let ran = unattended(sandbox, &[&words[..], &["--recipients-file", "ed25519.pub"]].concat());
    assert_eq!(ran.status, 2);
    for words in [
        "--recipient: it is a secret key",
        "--recipient: it is neither",
        "host.pub:1: nothing can be encrypted to",
        "`ecdsa-sha2-nistp256`",
    ] {
        assert!(ran.said(words), "{words}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains(&secret[20..]), "{}", ran.stderr);
    for (words, status, said) in [
        (&["state", "encrypt"][..], 2, "encrypt to whom?"),
        (&["state", "encrypt", "--recipients-file", "nothing"], 3, "`nothing` is not there"),
        (&["state", "encrypt", "--passphrase", "--passphrase-fd", "77"], 3, "file descriptor 77 cannot be read"),
        (&["state", "decrypt"], 0, "are in clear already"),
    ] {
        let ran = unattended(sandbox, words);
        assert!(ran.status == status && ran.said(said), "{words:?}: {}{}", ran.stdout, ran.stderr);
    }
    assert_eq!(keys(sandbox), plain);
    // Identities that are none.
    assert_eq!(unattended(sandbox, &["state", "encrypt", "--recipients-file", "ed25519.pub"]).status, 0);
    for (file, said) in [
        ("ed25519.pub", "it is the public half"),
        ("host", "age cannot use an SSH key of kind `ecdsa-sha2-nistp256`"),
        ("mesh.yaml", "it is neither an age identity"),
        ("nothing", "`nothing` is not there"),
        ("key.txt", "it is encrypted to others than the given identity"),
    ] {
        let ran = unattended(sandbox, &["generate", "--rekey", "--identity", file]);
        assert!(ran.status == 3 && ran.said(said), "{file}: {}", ran.stderr);
    }
    let ran = with_passphrase(sandbox, "", &["generate", "--rekey", "--identity", "ed25519"]);
    assert_eq!(ran.status, 0, "no passphrase is wanted: {}", ran.stderr);
}
