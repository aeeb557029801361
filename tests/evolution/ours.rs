//! What is not ours is never touched: folders of others are refused, files of others in the output folder stay, and only what
//! the ledger or the index names is removed. sha256sum and git are the judges.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Scene, strings};
use crate::support::{Sandbox, tool};

fn own(name: &str, id: u8) -> String {
    edit(&cluster(name, id), "    members:", "    localClients: true\n    members:")
}

fn three() -> String {
    mesh(&[own("a", 1), own("b", 2), own("c", 3)])
}

fn two() -> String {
    mesh(&[own("a", 1), own("b", 2)])
}

/// `sha256sum -c` in the output folder, which demands that each line is true.
fn sums_are_right(sandbox: &Sandbox) {
    let out = sandbox.path("out");
    let words = ["-c", "cd \"$0\" && sha256sum --quiet --strict -c SHA256SUMS", out.to_str().expect("text")];
    tool("sh", "dash", words);
}

#[test]
fn a_folder_with_files_of_others_is_refused() {
    for file in ["README.md", "bundles/notes.txt", "unpacked/x/y", ".git/config", "bundles/a/operator/mine", "index.json.bak"] {
        let sandbox = Sandbox::with_mesh(&two());
        sandbox.write(&format!("shared/{file}"), "mine");
        sandbox.write("shared/.gitignore", "target/\n");
        let before = sandbox.tree("shared");
        for verb in [&["generate", "--create-authorities"][..], &["plan"]] {
            let ran = sandbox.run(&[verb, &["mesh.yaml", "--out", "shared"]].concat());
            assert_eq!(ran.status, 3, "{file}: {}", ran.stderr);
            assert!(ran.said(&format!("refusing to write to `shared`: it has `{file}`")), "{}", ran.stderr);
            assert!(ran.stderr.contains("--out DIR"), "{}", ran.stderr);
        }
        assert!(sandbox.tree("shared") == before && !sandbox.path("state").exists(), "{file}");
    }
}

/// The state is elsewhere, so that only this keeps a repository from being taken for an output folder.
#[test]
fn a_git_repository_is_no_output_folder() {
    let sandbox = Sandbox::with_mesh(&two());
    let here = sandbox.path("");
    let git =
        |words: &[&str]| tool("git", "git", ["-C".as_ref(), here.as_os_str()].into_iter().chain(words.iter().map(AsRef::as_ref)));
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    let states = tempfile::TempDir::new().expect("a folder");
    let state = states.path().join("state");
    let words = ["mesh.yaml", "--out", ".", "--state", state.to_str().expect("text"), "--create-authorities"];
    let ran = sandbox.run(&[&["generate"], &words[..]].concat());
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("refusing to write to `.`"), "{}", ran.stderr);
    assert_eq!(git(&["status", "--porcelain"]).trim(), "A  mesh.yaml", "nothing else is there, nothing is hidden");
}

#[test]
fn a_gitignore_of_others_stays() {
    let sandbox = Sandbox::with_mesh(&two());
    sandbox.write("out/.gitignore", "*\n!index.json\n");
    sandbox.generate(&[]);
    sandbox.generate(&[]);
    assert_eq!(sandbox.read("out/.gitignore"), "*\n!index.json\n");
}

/// `generate` has removed each of these once, or failed in each run because of it.
#[test]
fn files_of_others_in_the_output_folder_stay() {
    let scene = Scene::new(&three());
    scene.generate(&["--unpack"]);
    let others = [
        "README.md",
        "bundles/x/y/z.tar.gz",
        "bundles/x/operator/mine",
        "bundles/a/nodes/mine.tar.gz",
        "bundles/a/operator/mine.env",
        "bundles/a/etcd/mine.key",
        "bundles/c/etcd/mine.key",
        "bundles/c/nodes/mine.tar.gz",
        "unpacked/x/y",
        "unpacked/a/nodes/mine",
        "unpacked/a/nodes/n1/mine",
        "unpacked/c/nodes/n1/payload/mine",
        "archive/.meshbundle-old/key",
    ];
    others.iter().for_each(|path| scene.sandbox.write(&format!("out/{path}"), "mine"));
    let mine = || {
        let all = scene.sandbox.tree("out").into_iter().filter(|(_, (_, bytes))| bytes == b"mine");
        all.map(|(path, _)| path).collect::<BTreeSet<_>>()
    };
    assert_eq!(mine().len(), others.len());
    for _ in 0..2 {
        scene.generate(&[]);
        assert_eq!(mine().len(), others.len());
    }
    // Where a file of ours was, and no longer is.
    fs::remove_file(scene.sandbox.path("out/bundles/c/nodes/n2.tar.gz")).expect("removed");
    scene.sandbox.write("out/bundles/c/nodes/n2.tar.gz/mine", "mine");
    let there = mine();
    scene.edit(&two());
    let plan = scene.plan(&["--remove", "c"]);
    let listed: BTreeSet<String> = strings(&plan["removed"]).into_iter().map(str::to_owned).collect();
    let before: BTreeSet<String> = scene.out().into_keys().collect();
    scene.generate(&["--remove", "c"]);
    assert_eq!(mine(), there, "only what is ours goes");
    let after: BTreeSet<String> = scene.out().into_keys().collect();
    // What changes within a bundle that stays is listed as its change.
    let gone = before.difference(&after).filter(|path| path.contains("/c/")).cloned().collect::<BTreeSet<_>>();
    assert_eq!(gone, listed, "what goes is what the plan has listed");
    for path in ["bundles/c/nodes/n1.tar.gz", "bundles/c/etcd/root.key", "unpacked/c/nodes/n1/SHA256SUMS"] {
        assert!(listed.contains(path), "{path}: {listed:?}");
    }
    assert!(after.iter().filter(|path| path.contains("/c/")).all(|path| there.contains(path)), "{after:?}");
    sums_are_right(&scene.sandbox);
}

