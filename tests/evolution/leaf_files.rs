//! The leaves of a cluster are in one file: when it is written anew, what goes with the old one, what a damaged part of it means, and how
//! states that have a file for each leaf come to it. `openssl` reads the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::evolution::mesh::{cluster, edit, mesh, mesh_of_own};
use crate::evolution::scene::Scene;
use crate::support::leaves::{edit_leaf, give_each_leaf_a_file, serials, stored_leaf, stored_leaves};
use crate::support::{Sandbox, tool};

const DUE: &str = "2027-08-23T12:00:00Z";

fn three() -> String {
    mesh_of_own(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)])
}

/// The file of each cluster's leaves.
fn files(sandbox: &Sandbox) -> BTreeMap<String, PathBuf> {
    let state = sandbox.path("state");
    let leaves = serials(&state).into_values().map(|serial| stored_leaf(&state, &serial));
    let cluster = |file: &Path| file.parent().and_then(Path::file_name).expect("a folder").to_str().expect("text").to_owned();
    leaves.map(|leaf| (cluster(&leaf.file), leaf.file)).collect()
}

/// The text of every leaf of the inventory, by what it is for.
fn texts(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let state = sandbox.path("state");
    serials(&state).into_iter().map(|(name, serial)| (name, stored_leaf(&state, &serial).text)).collect()
}

/// Every file below `issued` is one that the inventory names, and every leaf in it too.
fn has_nothing_else(sandbox: &Sandbox) {
    let state = sandbox.path("state");
    let there: BTreeSet<PathBuf> = sandbox.tree("state/issued").into_keys().map(|path| state.join("issued").join(path)).collect();
    assert_eq!(there, files(sandbox).into_values().collect());
    let stored: Vec<String> = stored_leaves(&state).into_iter().map(|leaf| leaf.serial).collect();
    assert_eq!(stored.len(), serials(&state).len());
}

#[test]
fn a_cluster_gets_another_file_when_a_leaf_of_it_changes() {
    let scene = Scene::new(&three());
    let (before, first) = (files(&scene.sandbox), texts(&scene.sandbox));
    has_nothing_else(&scene.sandbox);
    scene.generate(&["--rekey", "--only", "b/member/etcd1"]);
    let (after, second) = (files(&scene.sandbox), texts(&scene.sandbox));
    assert_eq!((&after["a"], &after["c"]), (&before["a"], &before["c"]));
    assert_ne!(after["b"], before["b"]);
    assert!(!before["b"].exists(), "the old key leaves the disk with its file");
    let changed: Vec<&String> = first.iter().filter(|(name, text)| second[*name] != **text).map(|(name, _)| name).collect();
    assert_eq!(changed, ["server/b/etcd1"], "the others are copied as they are");
    has_nothing_else(&scene.sandbox);
}

/// Nothing is issued, and yet a key has to go.
#[test]
fn a_leaf_that_is_no_longer_needed_leaves_the_disk() {
    let scene = Scene::new(&three());
    let before = files(&scene.sandbox);
    let gone = stored_leaf(&scene.sandbox.path("state"), &scene.serials()["client/a/c/remote-a"]).text;
    let ran = scene.change(&mesh_of_own(&[cluster("a", 1), cluster("b", 2)]), &["--remove", "c"]);
    assert!(ran.stdout.contains("0 certificates issued"), "{}", ran.stdout);
    let after = files(&scene.sandbox);
    assert!(after.keys().eq(["a", "b"]) && before["a"] != after["a"] && before["b"] != after["b"], "{after:?}");
    let key = gone.split_once("-----BEGIN PRIVATE KEY-----\n").expect("a key").1.lines().next().expect("a line").to_owned();
    assert!(scene.state().values().all(|(_, bytes)| !String::from_utf8_lossy(bytes).contains(&key)));
    has_nothing_else(&scene.sandbox);
}

