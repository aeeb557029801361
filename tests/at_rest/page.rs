//! Sections of docs/state.md, command by command: each prints what the page shows.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::at_rest::scene::{PASSPHRASE, identity, is_encrypted, ssh_key, unattended};
use crate::support::console::{commands, shows};
use crate::support::{Ran, Sandbox};

#[test]
fn the_page_runs_as_written() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/state.md")).expect("the page");
    let sections =
        page.split("\n## Encrypt the CA keys\n").nth(1).and_then(|rest| rest.split("\n## Renew ").next()).expect("sections");
    let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
    sandbox.generate(&[]);
    sandbox.write("passphrase.txt", PASSPHRASE);
    let recipient = identity(&sandbox, "key.txt");
    ssh_key(&sandbox, "alice", &["-t", "ed25519"], "");
    sandbox.write("team.txt", &format!("{recipient}\n{}", sandbox.read("alice.pub")));
    let program = Path::new(env!("CARGO_BIN_EXE_meshbundle")).parent().expect("a folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
    let blocks = sections.split("```console\n").skip(1).map(|rest| rest.split("```").next().expect("a block"));
    let mut played = 0;
    for (command, shown) in blocks.flat_map(commands) {
        let mut shell = Command::new("setsid");
        shell.args(["--wait", "sh", "-c", &command]).current_dir(sandbox.path("")).env("PATH", &path);
        let ran = Ran::of(shell.env("MESHBUNDLE_NOW", crate::support::NOW));
        assert!(
            ran.status == 0 && shows(&shown, &ran.stdout.lines().collect::<Vec<_>>()),
            "{command}\n{}{}",
            ran.stdout,
            ran.stderr
        );
        is_encrypted(&sandbox);
        played += 1;
    }
    assert!(played >= 5, "{played}");
    assert_eq!(unattended(&sandbox, &["state", "decrypt", "--identity", "alice"]).status, 0);
}
