//! The judge is the `age` program: it opens what meshbundle has encrypted, and meshbundle opens what age has.

use std::ffi::OsStr;
use std::fs;

use crate::at_rest::scene::{PASSPHRASE, identity, is_encrypted, keys, opened, ssh_key, unattended, with_passphrase};
use crate::at_rest::terminal::{answered, typed};
use crate::durability::strace::wrapped;
use crate::evolution::mesh::{cluster, mesh, mesh_of_own};
use crate::evolution::scene::Scene;
use crate::support::{Ran, Sandbox, tool};

fn one() -> String {
    mesh(&[cluster("a", 1), cluster("b", 2)])
}

fn key_file(sandbox: &Sandbox) -> String {
    format!("state/authorities/{}", keys(sandbox).into_keys().next().expect("a key"))
}

/// A CA for each cluster, an X25519 identity, two SSH keys, one of them behind a passphrase: each alone opens every key.
#[test]
fn each_recipient_opens_every_key_with_either_program() {
    let scene = Scene::new(&mesh_of_own(&[cluster("a", 1), cluster("b", 2)]));
    let sandbox = &scene.sandbox;
    let plain = keys(sandbox);
    assert_eq!(plain.len(), 2);
    let recipient = identity(sandbox, "key.txt");
    ssh_key(sandbox, "ed25519", &["-t", "ed25519"], "");
    ssh_key(sandbox, "rsa", &["-t", "rsa", "-b", "3072"], PASSPHRASE);
    sandbox.write("team.txt", &format!("# who may sign\n\n{}{}", sandbox.read("ed25519.pub"), sandbox.read("rsa.pub")));
    let words = ["state", "encrypt", "--recipient", &recipient, "--recipients-file", "team.txt"];
    let ran = unattended(sandbox, &words);
    assert!(
        ran.status == 0 && ran.said("encrypted the keys of 2 CAs in `state`, to 3 recipients"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    is_encrypted(sandbox);
    for (file, key) in &plain {
        let path = sandbox.path("state/authorities").join(file);
        for name in ["key.txt", "ed25519"] {
            assert_eq!(opened(&sandbox.path(name), &path).as_bytes(), key, "{file} with {name}");
        }
        let words = ["age", "-d", "-i", "rsa", path.to_str().expect("text")];
        let ran = answered(sandbox, &words, &[PASSPHRASE]);
        assert!(ran.status == 0 && ran.shown.contains("-----BEGIN PRIVATE KEY-----"), "{}", ran.shown);
    }
    let rekeyed = |more: &[&str]| {
        let ran = with_passphrase(sandbox, PASSPHRASE, &[&["generate", "--rekey"], more].concat());
        assert!(ran.status == 0 && ran.said("certificates issued"), "{more:?}: {}", ran.stderr);
    };
    rekeyed(&["--identity", "key.txt"]);
    rekeyed(&["--identity", "ed25519"]);
    rekeyed(&["--identity", "rsa"]);
    // What opened it before, and who did not.
    identity(sandbox, "stranger.txt");
    let ran = unattended(sandbox, &["generate", "--rekey", "--identity", "stranger.txt"]);
    assert!(ran.status == 3 && ran.said("it is encrypted to others than the given identity"), "{}", ran.stderr);
    let ran = unattended(sandbox, &["state", "decrypt", "--identity", "key.txt"]);
    assert_eq!((ran.status, keys(sandbox)), (0, plain), "{}", ran.stderr);
    assert!(!sandbox.path("state/authorities/recipients").exists());
}

#[test]
fn a_passphrase_opens_every_key_with_either_program() {
    let scene = Scene::new(&one());
    let sandbox = &scene.sandbox;
    let plain = keys(sandbox);
    let ran = with_passphrase(sandbox, PASSPHRASE, &["state", "encrypt", "--passphrase"]);
    assert!(ran.status == 0 && ran.said("to a passphrase"), "{}", ran.stderr);
    is_encrypted(sandbox);
    let protected = sandbox.tree("state/authorities").into_keys().find(|path| path.ends_with(".age")).expect("an identity");
    let protected = format!("state/authorities/{protected}");
    let ran = answered(sandbox, &["age", "-d", "-i", &protected, &key_file(sandbox)], &[PASSPHRASE]);
    let key = String::from_utf8(plain.values().next().expect("a key").clone()).expect("text");
    assert!(ran.status == 0 && ran.shown.replace('\r', "").contains(&key), "{}", ran.shown);
    assert_eq!(with_passphrase(sandbox, PASSPHRASE, &["generate", "--rekey"]).status, 0);
    // An option goes before an identity in the environment, which may be that of other states.
    identity(sandbox, "other.txt");
    sandbox.write("passphrase.txt", PASSPHRASE);
    for words in ["generate --rekey", "state check"] {
        let script = format!("exec \"$0\" {words} --passphrase-fd 3 3< passphrase.txt");
        let ran = in_shell(sandbox, &script, ("MESHBUNDLE_IDENTITY", "other.txt"));
        assert_eq!(ran.status, 0, "{words}: {}{}", ran.stdout, ran.stderr);
    }
    // Another one: the old one opens nothing any more, and its identity is gone.
    sandbox.write("new.txt", "another one\n");
    let change = "exec \"$0\" state encrypt --passphrase --new-passphrase-fd 3 3< new.txt";
    let ran = in_shell(sandbox, change, ("MESHBUNDLE_PASSPHRASE", PASSPHRASE));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    is_encrypted(sandbox);
    assert!(!sandbox.path(&protected).exists());
    let ran = with_passphrase(sandbox, PASSPHRASE, &["generate", "--rekey"]);
    assert!(ran.status == 3 && ran.said("the passphrase is wrong"), "{}", ran.stderr);
    assert_eq!(with_passphrase(sandbox, "another one", &["generate", "--rekey"]).status, 0);
    assert_eq!(with_passphrase(sandbox, "another one", &["state", "decrypt"]).status, 0);
    assert_eq!(keys(sandbox), plain);
}

/// Runs a script, which has the program as `$0`, without a terminal, and with a variable of the environment.
fn in_shell(sandbox: &Sandbox, script: &str, (name, value): (&str, &str)) -> Ran {
    let mut command = wrapped(["setsid", "--wait", "sh", "-c", script], &sandbox.command(&[] as &[&str]));
    Ran::of(command.env(name, value))
}

/// An operator who encrypts with age, in binary or as text, to the recipients in the state or to a passphrase.
#[test]
fn what_age_has_encrypted_signs() {
    let scene = Scene::new(&one());
    let sandbox = &scene.sandbox;
    let recipient = identity(sandbox, "key.txt");
    let path = key_file(sandbox);
    fs::copy(sandbox.path(&path), sandbox.path("plain")).expect("copied");
    let replaced = |options: &[&str]| {
        fs::remove_file(sandbox.path(&path)).expect("removed");
        let files = [sandbox.path(&path), sandbox.path("plain")];
        let words = options.iter().map(OsStr::new).chain([OsStr::new("-o"), files[0].as_os_str(), files[1].as_os_str()]);
        tool("age", "age", words);
        tool("chmod", "coreutils", [OsStr::new("600"), files[0].as_os_str()]);
    };
    for options in [&["-r", &recipient][..], &["-a", "-r", &recipient]] {
        replaced(options);
        let ran = unattended(sandbox, &["generate", "--rekey"]);
        assert!(ran.status == 3 && ran.said("no identity is named"), "{}", ran.stderr);
        let ran = unattended(sandbox, &["generate", "--rekey", "--identity", "key.txt"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
    }
    let record = sandbox.path("recipients");
    fs::copy(sandbox.path("plain"), sandbox.path(&path)).expect("copied");
    assert_eq!(unattended(sandbox, &["state", "encrypt", "--recipient", &recipient]).status, 0);
    fs::copy(sandbox.path("state/authorities/recipients"), &record).expect("copied");
    replaced(&["-R", record.to_str().expect("text")]);
    assert_eq!(unattended(sandbox, &["generate", "--rekey", "--identity", "key.txt"]).status, 0);
    let words = ["age", "-p", "-a", "-o", "typed.age", "plain"];
    let ran = answered(sandbox, &words, &[PASSPHRASE, PASSPHRASE]);
    assert_eq!(ran.status, 0, "{}", ran.shown);
    let files = [sandbox.path("typed.age"), sandbox.path(&path)];
    tool("install", "coreutils", [OsStr::new("-m"), OsStr::new("600"), files[0].as_os_str(), files[1].as_os_str()]);
    let ran = with_passphrase(sandbox, PASSPHRASE, &["generate", "--rekey"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let ran = typed(sandbox, &["generate", "--rekey"], &[PASSPHRASE]);
    assert_eq!(ran.status, 0, "{}", ran.shown);
}

/// A CA that is made later is encrypted at once, and nobody has to be asked for that.
#[test]
fn new_cas_are_encrypted_to_the_same_recipients() {
    let scene = Scene::new(&mesh_of_own(&[cluster("a", 1), cluster("b", 2)]));
    let sandbox = &scene.sandbox;
    let recipient = identity(sandbox, "key.txt");
    assert_eq!(unattended(sandbox, &["state", "encrypt", "--recipient", &recipient]).status, 0);
    let before = keys(sandbox);
    scene.edit(&mesh_of_own(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]));
    let words = ["generate", "--create-authorities"];
    assert_eq!(unattended(sandbox, &words).status, 3, "the other CAs have to sign as well");
    assert_eq!(keys(sandbox), before);
    let ran = unattended(sandbox, &[&words[..], &["--identity", "key.txt"]].concat());
    assert!(ran.status == 0 && ran.said("1 CA created"), "{}", ran.stderr);
    is_encrypted(sandbox);
    let after = keys(sandbox);
    assert_eq!(after.len(), 3);
    for file in after.keys() {
        let key = opened(&sandbox.path("key.txt"), &sandbox.path("state/authorities").join(file));
        assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{file}");
    }
    // To others, without a moment in clear; the old recipient opens nothing any more.
    let other = identity(sandbox, "other.txt");
    let ran = unattended(sandbox, &["state", "encrypt", "--recipient", &other]);
    assert!(ran.status == 3 && ran.said("CA keys are encrypted to others, and no identity is named"), "{}", ran.stderr);
    assert_eq!(keys(sandbox), after);
    assert_eq!(unattended(sandbox, &["state", "encrypt", "--recipient", &other, "--identity", "key.txt"]).status, 0);
    is_encrypted(sandbox);
    assert_eq!(unattended(sandbox, &["generate", "--rekey", "--identity", "key.txt"]).status, 3);
    assert_eq!(unattended(sandbox, &["generate", "--rekey", "--identity", "other.txt"]).status, 0);
    let again = keys(sandbox);
    let ran = unattended(sandbox, &["state", "encrypt"]);
    assert!(ran.status == 0 && ran.said("are encrypted already, to 1 recipient") && keys(sandbox) == again, "{}", ran.stdout);
}

/// A rotation makes a CA, and signs with it later: its key is never in clear on disk.
#[test]
fn a_ca_that_replaces_another_is_encrypted_from_the_first() {
    let scene = Scene::new(&one());
    let sandbox = &scene.sandbox;
    let recipient = identity(sandbox, "key.txt");
    assert_eq!(unattended(sandbox, &["state", "encrypt", "--recipient", &recipient]).status, 0);
    let introduce = ["certs", "rotate", "mesh.yaml", "--ca", "mesh", "--next", "--identity", "key.txt"];
    let ran = unattended(sandbox, &introduce);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    is_encrypted(sandbox);
    let keys = keys(sandbox);
    assert_eq!(keys.len(), 2, "{:?}", keys.keys());
    for file in keys.keys() {
        let key = opened(&sandbox.path("key.txt"), &sandbox.path("state/authorities").join(file));
        assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{file}");
    }
}
