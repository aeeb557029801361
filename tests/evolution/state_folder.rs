//! The state looks after itself: whose it is, who can read it, and who is told of it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::Scene;
use crate::support::{Ran, Sandbox, tool};

fn two() -> String {
    mesh(&[cluster("a", 1), cluster("b", 2)])
}

fn git(folder: &Path, words: &[&str]) -> String {
    tool("git", "git", ["-C".as_ref(), folder.as_os_str()].into_iter().chain(words.iter().map(AsRef::as_ref)))
}

/// Its owner would not be able to read what another user writes into it. Needs the right to change owners, as root has.
#[test]
fn a_state_of_somebody_else_is_refused() {
    let scene = Scene::new(&two());
    let me = fs::metadata(scene.sandbox.path("state")).expect("a state").uid();
    let other = (me + 4711).to_string();
    let chown = |to: &str, path: &str| tool("chown", "coreutils", [to.as_ref(), scene.sandbox.path(path).as_os_str()]);
    chown(&other, "state");
    let words = [
        &format!("refusing to keep keys in `state`: it belongs to user {other}, and this runs as user {me}"),
        &format!("`sudo -u '#{other}' meshbundle generate mesh.yaml --out out`"),
    ];
    scene.refused(&["--renew"], 3, &words.map(String::as_str));
    chown(&me.to_string(), "state");
    chown(&other, "state/issued");
    scene.refused(&["--renew"], 3, &["`state/issued`: it belongs to user", &format!("`sudo chown -R {me} state`")]);
    chown(&me.to_string(), "state/issued");
    scene.generate(&[]);
}

#[test]
fn modes_of_what_is_in_a_state_are_looked_at() {
    let scene = Scene::new(&two());
    let inside: Vec<String> = scene.state().into_keys().filter(|path| path.ends_with(".key") || path.ends_with(".pem")).collect();
    assert_eq!(inside.len(), 3, "the key of a CA, and the leaves of two clusters");
    for path in inside.iter().map(String::as_str).chain(["authorities", "issued", "issued/a"]) {
        let file = scene.sandbox.path("state").join(path);
        let mode = fs::metadata(&file).expect("there").permissions().mode();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode | 0o040)).expect("opened");
        scene.refused(&[], 3, &[&format!("refusing to keep keys in `state/{path}`: others may read it"), "`chmod -R go= state`"]);
        let ran = Ran::of(Command::new("sh").args(["-c", "chmod -R go= state"]).current_dir(scene.sandbox.path("")));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        scene.generate(&[]);
    }
}

/// Commands of the samples name a state in a folder that is not there yet. Only the state itself is closed to others.
#[test]
fn folders_above_a_new_state_are_made() {
    let sandbox = Sandbox::with_mesh(&two());
    sandbox.ok(&["generate", "mesh.yaml", "--out", "out", "--state", "a/b/state", "--create-authorities"]);
    let mode = |path: &str| fs::metadata(sandbox.path(path)).expect("there").permissions().mode() & 0o777;
    assert_eq!(["a", "a/b"].map(|folder| mode(folder) & 0o022), [0, 0], "others write to it");
    assert_eq!(["a/b/state", "a/b/state/authorities", "a/b/state/issued", "a/b/state/issued/a"].map(mode), [0o700; 4]);
}

#[test]
fn a_linked_folder_in_a_state_is_refused() {
    let scene = Scene::new(&two());
    fs::create_dir(scene.sandbox.path("elsewhere")).expect("a folder");
    let ledger = scene.sandbox.path("state/ledger");
    fs::create_dir(&ledger).expect("a folder");
    fs::set_permissions(&ledger, fs::Permissions::from_mode(0o700)).expect("its mode");
    for path in ["issued/a", "issued", "authorities", "ledger"] {
        let (there, moved) = (scene.sandbox.path("state").join(path), scene.sandbox.path("elsewhere/moved"));
        fs::rename(&there, &moved).expect("moved");
        symlink(&moved, &there).expect("linked");
        scene.refused(&["--renew"], 3, &[&format!("refusing to keep keys in `state/{path}`: it is a symbolic link")]);
        fs::remove_file(&there).expect("no link");
        fs::rename(&moved, &there).expect("moved back");
    }
    scene.generate(&[]);
}