#[test]
fn openssl_reads_the_file_of_a_cluster() {
    let scene = Scene::new(&three());
    for (cluster, file) in files(&scene.sandbox) {
        let path = file.to_str().expect("text");
        let leaves = serials(&scene.sandbox.path("state"));
        let of = |name: &&String| name.split('/').nth(1) == Some(&cluster);
        let wanted: BTreeSet<String> =
            leaves.keys().filter(of).map(|name| format!("serial={}", leaves[name].to_uppercase())).collect();
        let printed = tool("openssl", "openssl", ["storeutl", path]);
        assert_eq!(printed.matches("-----BEGIN CERTIFICATE-----").count(), wanted.len(), "{printed}");
        let serial = |block: &str| {
            scene.sandbox.write("one.crt", block);
            let one = scene.sandbox.path("one.crt");
            let one = one.to_str().expect("text");
            tool("openssl", "openssl", ["x509", "-noout", "-serial", "-in", one]).trim().to_owned()
        };
        let blocks =
            printed.split_inclusive("-----END CERTIFICATE-----\n").filter(|block| block.contains("-----BEGIN CERTIFICATE"));
        assert_eq!(blocks.map(serial).collect::<BTreeSet<_>>(), wanted);
        assert_eq!(printed.matches("-----BEGIN PRIVATE KEY-----").count(), wanted.len());
        let first = tool("openssl", "openssl", ["x509", "-noout", "-serial", "-in", path]);
        assert!(wanted.contains(first.trim()), "{first}");
    }
}

/// The others go on, before and after their file is written anew.
#[test]
fn a_damaged_leaf_harms_no_other_of_its_file() {
    let harm: [fn(&str) -> String; 3] = [
        |text| text.replacen("-----END PRIVATE KEY-----\n", "", 1),
        |text| text[..text.find("-----END CERT").expect("an end")].to_owned() + "\n",
        |_| String::new(),
    ];
    for harm in harm {
        let scene = Scene::new(&three());
        let (state, serials, before) = (scene.sandbox.path("state"), scene.serials(), texts(&scene.sandbox));
        edit_leaf(&state, &serials["client/a/b/remote-a"], harm);
        let harmed = stored_leaves(&state).len();
        // It replaces the server's, and copies the damaged one without a look.
        scene.generate(&["--rekey", "--only", "a/member/etcd1"]);
        assert_ne!(scene.serials()["server/a/etcd1"], serials["server/a/etcd1"]);
        assert_eq!(stored_leaf(&state, &serials["client/a/c/remote-a"]).text, before["client/a/c/remote-a"]);
        assert_eq!(stored_leaves(&state).len(), harmed);
        // Each node of `a` has it.
        fs::remove_dir_all(scene.sandbox.path("out/bundles/a/nodes")).expect("removed");
        scene.refused(&[], 1, &["CM0610", "a certificate that cannot be used: client/a/b/remote-a: `state/issued/a/"]);
        scene.generate(&["--renew"]);
        assert_eq!(stored_leaf(&state, &serials["client/a/c/remote-a"]).text, before["client/a/c/remote-a"]);
        has_nothing_else(&scene.sandbox);
        assert_eq!(scene.plan(&[])["pending"], false);
    }
}

#[test]
fn a_byte_that_is_no_text_harms_one_leaf() {
    let scene = Scene::new(&three());
    let leaf = stored_leaf(&scene.sandbox.path("state"), &scene.serials()["client/a/b/remote-a"]);
    let mut bytes = fs::read(&leaf.file).expect("a file");
    let at = bytes.windows(leaf.serial.len()).position(|part| part == leaf.serial.as_bytes()).expect("its serial number");
    bytes[at + 200] = 0xff;
    fs::write(&leaf.file, bytes).expect("written");
    scene.generate(&["--rekey", "--only", "a/member/etcd1"]);
    fs::remove_dir_all(scene.sandbox.path("out/bundles/a/nodes")).expect("removed");
    let words = ["CM0610", "a certificate that cannot be used: client/a/b/remote-a: `state/issued/a/", "it is not valid UTF-8"];
    scene.refused(&[], 1, &words);
}

