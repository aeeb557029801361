//! The same mesh and state give the same bytes: in a second run, elsewhere, in any order. What comes out is judged by GNU tar,
//! gzip, busybox and sha256sum, and searched for keys where none may be.

mod archives;
mod elsewhere;
mod second_run;
mod secrets;

use std::path::Path;
use std::process::Command;

use crate::support::Sandbox;

/// Samples that need nothing but themselves.
const SAMPLES: [&str; 3] = ["guide-two-clusters.yaml", "own-authorities.yaml", "loopback.yaml"];

/// A sandbox in which a sample was generated.
fn generated(sample: &str, more: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with_sample(sample);
    sandbox.generate(more);
    sandbox
}

/// `command` in a shell with another umask.
fn with_umask(umask: &str, command: &Command, folder: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("umask {umask}; exec \"$@\"")).arg("sh").arg(command.get_program()).args(command.get_args());
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(folder);
    shell
}

/// Archives below `out/bundles`, without their ending.
fn bundles(sandbox: &Sandbox) -> Vec<String> {
    let tree = sandbox.tree("out/bundles");
    let bundles: Vec<_> = tree.keys().filter_map(|path| path.strip_suffix(".tar.gz")).map(str::to_owned).collect();
    assert!(!bundles.is_empty());
    bundles
}
