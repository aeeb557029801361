//! A state that was restored from an old backup: what runs after the backup have written is taken in, nothing is issued before it is known
//! what is installed, and no installer mistakes one branch for the other.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use flate2::write::GzEncoder;
use serde_json::Value;

use crate::at_rest::scene::{identity, is_encrypted, unattended};
use crate::evolution::scene::{Scene, strings};
use crate::installer::mesh::{MESH, moved, three};
use crate::installer::node::{Node, in_each_shell};
use crate::support::receipts::{manifest_of_users, receipt_line, unit};
use crate::support::reports::judged;
use crate::support::{Sandbox, tool};

pub(super) const BACKUP: &str = "backup.tar.gz";

/// The state is the one of the backup again.
pub(super) fn restore(sandbox: &Sandbox) {
    fs::remove_dir_all(sandbox.path("state")).expect("removed");
    sandbox.ok(&["state", "restore", BACKUP]);
}

/// Receipts of all that is in `out`, and of the users of both etcds.
pub(super) fn receipts(scene: &Scene, counter: u64) -> String {
    let archives = scene.archives().into_keys();
    let archives = archives.map(|path| receipt_line(&scene.bundle(&path).manifest(), &unit(&path), counter, &[]));
    let users = ["a", "b"]
        .map(|cluster| receipt_line(&manifest_of_users(&scene.sandbox, cluster), &format!("{cluster}/users"), counter, &[]));
    archives.chain(users).collect::<Vec<_>>().join("\n")
}

fn record(scene: &Scene, text: &str) -> Value {
    scene.sandbox.write("receipts.txt", text);
    let report = scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt", "--format", "json"]).json();
    judged("record", &report);
    report
}

fn kept(scene: &Scene) -> Vec<String> {
    let status = scene.sandbox.ok(&["rollout", "status", "--format", "json"]).json();
    judged("status", &status);
    let kept = status["kept"].as_array().expect("kept").iter();
    kept.map(|one| format!("{} of {} for {}", one["name"], one["cluster"], one["by"]).replace('"', "")).collect()
}

