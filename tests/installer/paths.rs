//! The way to records and target: nobody but root and who runs the installer may be able to lead it elsewhere.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::process::{Command, Stdio};

use crate::installer::mesh::{MESH, compose, moved};
use crate::installer::node::{Node, PEERS, found, in_each_shell};
use crate::support::{Ran, tool};

const RECORDS: &str = "var/lib/meshbundle";

fn set_mode(node: &Node, path: &str, mode: u32) {
    fs::set_permissions(node.at(path), fs::Permissions::from_mode(mode)).expect("a mode");
}

/// Does what the line of help says.
fn follow_help(ran: &Ran) {
    let help = ran.stderr.lines().find_map(|line| line.strip_prefix("help: ")).expect("a line of help");
    let command = help.split("; or ").next().expect("a command");
    assert!(Command::new("sh").args(["-c", command]).status().expect("sh").success(), "{command}");
}

#[test]
fn records_that_are_reached_by_a_link_are_refused() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        for link in ["var", RECORDS, "var/lib/meshbundle/node"] {
            fs::rename(node.at(link), node.at("elsewhere")).expect("moved");
            symlink(node.at("elsewhere"), node.at(link)).expect("a link");
            for words in [&[][..], &["--rollback"], &["--uninstall"], &["--dry-run"]] {
                node.refused("a/nodes/n1", words, &format!("{link}` is a symbolic link"));
            }
            follow_help(&node.install("a/nodes/n1", &[]));
        }
        node.installed("a/nodes/n1", &[], "changed=no restart=none");
    });
    in_each_shell(&compose(), |node| {
        fs::create_dir_all(node.at("elsewhere")).expect("a folder");
        symlink("elsewhere", node.at(".meshbundle")).expect("a link");
        node.refused("a/nodes/n1", &[], ".meshbundle` is a symbolic link");
    });
}

#[test]
fn a_path_that_others_may_write_to_is_refused() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        node.change(&moved(), &[]);
        for folder in [".", "var", RECORDS, "var/lib/meshbundle/node", PEERS] {
            let before = fs::metadata(node.at(folder)).expect("a folder").permissions().mode() & 0o7777;
            for mode in [0o777, 0o770, 0o757] {
                set_mode(node, folder, mode);
                node.refused("a/nodes/n1", &[], &format!("is writable by other users (mode {mode:o})"));
            }
            node.refused("a/nodes/n1", &["--uninstall"], "is writable by other users");
            follow_help(&node.install("a/nodes/n1", &[]));
            node.install("a/nodes/n1", &["--dry-run"]);
            set_mode(node, folder, before);
        }
        // Nobody can replace there what is root's.
        set_mode(node, "var", 0o1777);
        node.installed("a/nodes/n1", &[], "changed=yes restart=none");
    });
}

#[test]
fn a_path_that_belongs_to_another_user_is_refused() {
    in_each_shell(MESH, |node| {
        for folder in ["var/lib/meshbundle/node", PEERS] {
            fs::create_dir_all(node.at(folder)).expect("folders");
        }
        for folder in [".", "var", RECORDS, "var/lib/meshbundle/node", PEERS] {
            chown(node.at(folder), Some(65534), None).expect("chown");
            node.refused("a/nodes/n1", &[], "belongs to user 65534");
            let words = ["--dry-run", "--root"];
            let script = node.unpacked("a/nodes/n1").join("install.sh");
            let root = node.root();
            let mut by_sudo = node.command(&script, &[&words[..], &[root.to_str().expect("text")]].concat());
            // The user is who has called root.
            assert_eq!(Ran::of(by_sudo.env("SUDO_UID", "65534")).status, 0, "{folder}");
            follow_help(&node.install("a/nodes/n1", &[]));
        }
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
    });
}

/// The functions of the script, with others at their end in place of its call.
fn with_functions(node: &Node, lines: &str) -> Ran {
    let script = fs::read_to_string(node.unpacked("a/nodes/n1").join("install.sh")).expect("the script");
    let functions = script.trim_end().strip_suffix("main \"$@\"").expect("it ends with its call");
    let functions_at = node.sandbox.path("functions.sh");
    fs::write(&functions_at, format!("{functions}\n{lines}\n")).expect("written");
    Ran::of(&mut node.command(&functions_at, &[node.root().to_str().expect("text")]))
}

