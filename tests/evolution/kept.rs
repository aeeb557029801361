//! What is read back from the state is what was written there, or it is refused: a damaged key, a swapped file, a cut chain, a
//! lost CA; and what a clock that was ahead has dated. openssl judges what is shipped afterwards.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::evolution::mesh::{cluster, edit, mesh, mesh_of_own};
use crate::evolution::scene::Scene;
use crate::support::leaves::{edit_leaf, stored_leaf};
use crate::support::{NOW, Sandbox, tool};

const OTHER_NAME: &str = "  version: \"1.18\"\n  policyDefaultLocalCluster: true\n";

fn two() -> String {
    mesh(&[cluster("a", 1), cluster("b", 2)])
}

/// The leaf called `key`, as its file has it.
fn leaf(scene: &Scene, key: &str) -> String {
    stored_leaf(&scene.sandbox.path("state"), &scene.serials()[key]).text
}

/// Has `edit` change the leaf called `key` in its file.
fn harm(scene: &Scene, key: &str, edit: impl FnOnce(&str) -> String) {
    edit_leaf(&scene.sandbox.path("state"), &scene.serials()[key], edit);
}

/// A change of one character in the middle of the block that begins with `begin`.
fn one_character(text: &str, begin: &str) -> String {
    let at = text.find(begin).expect("a block") + begin.len() + 90;
    let other = if text[at..].starts_with('A') { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

/// Where the key begins.
fn key_of(text: &str) -> usize {
    text.find("-----BEGIN PRIVATE KEY").expect("a key")
}

/// The command in the help, as a user pastes it.
fn pasted(scene: &Scene, said: &str) -> Vec<String> {
    let folded = said.split_whitespace().filter(|word| *word != "=").collect::<Vec<_>>().join(" ");
    let command = folded.split_once("`meshbundle ").expect("a command").1.split_once('`').expect("an end").0.to_owned();
    assert!(!command.contains(" | "), "{command}");
    let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
    scene.sandbox.ok(&words.iter().map(String::as_str).collect::<Vec<_>>());
    words
}

/// Each key of an unpacked bundle is the key of the certificate beside it, as openssl reads them.
fn pairs_match(scene: &Scene, bundle: &str) {
    let tree = scene.bundle(bundle);
    for key in tree.payload().into_keys().filter(|path| path.ends_with(".key")) {
        let key = tree.path("payload").join(key);
        let public = |words: &[&str], path: &PathBuf| {
            tool("openssl", "openssl", words.iter().map(AsRef::as_ref).chain([path.as_os_str()]))
        };
        let of_key = public(&["pkey", "-pubout", "-in"], &key);
        let of_certificate = public(&["x509", "-pubkey", "-noout", "-in"], &key.with_extension("crt"));
        assert_eq!(of_key, of_certificate, "{bundle}: {}", key.display());
    }
}

/// Makes a damaged leaf of a leaf, and of another one.
type Damage = fn(&str, &str) -> String;

#[test]
fn a_damaged_leaf_is_not_shipped() {
    let key = "client/a/mesh/remote-a";
    let other = "client/b/mesh/remote-b";
    let damages: [(&str, Damage); 7] = [
        ("a character of the key", |text, _| one_character(text, "BEGIN PRIVATE KEY-----")),
        ("a character of the certificate", |text, _| one_character(text, "BEGIN CERTIFICATE-----")),
        ("its certificate has the serial number", |_, other| other.to_owned()),
        ("its key is not the key of its certificate", |text, other| {
            format!("{}{}", &text[..key_of(text)], &other[key_of(other)..])
        }),
        ("there is no private key that Go sees", |text, _| text[..key_of(text)].to_owned()),
        ("no certificate", |text, _| text[..200].to_owned()),
        ("it has no certificate with the serial number", |_, _| String::new()),
    ];
    for (words, damage) in damages {
        let scene = Scene::new(&two());
        let (shipped, serials) = (scene.out(), scene.serials());
        let others = leaf(&scene, other);
        harm(&scene, key, |text| damage(text, &others));
        // A change that has nothing to do with it, and writes each node's archive.
        scene.edit(&edit(&two(), "  version: \"1.18\"\n", OTHER_NAME));
        let mut said = vec!["CM0610".to_owned(), format!("cannot be used: {key}: `")];
        // A changed character may leave base64 that is whole, with other bytes in it: what is wrong then differs.
        said.extend(Some(words.to_owned()).filter(|words| !words.starts_with("a character")));
        let said: Vec<&str> = said.iter().map(String::as_str).chain(["--out out --renew`"]).collect();
        scene.refused(&[], 1, &said);
        scene.plan_refused(&[], &said);
        assert!(scene.out() == shipped, "{words}: what was good is still there");

        let ran = scene.sandbox.run(&["generate", "mesh.yaml", "--out", "out"]);
        pasted(&scene, &ran.stdout);
        let now = scene.serials();
        assert!(now[key] != serials[key] && now[other] == serials[other], "{words}: only the damaged one is issued again");
        for bundle in ["a/nodes/n1", "a/nodes/n2", "b/nodes/n1", "b/etcd/etcd1"] {
            pairs_match(&scene, bundle);
        }
        assert_eq!(scene.plan(&[])["pending"], false, "{words}");
    }
}

/// Of a bit that flips in a certificate, only its CA's signature tells.
#[test]
fn a_damaged_certificate_is_not_shipped() {
    let scene = Scene::new(&two());
    harm(&scene, "server/b/etcd1", |text| {
        let (certificate, key) = text.split_at(key_of(text));
        let mut der = pem::parse(certificate).expect("PEM").into_contents();
        let at = der.windows(9).position(|window| window == b"localhost").expect("its name");
        der[at] = b'k';
        format!("{}{key}", pem::encode(&pem::Pem::new("CERTIFICATE", der)))
    });
    scene.refused(&[], 1, &["CM0610", "server/b/etcd1", "its certificate does not match its CA's signature"]);
    scene.generate(&["--renew"]);
    pairs_match(&scene, "b/etcd/etcd1");
}

/// The loose files of operators and etcds are written in each run.
#[test]
fn a_damaged_leaf_does_not_replace_a_loose_file() {
    let own = |name: &str, id| edit(&cluster(name, id), "    members:", "    localClients: true\n    members:");
    let scene = Scene::new(&mesh(&[own("a", 1), own("b", 2)]));
    let root = scene.sandbox.read("out/bundles/a/etcd/root.key");
    harm(&scene, "own/a/administrator", |text| one_character(text, "BEGIN PRIVATE KEY-----"));
    scene.refused(&[], 1, &["CM0610", "own/a/administrator"]);
    assert_eq!(scene.sandbox.read("out/bundles/a/etcd/root.key"), root);
    let ran = scene.sandbox.run(&["generate", "mesh.yaml", "--out", "out"]);
    pasted(&scene, &ran.stdout);
    assert!(scene.sandbox.read("out/bundles/a/etcd/root.key") != root);
}

/// Nothing needs it in this run: a run that changes nothing reads nothing that it does not use.
#[test]
fn a_damaged_leaf_that_is_not_used_is_found_when_it_is() {
    let scene = Scene::new(&two());
    harm(&scene, "client/a/mesh/remote-a", |text| one_character(text, "BEGIN PRIVATE KEY-----"));
    assert_eq!(scene.plan(&[])["pending"], false);
    fs::remove_file(scene.sandbox.path("out/bundles/a/nodes/n1.tar.gz")).expect("removed");
    scene.refused(&[], 1, &["CM0610", "client/a/mesh/remote-a"]);
    scene.generate(&["--renew"]);
    pairs_match(&scene, "a/nodes/n1");
}

#[test]
fn a_lost_ca_is_reported_by_plan() {
    let scene = Scene::new(&mesh_of_own(&[cluster("a", 1), cluster("b", 2)]));
    let file = |ending: &str| {
        let path = scene.state().into_keys().find(|path| path.starts_with("authorities/a.") && path.ends_with(ending));
        scene.sandbox.path("state").join(path.expect("a file"))
    };
    let grown = mesh_of_own(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]);
    let (key, certificate) = (file(".key"), file(".crt"));
    let [kept_key, kept_certificate] = [&key, &certificate].map(|path| fs::read(path).expect("a file"));

    fs::remove_file(&key).expect("removed");
    // Nothing is to be signed with it.
    let ran = scene.generate(&[]);
    assert!(ran.said("CM0612") && ran.said("CA `a` could not sign: `state/authorities/a."), "{}", ran.stderr);
    scene.edit(&grown);
    let words = ["CM0611", "CA `a` cannot sign", "is missing", "restore the backup of the state"];
    scene.refused(&["--create-authorities"], 1, &words);
    scene.plan_refused(&[], &words);

    one_character_of(&key, &kept_key);
    scene.refused(&["--create-authorities"], 1, &["CM0611", "CA `a` cannot sign"]);
    let b = scene.state().into_iter().find(|(path, _)| path.starts_with("authorities/b.") && path.ends_with(".key"));
    write(&key, &b.expect("b's key").1.1);
    scene.refused(&["--create-authorities"], 1, &["CM0611", "is not the key of its certificate"]);
    write(&key, &kept_key);

    let b = scene.state().into_iter().find(|(path, _)| path.starts_with("authorities/b.") && path.ends_with(".crt"));
    write(&certificate, &b.expect("b's certificate").1.1);
    scene.refused(&["--create-authorities"], 1, &["CM0611", "CA `a` cannot be used", "is not the certificate that was shipped"]);
    write(&certificate, &kept_certificate);
    scene.generate(&["--create-authorities"]);
}

/// Writes a file of the state with the mode that they have.
fn write(path: &PathBuf, content: &[u8]) {
    fs::write(path, content).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("closed");
}

fn one_character_of(path: &PathBuf, content: &[u8]) {
    write(path, one_character(std::str::from_utf8(content).expect("text"), "BEGIN PRIVATE KEY-----").as_bytes());
}

/// The clock was a year ahead while `c` was added, and is right again.
#[test]
fn a_clock_that_was_ahead_does_not_block_the_state() {
    let mut scene = Scene::new(&two());
    let serials = scene.serials();
    let grown = mesh(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]);
    scene.sandbox.at("2027-06-21T12:00:00Z");
    scene.change(&grown, &[]);
    scene.sandbox.at("2027-01-21T12:00:00Z");
    let words = ["CM0613", "2 certificates are not valid yet", "the clock here says 2027-01-21 12:00 UTC", "set the clock"];
    scene.refused(&[], 1, &words);
    scene.plan_refused(&[], &words);
    let ran = scene.sandbox.run(&["generate", "mesh.yaml", "--out", "out"]);
    pasted(&scene, &ran.stdout);
    let now = scene.serials();
    assert!(serials.iter().all(|(key, serial)| now[key] == *serial), "what is valid is kept");
    for path in ["c/etcd/etcd1", "c/nodes/n1"] {
        pairs_match(&scene, path);
    }
    let dates = tool(
        "openssl",
        "openssl",
        ["x509", "-noout", "-startdate", "-in"]
            .iter()
            .map(AsRef::as_ref)
            .chain([scene.bundle("c/etcd/etcd1").path("payload/etc/etcd/clustermesh/server.crt").as_os_str()]),
    );
    assert!(dates.contains("Jan 21 11:00:00 2027"), "{dates}");
}