#[test]
fn a_restored_state_goes_on_as_if_nothing_had_happened() {
    let scene = Scene::new(MESH);
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    assert_eq!(scene.sandbox.path(BACKUP).metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    let before = scene.out();
    restore(&scene.sandbox);
    assert_eq!(scene.sandbox.path("state").metadata().expect("a folder").permissions().mode() & 0o777, 0o700);
    record(&scene, &receipts(&scene, 10));
    let ran = scene.generate(&[]);
    assert!(ran.said("0 certificates issued"), "{}", ran.stdout);
    let mut after = scene.out();
    assert_ne!(after.remove("index.json"), before.get("index.json").cloned(), "it has the branch");
    for (path, content) in after.iter().filter(|(path, _)| *path != "SHA256SUMS") {
        assert!(before.get(path) == Some(content), "{path}");
    }
    // The branch is that of what is written from now on.
    scene.change(&moved(), &[]);
    let [inventory, manifest] = [scene.inventory(), scene.bundle("a/nodes/n1").manifest()];
    assert!(manifest["branch"].is_u64() && manifest["branch"] == inventory["branch"]["began"], "{manifest}");
}

#[test]
fn two_backups_of_a_state_have_the_same_bytes_and_replace_nothing() {
    let scene = Scene::new(MESH);
    for name in [BACKUP, "again.tar.gz"] {
        scene.sandbox.ok(&["state", "backup", name]);
    }
    let bytes = |name: &str| fs::read(scene.sandbox.path(name)).expect("readable");
    assert_eq!(bytes(BACKUP), bytes("again.tar.gz"));
    let ran = scene.sandbox.run(&["state", "backup", BACKUP]);
    assert!(ran.status == 3 && ran.said(BACKUP) && ran.said("a backup replaces no file: name another one"), "{}", ran.stderr);
    let ran = scene.sandbox.run(&["state", "backup", "state/inside"]);
    assert!(ran.status == 3 && ran.said("it is inside the state"), "{}", ran.stderr);
    let ran = scene.sandbox.run(&["state", "restore", BACKUP]);
    assert!(ran.status == 3 && ran.said("there is a state"), "{}", ran.stderr);
}

/// Nothing issues until every unit has a receipt or is excepted.
#[test]
fn nothing_is_issued_before_it_is_known_what_is_installed() {
    let scene = Scene::new(MESH);
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    // Receipts of before the backup was restored say nothing of now.
    record(&scene, &receipts(&scene, 10));
    restore(&scene.sandbox);
    let names = ["a/users", "a/member/etcd-a", "a/node/n1", "a/node/n2", "b/users", "and 2 more"];
    scene.refused(&[], 1, &[&["CM0621", "no receipt since then shows what is installed at"], &names[..]].concat());
    let all = receipts(&scene, 20);
    let (last, most) = all.split_once('\n').map(|(first, rest)| (first.to_owned(), rest.to_owned())).expect("lines");
    record(&scene, &most);
    let missing = unit("a/etcd/etcd-a");
    assert!(last.contains(&missing), "{last}");
    scene.refused(&[], 1, &["CM0621", "installed at `a/member/etcd-a`"]);
    scene.refused(&["--without", "a/member/etcd-x"], 1, &["CM0618", "the state has no such unit"]);
    scene.generate(&["--without", &missing]);
    // Once is enough, and the same words do no harm.
    scene.generate(&["--without", &missing]);
    scene.generate(&[]);
    let other = Scene::new(MESH);
    other.refused(&["--without", &missing], 1, &["CM0618", "the state was not restored from a backup"]);
}

/// The endpoint of `b` had moved once, and is to move again: readers that were never seen again may dial the place in between.
#[test]
fn what_was_written_after_the_backup_is_kept_for_those_who_may_have_it() {
    let scene = Scene::new(MESH);
    record(&scene, &receipts(&scene, 10));
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    scene.change(&moved(), &[]);
    let late = receipts(&scene, 20);
    restore(&scene.sandbox);
    scene.edit(&MESH.replace("10.0.2.1", "10.0.2.5"));
    let ran = scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "out"]);
    assert!(ran.said("4 bundles taken in, 0 recorded, 1 known before, 0 refused"), "{}", ran.stdout);
    record(&scene, &late);
    scene.generate(&[]);
    // Options of operators are no archives: that of `b` may be as the backup has it.
    assert_eq!(kept(&scene), ["10.0.2.1 of b for b", "10.0.2.9 of b for a", "10.0.2.9 of b for b"]);
    let hosts = scene.inventory()["credentials"]["server/b/etcd-b"]["hosts"].clone();
    assert!(strings(&hosts).contains(&"10.0.2.9") && strings(&hosts).contains(&"10.0.2.5"), "{hosts}");
    // Generations are higher than all that is out there.
    assert_eq!(scene.bundle("b/etcd/etcd-b").generation(), 3);
}

/// Receipts alone name a generation, and not what is in it.
#[test]
fn a_generation_that_the_backup_does_not_know_needs_its_archive_or_an_exception() {
    let scene = Scene::new(MESH);
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    scene.change(&moved(), &[]);
    let late = receipts(&scene, 20);
    restore(&scene.sandbox);
    fs::rename(scene.sandbox.path("out"), scene.sandbox.path("lost")).expect("renamed");
    let report = record(&scene, &late);
    assert_eq!((&report["recorded"], &report["refused"]), (&7.into(), &0.into()));
    scene.refused(
        &[],
        1,
        &["CM0621", "the backup does not know the generation that is installed at `a/node/n1`, `a/node/n2`, `b/member/etcd-b`, `b/node/n1`"],
    );
    let status = scene.sandbox.ok(&["rollout", "status"]);
    assert!(status.said("a/node/n1 generation 2 from before the restore; 1 was written"), "{}", status.stdout);
    // A folder as the installer keeps it is as good as an archive.
    let bundle = fs::read(scene.sandbox.path("lost/bundles/a/nodes/n1.tar.gz")).expect("an archive");
    fs::write(scene.sandbox.path("n1.tar.gz"), bundle).expect("written");
    let ran = scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "n1.tar.gz", "lost/bundles/b"]);
    assert!(ran.said("3 bundles taken in"), "{}", ran.stdout);
    scene.refused(&[], 1, &["CM0621", "does not know the generation that is installed at `a/node/n2`"]);
    scene.generate(&["--without", "a/node/n2"]);
    // What it has counts as the oldest that there may be, until a later one is recorded.
    assert!(kept(&scene).contains(&"10.0.2.1 of b for a".to_owned()), "{:?}", kept(&scene));
}

