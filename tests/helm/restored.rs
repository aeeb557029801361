//! A state that was restored from a backup, with a Helm cluster in the mesh.

use std::fs;

use crate::helm::scene::{Mixed, NODE_PORT, mesh};

/// The output folder has Secrets beside archives. They are no record of what was written: the cluster itself says what it has.
#[test]
fn an_output_folder_with_secrets_is_taken_in() {
    let mixed = Mixed::new(&mesh("1.20", "", NODE_PORT));
    let sandbox = &mixed.sandbox;
    sandbox.ok(&["state", "backup", "backup.tar.gz"]);
    mixed.change(&mesh("1.20", "", &NODE_PORT.replace("10.63.0.1", "10.63.0.9")));
    fs::remove_dir_all(sandbox.path("state")).expect("removed");
    sandbox.ok(&["state", "restore", "backup.tar.gz"]);
    let said = sandbox.ok(&["rollout", "record", "mesh.yaml", "out"]).stdout;
    assert!(said.contains("1 bundle taken in") && said.contains("0 refused"), "{said}");
}
