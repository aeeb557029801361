//! State and output that do not belong together: refused, with nothing written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use serde_json::{Value, json};

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::Scene;
use crate::support::{Sandbox, tool};

fn two() -> [String; 2] {
    [cluster("a", 1), cluster("b", 2)]
}

fn copy(scene: &Scene, from: &str, to: &str) {
    let _ = fs::remove_dir_all(scene.sandbox.path(to));
    tool("cp", "coreutils", ["-a".as_ref(), scene.sandbox.path(from).as_os_str(), scene.sandbox.path(to).as_os_str()]);
}

#[test]
fn an_empty_state_beside_a_full_output_is_refused() {
    let scene = Scene::new(&mesh(&two()));
    let words = ["refusing to write to `out`: it holds archives, and the state is empty", "--state DIR"];
    scene.refused(&["--state", "another", "--create-authorities"], 3, &words);
    fs::remove_dir_all(scene.sandbox.path("state")).expect("lost");
    scene.refused(&["--create-authorities"], 3, &words);
    fs::remove_file(scene.sandbox.path("out/index.json")).expect("lost as well");
    scene.refused(&["--create-authorities"], 3, &words);
    // A folder is not a state.
    fs::create_dir(scene.sandbox.path("state")).expect("a folder");
    scene.refused(&["--create-authorities"], 3, &words);
}

#[test]
fn an_output_of_another_state_is_refused() {
    let scene = Scene::new(&mesh(&two()));
    scene.sandbox.ok(&["generate", "mesh.yaml", "--out", "other-out", "--state", "other", "--create-authorities"]);
    let words = ["refusing to write to `out`: it was made from another state", "use the state it was made from"];
    scene.refused(&["--state", "other"], 3, &words);
    scene.refused(&["--state", "other", "--create-authorities", "--renew"], 3, &words);
    let plan = scene.sandbox.run(&["plan", "mesh.yaml", "--out", "out", "--state", "other"]);
    assert_eq!(plan.status, 3, "{}", plan.stderr);
}

#[test]
fn an_output_of_another_authority_is_refused() {
    let scene = Scene::new(&mesh(&two()));
    let fingerprint = scene.index()["authorities"]["mesh"].as_str().expect("a digest").to_owned();
    scene.sandbox.write("out/index.json", &edit(&scene.sandbox.read("out/index.json"), &fingerprint, &"0".repeat(64)));
    scene.refused(&[], 3, &["it was made from another CA `mesh`"]);
}

/// Whatever was shipped since the backup, the state must know of it.
#[test]
fn an_older_state_is_refused() {
    let with_n3 =
        edit(&mesh(&two()), "addresses: [10.0.2.1] }]\n  nodes: [n1, n2]", "addresses: [10.0.2.1] }]\n  nodes: [n1, n2, n3]");
    let with_etcd2 =
        edit(&mesh(&two()), "addresses: [10.0.2.1] }", "addresses: [10.0.2.1] }, { name: etcd2, addresses: [10.0.2.1] }");
    let with_c = mesh(&[&two()[..], &[cluster("c", 3)]].concat());
    let without_n2 =
        edit(&mesh(&two()), "addresses: [10.0.2.1] }]\n  nodes: [n1, n2]", "addresses: [10.0.2.1] }]\n  nodes: [n1]");
    for (what, changed) in
        [("a cluster more", with_c), ("a node more", with_n3), ("a member more", with_etcd2), ("a node less", without_n2)]
    {
        let scene = Scene::new(&mesh(&two()));
        copy(&scene, "state", "backup");
        scene.change(&changed, &[]);
        copy(&scene, "backup", "state");
        eprintln!("{what}");
        scene.refused(&[], 3, &["the state is older than what was shipped: use its newest backup"]);
        scene.edit(&mesh(&two()));
        scene.refused(&[], 3, &["the state is older"]);
    }
}

#[test]
fn an_older_state_is_refused_after_a_renewal() {
    let mut scene = Scene::new(&mesh(&two()));
    copy(&scene, "state", "backup");
    scene.sandbox.at("2027-09-21T12:00:00Z");
    scene.generate(&["--renew"]);
    copy(&scene, "backup", "state");
    scene.refused(
        &["--renew"],
        3,
        &["refusing to write to `out`", "has generation 2, but the state has 1", "the state is older"],
    );
}

/// The latest state, and an output folder that is older: it is brought up to date.
#[test]
fn an_older_output_is_fine() {
    let scene = Scene::new(&mesh(&two()));
    copy(&scene, "out", "backup");
    scene.change(&mesh(&[&two()[..], &[cluster("c", 3)]].concat()), &[]);
    let out = scene.out();
    copy(&scene, "backup", "out");
    scene.generate(&[]);
    assert!(scene.out() == out);
}

/// Whoever ships or serves the output would ship the authorities' keys.
#[test]
fn a_state_inside_the_output_is_refused() {
    let sandbox = Sandbox::with_mesh(&mesh(&two()));
    fs::create_dir(sandbox.path("real")).expect("a folder");
    symlink("real", sandbox.path("link")).expect("a link");
    for [state, out] in [
        ["out/state", "out"],
        ["out", "out"],
        ["./out/../out/deep/er", "out/"],
        ["link/state", "real"],
        ["real/state", "link"],
        ["state", "."],
    ] {
        for verb in ["generate", "plan"] {
            let ran = sandbox.run(&[verb, "mesh.yaml", "--out", out, "--state", state]);
            assert_eq!(ran.status, 2, "{state} {out}: {}", ran.stderr);
            assert!(
                ran.stderr.contains(&format!("refusing to keep the state `{state}` inside the output folder `{out}`")),
                "{}",
                ran.stderr
            );
        }
    }
    assert!(!sandbox.path("out").exists() && !sandbox.path("state").exists(), "nothing was made");
    // Beside each other, and the output inside the folder of the state's parent, are fine.
    sandbox.ok(&["generate", "mesh.yaml", "--out", "real/out", "--state", "real/state", "--create-authorities"]);
}