/// What a machine that is out of reach or an etcd may have got has a higher number than all that the backup knows, and the mesh is again as
/// it was: only a new generation replaces it.
#[test]
fn what_is_not_known_is_replaced_by_a_new_generation() {
    let scene = Scene::new(MESH);
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    scene.change(&MESH.replace("id: 2\n  etcd: { ", "id: 2\n  etcd: { clientName: \"peer-{cluster}\", "), &[]);
    let late: Vec<String> = receipts(&scene, 20).lines().filter(|line| !line.contains("a/node/n2")).map(str::to_owned).collect();
    let generation = |path: &str| scene.inventory()["bundles"][path]["generation"].as_u64();
    assert_eq!([generation("b/etcd"), generation("a/nodes/n2")], [Some(2), Some(2)]);
    restore(&scene.sandbox);
    fs::rename(scene.sandbox.path("out"), scene.sandbox.path("lost")).expect("renamed");
    scene.edit(MESH);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "lost/bundles/a/nodes/n1.tar.gz"]);
    record(&scene, &late.join("\n"));
    assert_eq!([generation("b/etcd"), generation("a/nodes/n2"), generation("a/operator")], [Some(1); 3]);
    scene.generate(&["--without", "a/node/n2"]);
    assert_eq!([generation("b/etcd"), generation("a/nodes/n2"), generation("a/operator")], [Some(3); 3]);
    assert_eq!(scene.bundle("a/nodes/n2").generation(), 3);
    // What is known to be there stays.
    assert_eq!(generation("b/nodes/n1"), Some(1));
}

/// A CA that was made after the backup is lost with its key: it is still trusted, and another one has to take its place by name.
#[test]
fn a_ca_that_was_made_after_the_backup_is_trusted_on_and_signs_nothing() {
    let each_its_own = |mesh: &str| mesh.replace("\nclusters:", "\ntrust: { authority: per-cluster }\nclusters:");
    let scene = Scene::new(&each_its_own(MESH));
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    scene.change(&each_its_own(&three()), &["--create-authorities"]);
    let late = format!("{}\n{}", receipts(&scene, 20), receipt_line(&manifest_of_users(&scene.sandbox, "c"), "c/users", 20, &[]));
    restore(&scene.sandbox);
    let ran = scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "out"]);
    assert!(ran.said("5 bundles taken in"), "{}", ran.stdout);
    record(&scene, &late);
    scene.refused(&[], 1, &["CM0611", "CA `c` cannot sign", ".key` is missing"]);
    // Nobody makes another one under its name either.
    scene.refused(&["--create-authorities", "--renew"], 1, &["CM0611"]);
}

/// An entry of a hostile archive: its path, its type, its content.
type HostileEntry<'a> = (&'a str, tar::EntryType, &'a [u8]);

/// A backup with these entries beside those of a good one.
fn backup_with(folder: &Path, (path, kind, content): HostileEntry<'_>) {
    let good = fs::read(folder.join(BACKUP)).expect("a backup");
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_ustar();
    header.set_size(content.len() as u64);
    header.set_mode(0o600);
    header.set_entry_type(kind);
    header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
    header.set_cksum();
    archive.append(&header, content).expect("written");
    let mut read = tar::Archive::new(flate2::read::GzDecoder::new(good.as_slice()));
    for entry in read.entries().expect("entries") {
        let entry = entry.expect("an entry");
        archive.append(&entry.header().clone(), entry).expect("written");
    }
    let bytes = archive.into_inner().and_then(GzEncoder::finish).expect("finished");
    fs::write(folder.join("hostile.tar.gz"), bytes).expect("written");
}