/// Every run notices it, also one that needs none of its leaves. Those of other clusters stay as they are.
#[test]
fn a_missing_file_is_noticed_and_loses_its_cluster_alone() {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    let (before, texts_before) = (files(&scene.sandbox), texts(&scene.sandbox));
    fs::remove_file(&before["a"]).expect("removed");
    let words = ["CM0610", "2 certificates that cannot be used: server/a/etcd1: `", "client/a/mesh/remote-a: `", "is missing"];
    scene.refused(&[], 1, &words);
    scene.plan_refused(&[], &words);
    let ran = scene.generate(&["--renew"]);
    assert!(ran.stdout.contains("2 certificates issued"), "{}", ran.stdout);
    let (after, texts_after) = (files(&scene.sandbox), texts(&scene.sandbox));
    assert!(before["a"] != after["a"] && before["b"] == after["b"]);
    for name in ["server/b/etcd1", "client/b/mesh/remote-b"] {
        assert_eq!(texts_before[name], texts_after[name]);
    }
}

/// A state that earlier releases wrote is used as it is, and the first run gives each cluster its file, with the same leaves.
fn moves(scene: &mut Scene, generate: &[&str], renewal: &str) {
    let state = scene.sandbox.path("state");
    let (out, texts_before, serials_before) = (scene.out(), texts(&scene.sandbox), scene.serials());
    give_each_leaf_a_file(&state);
    assert_eq!(files_in(&state), serials_before.len(), "a file for each leaf");
    assert_eq!(texts(&scene.sandbox), texts_before);
    let plan = scene.sandbox.ok(&[&["plan", "--exit-code"], &generate[1..]].concat());
    assert_eq!(plan.status, 0, "it is as good as any other: {}", plan.stdout);
    assert_eq!(files_in(&state), serials_before.len(), "`plan` writes nothing");
    scene.sandbox.ok(generate);
    assert!(scene.out() == out, "no bundle changes");
    assert_eq!((scene.serials(), texts(&scene.sandbox)), (serials_before.clone(), texts_before.clone()));
    assert_eq!(scene.inventory()["format"], 5);
    has_nothing_else(&scene.sandbox);
    let moved = scene.state();
    scene.sandbox.ok(generate);
    assert!(scene.state() == moved, "once is enough");

    // The same from the old layout at once, in a run that issues and has to read keys there.
    give_each_leaf_a_file(&state);
    scene.sandbox.at(renewal);
    scene.sandbox.ok(&[generate, &["--renew"]].concat());
    let now = scene.serials();
    assert!(serials_before.iter().all(|(name, serial)| now[name] != *serial), "every certificate is new");
    let key = |text: &str| text[text.find("-----BEGIN PRIVATE KEY").expect("a key")..].to_owned();
    let texts_after = texts(&scene.sandbox);
    assert!(texts_before.iter().all(|(name, text)| key(text) == key(&texts_after[name])), "and every key goes on");
    has_nothing_else(&scene.sandbox);
}

fn files_in(state: &Path) -> usize {
    walkdir::WalkDir::new(state.join("issued"))
        .into_iter()
        .filter(|entry| entry.as_ref().expect("readable").path().is_file())
        .count()
}

const GENERATE: [&str; 4] = ["generate", "mesh.yaml", "--out", "out"];

#[test]
fn an_earlier_state_of_cas_made_here_moves() {
    moves(&mut Scene::new(&three()), &GENERATE, DUE);
    let own = |name: &str, id| edit(&cluster(name, id), "    members:", "    localClients: true\n    members:");
    moves(&mut Scene::new(&mesh(&[own("a", 1), own("b", 2)])), &GENERATE, DUE);
}

/// CAs of others, a leaf with its intermediate, leaves of one node each, and keys in the forms of others.
#[test]
fn an_earlier_state_of_provided_cas_moves() {
    let mut sandbox = Sandbox::with_sample("brownfield.yaml");
    sandbox.find_files_of("brownfield");
    // What others made is as old as this test.
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).expect("a second");
    let at = |time: OffsetDateTime| time.format(&Rfc3339).expect("RFC 3339");
    sandbox.at(&at(now));
    sandbox.ok(&GENERATE);
    let mut scene = Scene { sandbox };
    moves(&mut scene, &GENERATE, &at(now + time::Duration::days(300)));
}