#[test]
fn a_commit_of_the_mesh_takes_no_key_along() {
    let scene = Scene::new(&two());
    let here = scene.sandbox.path("");
    git(&here, &["init", "-q"]);
    git(&here, &["add", "-A"]);
    assert_eq!(git(&here, &["diff", "--cached", "--name-only"]).trim(), "mesh.yaml");
    // One that was made by the release before gets its own, too.
    fs::remove_file(scene.sandbox.path("state/.gitignore")).expect("removed");
    scene.generate(&[]);
    git(&here, &["add", "-A"]);
    assert_eq!(git(&here, &["diff", "--cached", "--name-only"]).trim(), "mesh.yaml");
}

/// Who keeps the state in git would lose new keys if git passed over them from now on.
#[test]
fn a_state_that_git_has_is_not_hidden_from_it() {
    for top in ["", "state"] {
        let scene = Scene::new(&two());
        fs::remove_file(scene.sandbox.path("state/.gitignore")).expect("removed");
        git(&scene.sandbox.path(top), &["init", "-q"]);
        git(&scene.sandbox.path(top), &["add", "-A"]);
        scene.change(&mesh(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]), &[]);
        assert!(!scene.sandbox.path("state/.gitignore").exists());
    }
    let scene = Scene::new(&two());
    scene.sandbox.write("state/.gitignore", "");
    fs::set_permissions(scene.sandbox.path("state/.gitignore"), fs::Permissions::from_mode(0o600)).expect("closed");
    scene.generate(&[]);
    assert_eq!(scene.sandbox.read("state/.gitignore"), "");
}

#[test]
fn a_slip_in_a_selection_makes_nothing() {
    for slip in [["--node", "a/n7"], ["--node", "typo"], ["--cluster", "typo"]] {
        let sandbox = Sandbox::with_mesh(&two());
        let ran = sandbox.run(&[&["generate", "mesh.yaml", "--out", "out", "--create-authorities"], &slip[..]].concat());
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(slip[1]), "{}", ran.stderr);
        assert!(!sandbox.path("state").exists() && !sandbox.path("out").exists(), "{slip:?}");
    }
}

/// A file system without locks, for one.
#[test]
fn a_lock_that_fails_says_what_it_is() {
    let scene = Scene::new(&two());
    let command = scene.sandbox.command(&["generate", "mesh.yaml", "--out", "out"]);
    let mut traced = Command::new("strace");
    traced.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=flock", "-e", "inject=flock:error=ENOLCK"]);
    traced.arg(command.get_program()).args(command.get_args()).current_dir(scene.sandbox.path(""));
    traced.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(&mut traced);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("failed to lock `state/lock`: No locks available"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("in use"), "{}", ran.stderr);
}

/// Whoever can write into a folder of archives can put others there.
#[test]
fn no_umask_opens_the_output_folder() {
    let own = edit(&cluster("a", 1), "    members:", "    localClients: true\n    members:");
    let sandbox = Sandbox::with_mesh(&mesh(&[own, cluster("b", 2)]));
    let words = ["generate", "mesh.yaml", "--out", "deep/er/out", "--create-authorities", "--unpack"];
    let command = sandbox.command(&words);
    let mut wide = Command::new("sh");
    wide.args(["-c", "umask 000 && exec \"$0\" \"$@\""]).arg(command.get_program()).args(words);
    wide.current_dir(sandbox.path("")).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(&mut wide);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let entries: Vec<_> = walkdir::WalkDir::new(sandbox.path("deep")).into_iter().map(|entry| entry.expect("readable")).collect();
    assert!(entries.len() > 30);
    for entry in entries {
        let mode = entry.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o022, 0, "others may write {} ({mode:o})", entry.path().display());
    }
}