/// Its CA is not valid either: nothing that it has signed works anywhere.
#[test]
fn a_ca_that_a_clock_ahead_has_dated_can_be_made_again() {
    let mut scene = Scene { sandbox: Sandbox::with_mesh(&mesh_of_own(&[cluster("a", 1), cluster("b", 2)])) };
    scene.generate(&["--create-authorities"]);
    let before = scene.inventory()["authorities"].clone();
    scene.sandbox.at("2027-06-21T12:00:00Z");
    scene.change(&mesh_of_own(&[cluster("a", 1), cluster("b", 2), cluster("c", 3)]), &["--create-authorities"]);
    scene.sandbox.at("2027-01-21T12:00:00Z");
    let words = ["CM0614", "CA `c` is not valid before 2027-06-21 11:00 UTC", "the clock here says 2027-01-21 12:00 UTC"];
    for more in [&[][..], &["--renew"], &["--create-authorities"]] {
        scene.refused(more, 1, &words);
    }
    let ran = scene.sandbox.run(&["generate", "mesh.yaml", "--out", "out"]);
    pasted(&scene, &ran.stdout);
    let now = scene.inventory()["authorities"].clone();
    let same = |name: &str| now[name]["fingerprint"] == before[name]["fingerprint"];
    assert!(same("a") && same("b"));
    assert_eq!(scene.plan(&[])["pending"], false);
    scene.generate(&[]);
}

#[test]
fn a_time_that_cannot_be_reckoned_with_is_an_error() {
    let mut scene = Scene::new(&two());
    for year in ["9999", "9900", "1969", "0001"] {
        scene.sandbox.at(&format!("{year}-01-01T00:00:00Z"));
        for verb in
            [&["generate", "mesh.yaml", "--out", "out"][..], &["plan", "mesh.yaml", "--out", "out"], &["lint", "mesh.yaml"]]
        {
            let ran = scene.sandbox.run(verb);
            assert_eq!(ran.status, 2, "{year}: {}", ran.stderr);
            assert!(ran.stderr.contains("`MESHBUNDLE_NOW`") && ran.stderr.contains("1970 to 9800"), "{}", ran.stderr);
        }
    }
    // The last one that is taken, with the longest lifetimes.
    scene.sandbox.at("9800-12-31T23:59:59Z");
    let long = edit(&two(), "trust:\n", "trust:\n  validity: { authority: 100y, server: 99y, client: 99y }\n");
    scene.sandbox.write("late.yaml", &long);
    scene.sandbox.ok(&["generate", "late.yaml", "--out", "late", "--state", "late-state", "--create-authorities"]);
    scene.sandbox.at(NOW);
    scene.generate(&[]);
}