#[test]
fn an_earlier_state_of_a_large_mesh_moves() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/large.sh");
    let text = Command::new(script).args(["24", "1"]).output().expect("the script runs").stdout;
    let mut scene = Scene::new(std::str::from_utf8(&text).expect("text"));
    assert_eq!(scene.serials().len(), 24 * (23 + 3), "of each cluster: those of its agents, its server's, two for its own etcd");
    moves(&mut scene, &GENERATE, DUE);
}

/// What is damaged there stays so: the run that uses it reports it, and not the one that moves it. The next leaf is not cut with it.
#[test]
fn a_damaged_leaf_of_an_earlier_state_is_moved_as_it_is() {
    let scene = Scene::new(&three());
    let state = scene.sandbox.path("state");
    let (before, serials) = (texts(&scene.sandbox), scene.serials());
    give_each_leaf_a_file(&state);
    let file = state.join(format!("issued/a/{}.pem", serials["client/a/b/remote-a"]));
    let text = fs::read_to_string(&file).expect("a leaf");
    let cut = &text[..text.len() - 40];
    fs::write(&file, cut).expect("cut");
    scene.generate(&[]);
    let after = texts(&scene.sandbox);
    assert_eq!(after["client/a/b/remote-a"], format!("{cut}\n"));
    assert!(before.iter().all(|(name, text)| name == "client/a/b/remote-a" || after[name] == *text), "the others are whole");
    has_nothing_else(&scene.sandbox);
    fs::remove_dir_all(scene.sandbox.path("out/bundles/a/nodes")).expect("removed");
    scene.refused(&[], 1, &["CM0610", "a certificate that cannot be used: client/a/b/remote-a: `state/issued/a/"]);
    scene.generate(&["--renew"]);
    has_nothing_else(&scene.sandbox);
}

/// To go on without it would be to lose it.
#[test]
fn a_file_of_an_earlier_state_that_cannot_be_read_is_not_left_behind() {
    let scene = Scene::new(&three());
    let state = scene.sandbox.path("state");
    let serials = scene.serials();
    give_each_leaf_a_file(&state);
    let file = format!("issued/a/{}.pem", serials["client/a/b/remote-a"]);
    let text = fs::read(state.join(&file)).expect("a leaf");
    fs::remove_file(state.join(&file)).expect("removed");
    fs::DirBuilder::new().mode(0o700).create(state.join(&file)).expect("a folder in its place");
    let ran = scene.sandbox.run(&GENERATE);
    assert_eq!(ran.status, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(&format!("failed to read `state/{file}`: it is a directory")), "{}", ran.stderr);
    assert_eq!(scene.inventory()["format"], 4, "nothing counts that was written");
    fs::remove_dir(state.join(&file)).expect("removed");
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(state.join(&file)).expect("a file");
    fs::write(state.join(&file), text).expect("restored");
    scene.generate(&[]);
    assert_eq!(scene.serials(), serials);
    has_nothing_else(&scene.sandbox);
}

#[test]
fn a_missing_file_of_an_earlier_state_is_noticed() {
    let scene = Scene::new(&mesh(&[cluster("a", 1), cluster("b", 2)]));
    let (state, serials) = (scene.sandbox.path("state"), scene.serials());
    give_each_leaf_a_file(&state);
    let name = &serials["client/b/mesh/remote-b"];
    fs::remove_file(state.join(format!("issued/b/{name}.pem"))).expect("removed");
    let missing = format!("client/b/mesh/remote-b: `state/issued/b/{name}.pem` is missing");
    scene.refused(&[], 1, &["CM0610", "a certificate that cannot be used", &missing]);
    let ran = scene.generate(&["--renew"]);
    assert!(ran.stdout.contains("1 certificate issued"), "{}", ran.stdout);
    has_nothing_else(&scene.sandbox);
}