#[test]
fn a_state_that_others_can_read_is_refused() {
    let scene = Scene::new(&mesh(&two()));
    fs::set_permissions(scene.sandbox.path("state"), fs::Permissions::from_mode(0o755)).expect("open");
    scene.refused(&[], 3, &["state", "755"]);
}

#[test]
fn a_damaged_or_later_state_is_refused() {
    let scene = Scene::new(&mesh(&two()));
    let inventory = scene.sandbox.read("state/inventory.json");
    for (text, word) in [
        (edit(&inventory, "{\n  \"format\": 5,", "{\n  \"format\": 6,\n  \"novel\": 1,"), "has format 6"),
        (edit(&inventory, "{\n  \"format\": 5,", "{\n  \"format\": 6,"), "has format 6"),
        (inventory.replace('{', "["), "inventory.json"),
        (inventory.get(..inventory.len() / 2).expect("a half").to_owned(), "inventory.json"),
        (String::new(), "inventory.json"),
    ] {
        scene.sandbox.write("state/inventory.json", &text);
        scene.refused(&[], 3, &[word]);
        scene.refused(&["--create-authorities", "--renew"], 3, &[word]);
    }
    scene.sandbox.write("state/inventory.json", &inventory);
    let index = scene.sandbox.read("out/index.json");
    // The waves of a later format have names that are unknown here.
    let later = index.replacen("\"format\": 3", "\"format\": 4", 1).replace("\"wave\": \"nodes\"", "\"wave\": \"novel\"");
    scene.sandbox.write("out/index.json", &later);
    scene.refused(&[], 3, &["index.json", "has format 4", "install the meshbundle that wrote it"]);
}

/// Formats 1 and 2 had the waves in `lastChange`, and 1 had other names for two of them.
#[test]
fn records_of_format_1_are_read_and_become_the_format_of_today() {
    let scene = Scene::new(&mesh(&two()));
    let records = ["state/inventory.json", "out/index.json"];
    let texts = records.map(|record| scene.sandbox.read(record));
    for (record, text) in records.iter().zip(&texts) {
        let mut old: Value = serde_json::from_str(text).expect("JSON");
        let waves = json!([{ "wave": "authorisation", "ship": ["a/etcd/etcd-auth.sh"] }, { "wave": "consumers", "ship": [] }]);
        old["format"] = json!(1);
        old["lastChange"]["waves"] = waves;
        old.as_object_mut().expect("a record").remove("waves");
        scene.sandbox.write(record, &old.to_string());
    }
    let archives = scene.archives();
    assert_eq!(scene.sandbox.run(&["plan", "mesh.yaml", "--out", "out", "--exit-code"]).status, 0, "nothing to do");
    scene.generate(&[]);
    assert_eq!(records.map(|record| scene.sandbox.read(record)), texts);
    assert_eq!(scene.archives(), archives);
}

/// Format 2 had no digests of earlier generations: a receipt of one is taken all the same.
#[test]
fn a_state_of_format_2_is_read_and_remembers_generations_from_then_on() {
    let scene = Scene::new(&mesh(&two()));
    let inventory = scene.sandbox.read("state/inventory.json");
    assert!(!inventory.contains("\"earlier\""), "{inventory}");
    scene.sandbox.write("state/inventory.json", &edit(&inventory, "\"format\": 5", "\"format\": 2"));
    // A cluster moves: its readers' bundles change.
    scene.change(&mesh(&two()).replace("10.0.2.1", "10.0.2.9"), &[]);
    let again: Value = serde_json::from_str(&scene.sandbox.read("state/inventory.json")).expect("JSON");
    let before: Value = serde_json::from_str(&inventory).expect("JSON");
    let content = before["bundles"]["a/nodes/n1"]["content"].as_str().expect("a digest");
    let record = &again["bundles"]["a/nodes/n1"];
    assert_eq!((&again["format"], &record["generation"]), (&5.into(), &2.into()));
    let digest = content.get(..32).expect("32 digits");
    assert_eq!(record["earlier"], json!(format!("1@1:{digest}")));

    // Format 3 had the digest alone, and the first states of format 4 a record.
    let text = scene.sandbox.read("state/inventory.json");
    for (format, earlier, revision) in [(3, json!(digest), 0), (4, json!({ "digest": digest, "revision": 1 }), 1)] {
        let mut old: Value = serde_json::from_str(&text).expect("JSON");
        old["format"] = format.into();
        old["bundles"]["a/nodes/n1"]["earlier"] = json!({ "1": earlier });
        scene.sandbox.write("state/inventory.json", &old.to_string());
        fs::remove_dir_all(scene.sandbox.path("out")).expect("it is there");
        scene.change(&mesh(&two()), &[]);
        let third = scene.inventory()["bundles"]["a/nodes/n1"].clone();
        let second = again["bundles"]["a/nodes/n1"]["content"].as_str().and_then(|content| content.get(..32)).expect("a digest");
        assert_eq!((&third["generation"], &third["earlier"]), (&3.into(), &json!(format!("1@{revision}:{digest} 2@2:{second}"))));
    }
}
