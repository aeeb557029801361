//! What it refuses before it touches anything.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::installer::mesh::{MESH, compose, moved, three};
use crate::installer::node::{Node, in_each_shell};

#[test]
fn another_nodes_bundle_is_refused() {
    in_each_shell(MESH, |node| {
        node.refused("a/nodes/n2", &[], "this is the bundle of `two.example.net`, and this machine is `n1`");
        for name in ["n2", "n2.example.net", "two", "two.example.net", "two.example.com"] {
            let other = node.named(name);
            match name {
                "two.example.com" => other.refused("a/nodes/n2", &[], "this machine is `two.example.com`"),
                _ => drop(other.installed("a/nodes/n2", &[], "changed=yes restart=agent,announce")),
            }
        }
        node.installed("a/nodes/n2", &["--any-host"], "changed=yes restart=agent,announce");
        node.refused("a/nodes/n1", &[], "the bundle of `n2` is installed here, and this one is of `n1`");
    });
}

#[test]
fn a_wrong_checksum_a_missing_and_a_stray_file_are_refused() {
    type Damage = fn(&Path);
    let damage: [(&str, Damage, &str); 7] = [
        (
            "changed",
            |top| fs::write(top.join("payload/var/lib/clustermesh/b"), "endpoints: []").expect("written"),
            "do not match SHA256SUMS",
        ),
        ("missing", |top| fs::remove_file(top.join("options/agent.args")).expect("removed"), "do not match SHA256SUMS"),
        ("stray", |top| fs::write(top.join("payload/etc/stray"), "").expect("written"), "`payload/etc/stray` is not listed"),
        ("hidden", |top| fs::write(top.join("payload/var/lib/clustermesh/.b"), "").expect("written"), "is not listed"),
        ("link", |top| symlink("/etc/passwd", top.join("payload/etc/x")).expect("a link"), "is neither a file nor a folder"),
        (
            "no sum",
            |top| {
                let sums = fs::read_to_string(top.join("SHA256SUMS")).expect("sums");
                let damaged =
                    sums.lines().map(|line| if line.ends_with("mesh/b") { "zz  payload/var/lib/clustermesh/b" } else { line });
                fs::write(top.join("SHA256SUMS"), damaged.collect::<Vec<_>>().join("\n") + "\n").expect("written");
                fs::write(top.join("payload/var/lib/clustermesh/b"), "corrupt").expect("written");
            },
            "is damaged",
        ),
        ("no sums", |top| fs::remove_file(top.join("SHA256SUMS")).expect("removed"), "is not a bundle"),
    ];
    in_each_shell(MESH, |node| {
        for (what, damage, words) in damage {
            let top = node.unpacked("a/nodes/n1");
            damage(&top);
            let root = node.root();
            let words_of = ["--root", root.to_str().expect("text")];
            let ran = crate::support::Ran::of(&mut node.command(&top.join("install.sh"), &words_of));
            assert!(ran.status == 1 && ran.said(words), "{what}: {} {}", ran.status, ran.stderr);
            assert!(node.tree().is_empty(), "{what}");
        }
    });
}

#[test]
fn an_older_generation_is_refused() {
    in_each_shell(MESH, |node| {
        let old = node.keep("a/nodes/n1", "old.tar.gz");
        let old = old.to_str().expect("text");
        node.change(&three(), &[]);
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        node.refused("a/nodes/n1", &[old], "generation 2 is installed, and this is generation 1");
        node.installed("a/nodes/n1", &["--rollback", old], "changed=yes restart=none");
        assert!(!node.at("var/lib/clustermesh/c").exists());
    });
}

/// Two states that have nothing to do with each other.
#[test]
fn another_bundle_of_the_same_generation_is_refused() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        for folder in ["out", "state"] {
            fs::remove_dir_all(node.sandbox.path(folder)).expect("removed");
        }
        node.sandbox.generate(&[]);
        node.refused("a/nodes/n1", &[], "another bundle of generation 1 is installed");
        for folder in ["out", "state"] {
            fs::remove_dir_all(node.sandbox.path(folder)).expect("removed");
        }
        node.change(&MESH.replace("mesh: m\n", "mesh: other\n"), &[]);
        node.refused("a/nodes/n1", &[], "a bundle of the mesh `m` is installed here, and this one is of `other`");
    });
}