#[test]
fn nothing_but_files_of_a_state_is_restored() {
    let scene = Scene::new(MESH);
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    let folder = scene.sandbox.path(".");
    let (file, link) = (tar::EntryType::Regular, tar::EntryType::Symlink);
    for entry in [
        ("state/../escaped", file, &b"x"[..]),
        ("/tmp/escaped", file, b"x"),
        ("escaped", file, b"x"),
        ("state/authorities/x.crt", link, b""),
        ("state/issued/a/../../x", file, b"x"),
        ("state/lock", file, b"x"),
    ] {
        backup_with(&folder, entry);
        let ran = scene.sandbox.run(&["state", "restore", "hostile.tar.gz", "--state", "new"]);
        assert!(ran.status == 3 && ran.said("is no file of a state"), "{}: {}", entry.0, ran.stderr);
        assert!(!scene.sandbox.path("new").exists() && !scene.sandbox.path("escaped").exists(), "{}", entry.0);
    }
    let whole = fs::read(scene.sandbox.path(BACKUP)).expect("a backup");
    let mut file = fs::File::create(scene.sandbox.path("cut.tar.gz")).expect("a file");
    file.write_all(&whole[..whole.len() / 2]).expect("written");
    for bad in ["cut.tar.gz", "mesh.yaml", "out"] {
        let ran = scene.sandbox.run(&["state", "restore", bad, "--state", "new"]);
        assert!(ran.status == 3 && ran.said("is no backup of a state"), "{bad}: {}", ran.stderr);
        assert!(!scene.sandbox.path("new").exists(), "{bad}");
    }
}

/// An archive of before the restore has a number that may be used again.
#[test]
fn installers_know_one_branch_from_the_other() {
    in_each_shell(MESH, |node: &Node| {
        node.sandbox.ok(&["state", "backup", BACKUP]);
        node.change(&moved(), &[]);
        let lost = node.keep("a/nodes/n1", "lost.tar.gz");
        restore(&node.sandbox);
        fs::rename(node.sandbox.path("out"), node.sandbox.path("lost")).expect("renamed");
        let units = ["a/member/etcd-a", "a/node/n1", "a/node/n2", "a/users", "b"];
        let words: Vec<&str> = units.iter().flat_map(|unit| ["--without", unit]).collect();
        // The lost archive is not known here, so its number is used again.
        node.sandbox.write("mesh.yaml", &MESH.replace("10.0.2.1", "10.0.2.5"));
        node.sandbox.ok(&[&["generate"], &words[..]].concat());
        let receipt = node.installed("a/nodes/n1", &[], "changed=yes restart=agent,announce");
        assert!(receipt.said("\"branch\":"), "{}", receipt.stdout);
        let lost = lost.to_str().expect("text");
        node.refused("a/nodes/n1", &[lost], "this bundle was written before the state was restored");
        node.refused("a/nodes/n1", &["--rollback", lost], "changed hosts, users or CAs");
    });
}

/// Without `state restore`, an old backup in place is noticed.
#[test]
fn an_old_backup_that_was_copied_into_place_is_noticed_and_says_so() {
    let scene = Scene::new(MESH);
    let folder = |name: &str| scene.sandbox.path(name).to_str().expect("text").to_owned();
    tool("cp", "coreutils", ["-a", &folder("state"), &folder("old")]);
    scene.change(&moved(), &[]);
    let late = receipts(&scene, 20);
    fs::remove_dir_all(scene.sandbox.path("state")).expect("removed");
    fs::rename(scene.sandbox.path("old"), scene.sandbox.path("state")).expect("renamed");
    scene.refused(&[], 3, &["the state is older than what was shipped", "meshbundle state restore state"]);
    scene.sandbox.write("receipts.txt", &late);
    let ran = scene.sandbox.run(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
    assert!(ran.status == 1 && ran.said("CM0903") && ran.said("meshbundle state restore state"), "{}", ran.stdout);
    let ran = scene.sandbox.run(&["rollout", "record", "mesh.yaml", "out"]);
    assert!(ran.status == 1 && ran.said("CM0903") && ran.said("begin a new branch first"), "{}", ran.stdout);
    scene.sandbox.ok(&["state", "restore", "state"]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "out", "receipts.txt"]);
    scene.generate(&[]);
}

