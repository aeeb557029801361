//! `init`: a mesh to start from.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::Sandbox;
use crate::support::schema::{agree, schema_judge};

#[test]
fn what_it_writes_is_valid_and_clean() {
    let sandbox = Sandbox::new();
    let ran = sandbox.ok(&["init", "meshes/prod"]);
    assert!(ran.stdout.starts_with("wrote meshes/prod/mesh.yaml\n") && ran.stderr.is_empty(), "{}{}", ran.stdout, ran.stderr);
    let path = sandbox.path("meshes/prod/mesh.yaml");
    assert!(agree(&schema_judge(), &fs::read_to_string(&path).expect("written")));
    let report = sandbox.ok(&["lint", "meshes/prod/mesh.yaml", "--deny-warnings"]);
    assert_eq!(report.stdout, "meshes/prod/mesh.yaml: no findings\n");
    let mode = fs::metadata(&path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode & 0o111, 0, "{mode:o}");
    sandbox.ok(&["plan", "meshes/prod/mesh.yaml", "--out", "out"]);
}

#[test]
fn it_writes_here_if_nothing_is_said() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["init"]);
    assert!(sandbox.path("mesh.yaml").is_file());
}

#[test]
fn it_refuses_to_overwrite() {
    let sandbox = Sandbox::with_mesh("mine\n");
    let ran = sandbox.run(&["init"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("`./mesh.yaml` is there already"), "{}", ran.stderr);
    assert_eq!(sandbox.read("mesh.yaml"), "mine\n");
    assert_eq!(sandbox.tree(".").len(), 1, "nothing else was left behind");
}

#[test]
fn it_writes_through_no_link() {
    let sandbox = Sandbox::new();
    symlink(sandbox.path("elsewhere"), sandbox.path("mesh.yaml")).expect("a dangling link");
    assert_eq!(sandbox.run(&["init"]).status, 3);
    assert!(!sandbox.path("elsewhere").exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "x");
    let ran = sandbox.run(&["init", "file/below"]);
    assert_eq!(ran.status, 3);
    assert!(ran.stderr.contains("file/below"), "{}", ran.stderr);
}