#[test]
fn unusable_targets_are_refused() {
    in_each_shell(MESH, |node| {
        let file = node.sandbox.path("file");
        fs::write(&file, "").expect("written");
        node.refused("a/nodes/n1", &["--root", file.to_str().expect("text")], "is not a folder");
        node.write("etc/cilium", "a file where a folder belongs");
        node.refused("a/nodes/n1", &[], "etc/cilium` is not a folder");
        fs::remove_file(node.at("etc/cilium")).expect("removed");
        fs::create_dir_all(node.at("var/lib/clustermesh/b")).expect("a folder");
        node.refused("a/nodes/n1", &[], "var/lib/clustermesh/b` is a folder");
        fs::remove_dir_all(node.at("var/lib/clustermesh")).expect("removed");
        fs::create_dir_all(node.sandbox.path("elsewhere")).expect("a folder");
        symlink(node.sandbox.path("elsewhere"), node.at("var/lib/clustermesh")).expect("a link");
        node.refused("a/nodes/n1", &[], "outside the target");
    });
}

#[test]
fn a_read_only_target_is_refused() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        node.change(&moved(), &[]);
        let before = node.tree();
        // One file, and everything, on a file system that is read-only.
        for (target, words) in [("var/lib/clustermesh/b", "is a mount point"), (".", "cannot be created")] {
            let ran = node.mounted("mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\"", target);
            assert!(ran.status == 1 && ran.said(words) && ran.said("help: "), "{target}: {} {}", ran.status, ran.stderr);
            assert_eq!(node.tree(), before, "{target}");
        }
        node.installed("a/nodes/n1", &[], "changed=yes restart=none");
    });
}

#[test]
fn wrong_usage_is_reported() {
    let usage = |node: &Node, words: &[&str], said: &str| {
        let script = node.unpacked("a/nodes/n1").join("install.sh");
        let ran = crate::support::Ran::of(&mut node.command(&script, words));
        assert!(
            (ran.status, ran.stdout.as_str()) == (2, "changed=no restart=none\n") && ran.said(said),
            "{words:?}: {} {}",
            ran.status,
            ran.stderr
        );
    };
    in_each_shell(&compose(), |node| {
        usage(node, &["--rot", "x"], "unknown option `--rot`");
        usage(node, &["--root"], "`--root` needs a value");
        usage(node, &["--rollback", "--uninstall"], "exclude each other");
        usage(node, &["--uninstall", "x.tar.gz"], "takes no archive");
        usage(node, &["x.tar.gz"], "there is no archive `x.tar.gz`");
        usage(node, &[], "a compose project needs --root DIR");
        let script = node.unpacked("a/nodes/n1").join("install.sh");
        let ran = crate::support::Ran::of(&mut node.command(&script, &["--help"]));
        assert!(ran.status == 0 && ran.stdout.contains("--change-identity"), "{}", ran.stderr);
    });
}

#[test]
fn a_second_run_is_refused_and_the_lock_of_a_dead_run_is_taken() {
    in_each_shell(&three(), |node| {
        node.install("a/nodes/n1", &[]);
        let lock = |holder: &str| {
            let _ = fs::remove_file(node.at("var/lib/meshbundle/node/lock"));
            symlink(holder, node.at("var/lib/meshbundle/node/lock")).expect("a link");
        };
        // Of no process at all, of one that has come to the number since, and of one that is at work.
        for holder in ["", "999999999.1", "1.1", "nonsense"] {
            lock(if holder.is_empty() { "." } else { holder });
            assert_eq!(node.install("a/nodes/n1", &[]).status, 0, "{holder}");
        }
        let mut other =
            std::process::Command::new("sh").args(["-c", "read line"]).stdin(std::process::Stdio::piped()).spawn().expect("sh");
        let stat = fs::read_to_string(format!("/proc/{}/stat", other.id())).expect("a process");
        let start = stat.rsplit_once(')').expect("a name").1.split_whitespace().nth(19).expect("a start").to_owned();
        lock(&format!("{}.{start}", other.id()));
        let ran = node.install("a/nodes/n1", &[]);
        assert!(ran.status == 2 && ran.said("another run is active"), "{}", ran.stderr);
        drop(other.stdin.take());
        let _ = other.wait();
        node.installed("a/nodes/n1", &[], "changed=no restart=none");
    });
}