/// Encrypted keys are in the backup as they were. It waits for receipts as any other, and for the secret once it may sign.
#[test]
fn an_encrypted_state_is_restored_in_its_form_and_waits_as_any_other() {
    let scene = Scene::new(MESH);
    let recipient = identity(&scene.sandbox, "key.txt");
    scene.sandbox.ok(&["state", "encrypt", "--recipient", &recipient]);
    scene.sandbox.ok(&["state", "backup", BACKUP]);
    let words = ["generate", "--identity", "key.txt"];
    scene.edit(&moved());
    assert_eq!(unattended(&scene.sandbox, &words).status, 0, "the endpoint has moved since");
    let all = receipts(&scene, 20);
    restore(&scene.sandbox);
    is_encrypted(&scene.sandbox);
    let ran = unattended(&scene.sandbox, &["state", "check", "--identity", "key.txt"]);
    assert!(ran.status == 0 && ran.said("and was opened"), "{}{}", ran.stdout, ran.stderr);
    let ran = unattended(&scene.sandbox, &words);
    assert!(ran.status == 3 && ran.said("the state was restored from a backup"), "{}{}", ran.stdout, ran.stderr);
    let ran = unattended(&scene.sandbox, &["rollout", "record", "mesh.yaml", "out"]);
    assert!(ran.status == 0 && ran.said("taken in"), "{}{}", ran.stdout, ran.stderr);
    for words in [&words[..], &["generate"]] {
        let ran = unattended(&scene.sandbox, words);
        assert!(ran.status == 1 && ran.said("CM0621"), "{words:?}: {}{}", ran.stdout, ran.stderr);
    }
    record(&scene, &all);
    let ran = unattended(&scene.sandbox, &["generate"]);
    assert!(ran.status == 3 && ran.said("is encrypted, and"), "it signs what the later runs did: {}{}", ran.stdout, ran.stderr);
    assert_eq!(unattended(&scene.sandbox, &words).status, 0);
    is_encrypted(&scene.sandbox);
}

/// The section of docs/state.md, command by command: each prints what the page shows.
#[test]
fn the_page_has_the_steps() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/state.md")).expect("the page");
    let section =
        page.split("\n## Back up and restore\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the section");
    let scene = Scene { sandbox: Sandbox::with_sample("guide-two-clusters.yaml") };
    scene.generate(&["--create-authorities"]);
    let folder = format!("{}/", scene.sandbox.path("").to_str().expect("text").trim_end_matches('/'));
    let blocks: Vec<&str> =
        section.split("```console\n").skip(1).map(|rest| rest.split("```").next().expect("a block")).collect();
    for block in &blocks {
        let mut lines = block.lines().map(str::trim_start).filter(|line| !line.is_empty());
        let command = lines.next().and_then(|line| line.strip_prefix("$ meshbundle ")).expect("a command");
        if command.starts_with("state restore") {
            scene.change(&scene.sandbox.read("mesh.yaml").replace("10.1.1.1", "10.1.1.9"), &[]);
            fs::remove_dir_all(scene.sandbox.path("state")).expect("removed");
        }
        if command.ends_with("receipts.txt") {
            scene.sandbox.write("receipts.txt", &receipts_of_the_guide(&scene));
        }
        let words = command.replace("/backup/", &folder);
        let ran = scene.sandbox.ok(&words.split(' ').collect::<Vec<_>>());
        let shown: Vec<String> = lines.map(|line| line.replace("/backup/", &folder)).collect();
        let printed: Vec<&str> = ran.stdout.lines().map(str::trim_start).take(shown.len()).collect();
        assert_eq!(printed, shown, "{command}");
    }
    assert_eq!(blocks.len(), 5);
}

/// All but that of a machine that is gone.
fn receipts_of_the_guide(scene: &Scene) -> String {
    let archives = scene.archives().into_keys().filter(|path| path != "cluster2/nodes/node2");
    let archives = archives.map(|path| receipt_line(&scene.bundle(&path).manifest(), &unit(&path), 20, &[]));
    let users = ["cluster1", "cluster2"]
        .map(|cluster| receipt_line(&manifest_of_users(&scene.sandbox, cluster), &format!("{cluster}/users"), 20, &[]));
    archives.chain(users).collect::<Vec<_>>().join("\n")
}