#[test]
fn a_clustermesh_directory_that_is_swapped_after_the_check_is_not_written_to() {
    in_each_shell(MESH, |node| {
        let lines = |swap: &str| {
            format!(
                "root=$1 around=$1 mesh_dir={PEERS} mode=install\nfind_mesh_dir\nmv \"$mesh_dir_at\" \"$1/away\"\n{swap}\nenter_mesh_dir\necho entered"
            )
        };
        fs::create_dir_all(node.at("precious")).expect("a folder");
        for swap in ["ln -s \"$1/precious\" \"$mesh_dir_at\"", "mkdir \"$mesh_dir_at\"", ":"] {
            fs::create_dir_all(node.at(PEERS)).expect("folders");
            let ran = with_functions(node, &lines(swap));
            assert!(ran.status == 2 && ran.said("was replaced during this run"), "{swap}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{swap}");
            let _ = fs::remove_file(node.at(PEERS));
            let _ = fs::remove_dir(node.at(PEERS));
            fs::remove_dir(node.at("away")).expect("removed");
        }
    });
}

#[test]
fn folders_in_made_that_are_outside_the_target_are_not_removed() {
    in_each_shell(MESH, |node| {
        let outside = node.sandbox.path("outside");
        fs::create_dir_all(outside.join("empty")).expect("folders");
        symlink(&outside, node.at("link")).expect("a link");
        let (root, outside) = (node.root(), outside.to_str().expect("text"));
        let root = root.to_str().expect("text");
        for line in [format!("{outside}/empty"), format!("{root}/link/empty"), format!("{root}/../outside/empty"), ".".to_owned()]
        {
            node.install("a/nodes/n1", &[]);
            let made = node.read("var/lib/meshbundle/node/made");
            node.write("var/lib/meshbundle/node/made", &format!("{made}{line}\n"));
            node.refused("a/nodes/n1", &["--uninstall"], "which is not in the target");
            assert!(node.sandbox.path("outside/empty").is_dir(), "{line}");
            // What is not there any more cannot be removed: the project may have moved.
            node.write("var/lib/meshbundle/node/made", &format!("{made}/no/such/folder\n"));
            node.installed("a/nodes/n1", &["--uninstall"], "changed=yes restart=agent,announce");
        }
    });
}

/// Whether a file can be replaced was tried by opening it for writing, in a folder that agents watch.
#[test]
fn a_file_that_agents_watch_is_not_opened_for_writing() {
    in_each_shell(MESH, |node| {
        fs::create_dir_all(node.at(PEERS)).expect("folders");
        // The kernel lets nobody open a program for writing while it runs.
        // Copied by another process: see `Sandbox::write_program`.
        tool("cp", "coreutils", [&found("cat", "coreutils"), &node.at(PEERS).join("b")]);
        let mut running = Command::new(node.at(PEERS).join("b")).stdin(Stdio::piped()).spawn().expect("it runs");
        let ran = node.install("a/nodes/n1", &[]);
        drop(running.stdin.take());
        let _ = running.wait();
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert_eq!(node.tree(), node.wanted("a/nodes/n1"));
    });
}

#[test]
fn a_file_that_cannot_be_replaced_is_found_before_anything_is_touched() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        node.write("etc/cilium/clustermesh.env", "changed\n");
        let before = node.inodes();
        let ran = node.mounted("mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\"", "etc");
        assert!(ran.status == 1 && ran.said("not immutable (lsattr) or on a read-only file system"), "{}", ran.stderr);
        assert_eq!(node.inodes(), before);
    });
}

#[test]
fn folders_with_the_names_of_temporary_files_block_nothing() {
    in_each_shell(MESH, |node| {
        for folder in ["etc/cilium/.meshbundle-new.clustermesh.env", "etc/cilium/.meshbundle-new.clustermesh.hosts"] {
            node.write(&format!("{folder}/theirs"), "theirs");
        }
        for folder in ["lock", "pending", "pending.new", "also", "made", "incoming", "trash", "keeping"] {
            node.write(&format!("var/lib/meshbundle/node/{folder}/x"), "x");
        }
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        let mut tree = node.tree();
        for name in ["clustermesh.env", "clustermesh.hosts"] {
            let theirs = tree.remove(&format!("etc/cilium/.meshbundle-new.{name}/theirs"));
            assert_eq!(theirs.map(|(_, text)| text).as_deref(), Some("theirs"));
        }
        assert_eq!(tree, node.wanted("a/nodes/n1"));
        node.installed("a/nodes/n1", &[], "changed=no restart=none");
        node.installed("a/nodes/n1", &["--uninstall"], "changed=yes restart=agent,announce");
        assert!(!node.at(RECORDS).exists(), "records are left");
    });
}