/// It is found before anything is issued, not in each run after that.
#[test]
fn what_is_in_the_way_of_an_archive_is_found_before_the_commit() {
    for (path, words) in [
        ("out/bundles/c/nodes/n1.tar.gz/mine", "cannot write `out/bundles/c/nodes/n1.tar.gz`: a folder is in the way"),
        ("out/bundles/c/nodes", "`out/bundles/c/nodes/n1.tar.gz`: a file is in the way where its folder must be"),
    ] {
        let scene = Scene::new(&two());
        scene.sandbox.write(path, "mine");
        scene.edit(&three());
        scene.refused(&[], 3, &[words]);
    }
}

#[test]
fn the_plan_lists_what_is_removed() {
    let scene = Scene::new(&three());
    scene.edit(&two());
    let ran = scene.sandbox.ok(&["plan", "mesh.yaml", "--out", "out", "--remove", "c"]);
    assert!(ran.stdout.contains("removed from the output folder\n  - bundles/c/etcd/etcd-auth.sh\n"), "{}", ran.stdout);
    assert!(!scene.plan(&["--remove", "c"])["removed"].as_array().expect("a list").is_empty());
}

/// The credentials of a cluster that has its own clients no longer: their keys go.
#[test]
fn obsolete_loose_files_are_removed() {
    let scene = Scene::new(&two());
    // The index as the release before has written it: it names no loose files.
    let mut index = scene.index();
    index.as_object_mut().expect("an index").remove("files").expect("loose files");
    scene.sandbox.write("out/index.json", &serde_json::to_string(&index).expect("JSON"));
    let keys = ["out/bundles/a/etcd/root.key", "out/bundles/a/operator/etcd-client.key"];
    keys.iter().for_each(|key| assert!(scene.sandbox.path(key).exists(), "{key}"));
    scene.edit(&mesh(&[cluster("a", 1), own("b", 2)]));
    scene.generate(&["--remove", "a:localClients"]);
    keys.iter().for_each(|key| assert!(!scene.sandbox.path(key).exists(), "{key}"));
    assert!(scene.sandbox.path("out/bundles/a/operator/operator.env").exists());
    sums_are_right(&scene.sandbox);
}

#[test]
fn loose_files_are_in_the_sums_and_the_index() {
    let scene = Scene::new(&two());
    let loose: BTreeSet<String> =
        scene.sandbox.tree("out/bundles").into_keys().filter(|path| !path.ends_with(".tar.gz")).collect();
    let named: BTreeSet<String> = scene.index()["files"].as_object().expect("files").keys().cloned().collect();
    assert_eq!(named, loose);
    assert!(loose.contains("a/etcd/root.key") && loose.contains("b/operator/etcd.config"));
    let sums = scene.sandbox.read("out/SHA256SUMS");
    assert!(loose.iter().all(|path| sums.contains(&format!("  bundles/{path}\n"))), "{sums}");
    sums_are_right(&scene.sandbox);
    // A run that writes less says of the rest what is there.
    scene.edit(&edit(&two(), "  version: \"1.18\"\n", "  version: \"1.18\"\n  policyDefaultLocalCluster: true\n"));
    scene.generate(&["--node", "a/n1"]);
    sums_are_right(&scene.sandbox);
}

#[test]
fn modes_of_loose_files_are_healed() {
    let scene = Scene::new(&two());
    let before = scene.out();
    for (path, mode) in [("a/etcd/root.key", 0o644), ("a/etcd/etcd-auth.sh", 0o600), ("b/operator/etcd-client.key", 0o666)] {
        let path = scene.sandbox.path(format!("out/bundles/{path}"));
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    }
    scene.generate(&[]);
    assert!(scene.out() == before);
}
