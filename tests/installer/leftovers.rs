//! What killed runs have left: keys in TMPDIR, and locks.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{chown, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::installer::mesh::{MESH, three};
use crate::installer::node::{Node, in_each_shell};
use crate::support::Ran;

/// A folder as a run makes it for an archive, with a key in it.
fn leave(folder: &Path, process: &str) {
    let left = folder.join(format!("meshbundle-install.{process}.AbCd12"));
    fs::create_dir_all(left.join("in")).expect("a folder");
    fs::write(left.join("in/b.etcd-client.key"), "a key").expect("written");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("readable").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

/// After a SIGKILL the next run from a folder, or `--uninstall`, left seven keys there.
#[test]
fn keys_that_a_killed_run_left_in_tmpdir_go_with_every_run() {
    in_each_shell(MESH, |node| {
        let tmp = node.sandbox.path("tmp");
        fs::create_dir(&tmp).expect("a folder");
        let root = node.root();
        let run = |words: &[&str]| {
            leave(&tmp, "999999999.1");
            let script = node.unpacked("a/nodes/n1").join("install.sh");
            let words = [&["--root", root.to_str().expect("text")], words].concat();
            let ran = Ran::of(node.command(&script, &words).env("TMPDIR", &tmp));
            assert_eq!(ran.status, 0, "{words:?}: {}", ran.stderr);
            assert_eq!(names(&tmp), Vec::<String>::new(), "{words:?}");
        };
        run(&["--dry-run"]);
        run(&[]);
        node.change(&three(), &[]);
        run(&[node.keep("a/nodes/n1", "new.tar.gz").to_str().expect("text")]);
        run(&["--rollback"]);
        run(&["--uninstall"]);
        run(&["--uninstall"]);
    });
}

#[test]
fn only_what_killed_runs_of_the_same_user_left_is_swept() {
    in_each_shell(MESH, |node| {
        let tmp = node.sandbox.path("tmp");
        fs::create_dir(&tmp).expect("a folder");
        let mut other = Command::new("sh").args(["-c", "read line"]).stdin(Stdio::piped()).spawn().expect("sh");
        let stat = fs::read_to_string(format!("/proc/{}/stat", other.id())).expect("a process");
        let start = stat.rsplit_once(')').expect("a name").1.split_whitespace().nth(19).expect("a start").to_owned();
        leave(&tmp, &format!("{}.{start}", other.id()));
        leave(&tmp, "999999999.2");
        chown(tmp.join("meshbundle-install.999999999.2.AbCd12"), Some(65534), None).expect("chown");
        for foreign in ["999999999", "x.1", "1.2.3", ""] {
            leave(&tmp, foreign);
        }
        fs::create_dir(node.sandbox.path("mine")).expect("a folder");
        fs::write(node.sandbox.path("mine/file"), "mine").expect("written");
        symlink(node.sandbox.path("mine"), tmp.join("meshbundle-install.999999999.3.AbCd12")).expect("a link");
        fs::write(tmp.join("meshbundle-install.999999999.4.AbCd12"), "a file").expect("written");
        let before = names(&tmp);
        leave(&tmp, "999999999.1");
        let script = node.unpacked("a/nodes/n1").join("install.sh");
        let root = node.root();
        let ran = Ran::of(node.command(&script, &["--root", root.to_str().expect("text")]).env("TMPDIR", &tmp));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert_eq!(names(&tmp), before);
        assert!(node.sandbox.path("mine/file").is_file());
        drop(other.stdin.take());
        let _ = other.wait();
    });
}

/// Two that found the same run dead removed each the other's lock, and both went on.
#[test]
fn of_many_that_take_over_a_dead_runs_lock_one_gets_it() {
    in_each_shell(MESH, |node| {
        let script = fs::read_to_string(node.unpacked("a/nodes/n1").join("install.sh")).expect("the script");
        let functions = script.trim_end().strip_suffix("main \"$@\"").expect("it ends with its call");
        let race = "root=$1 state=$1/records\ntrap at_exit EXIT\ntake_lock\necho won\nread -r line\nrelease\n";
        node.write("functions.sh", &format!("{functions}\n{race}"));
        let records = node.at("records");
        fs::create_dir(&records).expect("a folder");
        fs::set_permissions(&records, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("a mode");
        // None, one that was killed, two that were killed one after the other, nonsense, and a folder.
        for round in 0..20 {
            match round % 5 {
                0 => {}
                1 => symlink("999999999.1", records.join("lock")).expect("a link"),
                2 => {
                    symlink("999999999.1", records.join("lock")).expect("a link");
                    symlink("999999999.2", records.join("after.999999999.1")).expect("a link");
                }
                3 => symlink("/etc/passwd", records.join("lock")).expect("a link"),
                _ => fs::create_dir(records.join("lock")).expect("a folder"),
            }
            assert_eq!(winners(node), 1, "round {round}");
            assert_eq!(names(&records), Vec::<String>::new(), "round {round}");
        }
    });
}

/// How many of 24 racers got the lock. Each that has it keeps it until all are done.
fn winners(node: &Node) -> usize {
    let root = node.root();
    let racers = (0..24).map(|_| {
        let mut command = node.command(&node.at("functions.sh"), &[root.to_str().expect("text")]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a shell")
    });
    let mut racers: Vec<_> = racers.collect();
    // Open until the end: what they print last must not kill them.
    let mut outputs: Vec<_> = racers.iter_mut().map(|racer| BufReader::new(racer.stdout.take().expect("piped"))).collect();
    let first_lines = outputs.iter_mut().map(|output| {
        let mut line = String::new();
        output.read_line(&mut line).expect("readable");
        line
    });
    let won = first_lines.filter(|line| line == "won\n").count();
    for mut racer in racers {
        drop(racer.stdin.take());
        let _ = racer.wait();
    }
    won
}
