//! What `smoke` does to a folder: its own files are brought up to date, and those of others stay.

use super::MESH;
use crate::support::Sandbox;
use crate::support::reports::judged;

#[test]
fn a_second_run_changes_nothing() {
    let sandbox = Sandbox::with_mesh(MESH);
    let first = sandbox.ok(&["smoke", "mesh.yaml", "oslo", "cairo", "--out", "kit", "--format", "json"]).json();
    judged("smoke", &first);
    assert_eq!((&first["written"], &first["unchanged"]), (&5.into(), &0.into()), "{first:#}");
    let written = sandbox.tree("kit");
    let second = sandbox.ok(&["smoke", "mesh.yaml", "oslo", "cairo", "--out", "kit", "--format", "json"]).json();
    assert_eq!((&second["written"], &second["unchanged"]), (&0.into(), &5.into()), "{second:#}");
    assert_eq!(sandbox.tree("kit"), written);
}

#[test]
fn files_of_others_are_left_alone() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.write("kit/notes.txt", "mine");
    let refused = sandbox.run(&["smoke", "mesh.yaml", "oslo", "tokyo", "--out", "kit"]);
    assert!(refused.status == 3 && refused.said("it has `notes.txt`"), "{}", refused.stderr);
    assert_eq!(sandbox.tree("kit").len(), 1);
    // In a folder that is ours already, they stay; what the kit no longer has goes.
    sandbox.ok(&["smoke", "mesh.yaml", "oslo", "tokyo", "--out", "other"]);
    sandbox.write("other/tokyo/notes.txt", "mine");
    assert!(sandbox.path("other/tokyo/containers.sh").exists());
    sandbox.write("mesh.yaml", &MESH.replacen("{ kubernetes: false }", "{ kubernetes: true }", 1));
    sandbox.ok(&["smoke", "mesh.yaml", "oslo", "tokyo", "--out", "other"]);
    assert!(!sandbox.path("other/tokyo/containers.sh").exists() && sandbox.path("other/tokyo/workloads.yaml").exists());
    assert_eq!(sandbox.read("other/tokyo/notes.txt"), "mine");
}

/// An index is a file that others may have changed: nothing outside of its folder goes.
#[test]
fn an_index_names_nothing_outside() {
    let sandbox = Sandbox::with_mesh(MESH);
    sandbox.ok(&["smoke", "mesh.yaml", "oslo", "tokyo", "--out", "kit"]);
    sandbox.write("victim", "mine");
    let index = sandbox.read("kit/kit.json").replace("\"README.md\"", "\"../victim\", \"README.md\"");
    sandbox.write("kit/kit.json", &index);
    sandbox.ok(&["smoke", "mesh.yaml", "oslo", "tokyo", "--out", "kit"]);
    assert_eq!(sandbox.read("victim"), "mine");
}

#[test]
fn what_cannot_be_asked_for_is_said() {
    let sandbox = Sandbox::with_mesh(MESH);
    let run = |words: &[&str]| sandbox.run(&[&["smoke", "mesh.yaml"], words, &["--out", "kit"]].concat());
    for (words, said) in [
        (["oslo", "nowhere"], "there is no cluster `nowhere` in the mesh"),
        (["oslo", "oslo"], "`oslo` is given twice"),
        (["tokyo", "lima"], "`tokyo` and `lima` are not linked"),
    ] {
        let ran = run(&words);
        assert!(ran.status == 2 && ran.said(said), "{words:?}: {}", ran.stderr);
    }
    let image = sandbox.run(&["smoke", "mesh.yaml", "oslo", "tokyo", "--out", "kit", "--image", "x\"\nhostNetwork: true"]);
    assert_eq!(image.status, 2, "{}", image.stdout);
    assert!(!sandbox.path("kit").exists(), "nothing is written");
    sandbox.ok(&["smoke", "mesh.yaml", "oslo", "tokyo", "--out", "kit"]);
    let other = run(&["oslo", "quito"]);
    assert!(other.status == 3 && other.said("it has the kit of `oslo` and `tokyo`"), "{}", other.stderr);
}
