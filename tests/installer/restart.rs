//! What has to be restarted, told once, and not lost.

use std::fs;

use crate::installer::mesh::{MESH, moved};
use crate::installer::node::in_each_shell;

#[test]
fn the_command_runs_if_something_must_be_restarted_and_gets_the_list() {
    in_each_shell(MESH, |node| {
        let ran = node.installed(
            "a/nodes/n1",
            &["--restart", "echo restarting $MESHBUNDLE_RESTART"],
            "changed=yes restart=agent,announce",
        );
        assert!(ran.stderr.contains("restarting agent,announce\n"), "{}", ran.stderr);
        node.change(&moved(), &[]);
        let ran = node.installed("a/nodes/n1", &["--restart=echo restarting"], "changed=yes restart=none");
        assert!(!ran.said("restarting"), "{}", ran.stderr);
    });
}

#[test]
fn a_command_that_fails_is_tried_again() {
    in_each_shell(MESH, |node| {
        let ran = node.install("a/nodes/n1", &["--restart", "exit 7"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, "changed=yes restart=agent,announce\n"), "{}", ran.stderr);
        let ran = node.installed("a/nodes/n1", &["--restart", "echo again"], "changed=yes restart=agent,announce");
        assert!(ran.stderr.contains("again\n"), "{}", ran.stderr);
        let ran = node.installed("a/nodes/n1", &["--restart", "echo again"], "changed=no restart=none");
        assert!(!ran.stderr.contains("again\n"), "{}", ran.stderr);
    });
}

#[test]
fn a_command_that_fails_after_uninstall_is_tried_again() {
    in_each_shell(MESH, |node| {
        node.install("a/nodes/n1", &[]);
        let ran = node.install("a/nodes/n1", &["--uninstall", "--restart", "exit 7"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, "changed=yes restart=agent,announce\n"), "{}", ran.stderr);
        assert!(node.tree().is_empty());
        let ran = node.installed("a/nodes/n1", &["--uninstall", "--restart", "echo again"], "changed=yes restart=agent,announce");
        assert!(ran.stderr.contains("again\n"), "{}", ran.stderr);
        node.installed("a/nodes/n1", &["--uninstall"], "changed=no restart=none");
    });
}

/// Nobody reads what it says, or the disk is full: the status is still right, and what was not told is told by the next run.
#[test]
fn a_lost_last_line_is_printed_again() {
    in_each_shell(MESH, |node| {
        let script = node.unpacked("a/nodes/n1").join("install.sh");
        let root = node.root();
        let mut command = node.command(&script, &["--root", root.to_str().expect("text")]);
        let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let status = command.stdout(full()).stderr(full()).status().expect("it runs");
        assert_eq!(status.code(), Some(2));
        node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        node.installed("a/nodes/n1", &[], "changed=no restart=none");
    });
}

#[test]
fn the_report_names_the_commands_of_the_runtime() {
    in_each_shell(MESH, |node| {
        let ran = node.install("a/nodes/n1", &[]);
        let announce =
            "systemctl enable clustermesh-announce.service && systemctl restart --no-block clustermesh-announce.service";
        let words = format!("to do: systemctl daemon-reload && systemctl restart cilium-agent.service && {announce}\n");
        assert!(ran.stderr.contains(&words), "{}", ran.stderr);
        fs::remove_file(node.at("etc/systemd/system/clustermesh-announce.service")).expect("removed");
        let ran = node.install("a/nodes/n1", &[]);
        assert!(ran.stderr.contains(&format!("to do: systemctl daemon-reload && {announce}\n")), "{}", ran.stderr);
        // What is not there any more cannot be restarted, and its link in multi-user.target.wants must not stay.
        let ran = node.install("a/nodes/n1", &["--uninstall"]);
        let words = "to do: systemctl disable --now clustermesh-announce.service; \
                     systemctl daemon-reload && systemctl restart cilium-agent.service\n";
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    });
}
