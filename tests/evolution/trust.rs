//! A change of CA in phases: the files of each work with those of the one before, whichever end has them first. openssl is the judge.

use std::path::Path;
use std::process::Command;

use rcgen::ExtendedKeyUsagePurpose;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Bundle, Scene, difference, set, strings};
use crate::support::Sandbox;
use crate::support::pki::{Authority, Wish};
use crate::support::receipts::receipt_line;

/// A mesh whose second etcd has this trust.
pub(crate) fn with(trust: &str) -> String {
    let member = "    members: [{ name: etcd1, addresses: [10.0.2.1] }]\n";
    let brought = "trust:
  authorities:
    old: { certificate: old.crt, key: old.key }
    new: { certificate: new.crt, key: new.key }
";
    let text = edit(&mesh(&[cluster("a", 1), cluster("b", 2)]), "trust:\n", brought);
    edit(&text, member, &format!("{member}{trust}"))
}

fn old() -> String {
    with("    authority: old\n")
}

/// The same, where others have set that etcd up.
pub(crate) fn foreign(trust: &str) -> String {
    edit(&with(trust), "    members: [{ name: etcd1, addresses: [10.0.2.1] }]\n", "")
}

fn new() -> String {
    with("    authority: new\n")
}

fn scene() -> Scene {
    scene_of(&old())
}

/// A mesh that was generated, with both CAs beside it.
pub(crate) fn scene_of(mesh: &str) -> Scene {
    let scene = Scene { sandbox: Sandbox::with_mesh(mesh) };
    ["old", "new"].into_iter().for_each(|name| scene.sandbox.authority(name));
    scene.generate(&["--create-authorities"]);
    scene
}

/// The files of one step: of a reader, and of the etcd that it reads.
struct Step {
    reader: Bundle,
    member: Bundle,
}

impl Step {
    fn of(scene: &Scene) -> Self {
        Self { reader: scene.bundle("a/nodes/n1"), member: scene.bundle("b/etcd/etcd1") }
    }
}

/// Whether the reader's agents and the member let each other in, at the scenes' time.
fn connect(reader: &Bundle, member: &Bundle) -> bool {
    connect_at(reader, member, "1795262400")
}

/// The same at a time, Unix seconds.
pub(crate) fn connect_at(reader: &Bundle, member: &Bundle, at: &str) -> bool {
    let verify = |certificate: &Path, anchors: &Path, purpose: &[&str]| verify(certificate, anchors, purpose, at);
    let files = |name: &str| member.path("payload/etc/etcd/clustermesh").join(name);
    let peer = |name: &str| reader.peers().join(name);
    let server = verify(&files("server.crt"), &peer("b.etcd-client-ca.crt"), &["sslserver", "-verify_ip", "10.0.2.1"]);
    let client = verify(&peer("b.etcd-client.crt"), &files("client-ca.crt"), &["sslclient"]);
    server && client
}

/// openssl's word.
pub(crate) fn verify(certificate: &Path, anchors: &Path, purpose: &[&str], at: &str) -> bool {
    let mut openssl = Command::new("openssl");
    openssl.args(["verify", "-x509_strict", "-partial_chain", "-no-CApath", "-no-CAstore", "-attime", at, "-purpose"]);
    openssl.args(purpose).arg("-CAfile").arg(anchors).arg("-untrusted").arg(certificate).arg(certificate);
    openssl.output().expect("openssl starts; apt-get install openssl").status.success()
}

/// What `plan` says of the CAs that are to sign next: what, which, and how many bundles it waits for.
pub(crate) fn next(scene: &Scene) -> Vec<(String, String, usize)> {
    listed(&scene.plan(&[])["nextSigners"], "role")
}

/// The CAs that are kept, and how many bundles they are kept for.
fn kept(scene: &Scene) -> Vec<(String, String, usize)> {
    listed(&scene.plan(&[])["kept"], "kind")
}

fn listed(list: &Value, of: &str) -> Vec<(String, String, usize)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let each = list.as_array().expect("a list").iter();
    each.map(|one| (text(&one[of]), text(&one["name"]), strings(&one["waiting"]).len())).collect()
}

pub(crate) fn entry(of: &str, name: &str, waiting: usize) -> (String, String, usize) {
    (of.to_owned(), name.to_owned(), waiting)
}

/// One edit is enough. Every end works with what the other had in the phase before, and the phase before that has no effect.
#[test]
fn a_new_ca_is_trusted_then_signs_and_then_is_alone() {
    let scene = scene();
    let mut phases = vec![Step::of(&scene)];
    let mut serials = vec![scene.serials()];
    scene.change(&new(), &[]);
    for counter in 1..=3 {
        phases.push(Step::of(&scene));
        serials.push(scene.serials());
        scene.record_all(counter, &[]);
        let hand = ["--by-hand", "a/users", "--by-hand", "b/users"];
        scene.sandbox.ok(&[&["rollout", "record", "mesh.yaml"][..], &hand].concat());
        // After the last phase nothing is left; before, the next `generate` has something to do though all units are done.
        let status = scene.sandbox.run(&["rollout", "status", "--exit-code"]);
        assert!(status.said("10 of 10 units") && status.status == i32::from(counter < 3), "{counter}: {}", status.stdout);
        scene.generate(&[]);
    }
    for pair in phases.windows(2) {
        let [before, after] = pair else { panic!("pairs") };
        for (reader, member) in [(before, before), (before, after), (after, before), (after, after)] {
            assert!(connect(&reader.reader, &member.member));
        }
    }
    // Why it takes phases.
    assert!(!connect(&phases[0].reader, &phases[2].member) && !connect(&phases[3].reader, &phases[1].member));
    // Only the second issues anything, and the third is the last.
    assert_eq!((&serials[0], &serials[2]), (&serials[1], &serials[3]));
    let changed = ["client/a/new/remote-a", "client/a/old/remote-a", "server/b/etcd1"];
    assert_eq!(difference(&serials[1], &serials[2]), set(&changed));
    let plan = scene.plan(&[]);
    assert_eq!((&plan["pending"], &plan["kept"], &plan["nextSigners"]), (&json!(false), &json!([]), &json!([])));
}

/// The files of the first run may still be here: a second one, run by chance, once signed with a CA that no agent trusted.
#[test]
fn a_new_ca_does_not_sign_before_it_is_known_to_be_trusted() {
    let scene = scene();
    scene.change(&new(), &[]);
    let before = scene.serials();
    for _ in 0..2 {
        let said = scene.sandbox.ok(&["plan", "mesh.yaml", "--out", "out"]);
        assert!(said.said("nothing to do") && said.said("b: CA `new` for the servers: 3 of 3 bundles"), "{}", said.stdout);
        scene.generate(&[]);
    }
    assert_eq!(scene.serials(), before);
    assert_eq!(next(&scene), [entry("servers", "new", 3), entry("clients", "new", 1)]);
    let status = scene.sandbox.ok(&["rollout", "status"]);
    assert!(status.said("b: CA `new` for the clients: 1 of 1 bundles are not known to have it"), "{}", status.stdout);

    // A member that has the file and was not restarted trusts as before. An agent reads the file of a peer at once.
    let receipt =
        |path: &str, unit: &str, counter, due: &[&str]| receipt_line(&scene.bundle(path).manifest(), unit, counter, due);
    let record = |receipts: &[String]| {
        scene.sandbox.write("receipts.txt", &receipts.join("\n"));
        scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
    };
    record(&[receipt("b/etcd/etcd1", "b/member/etcd1", 7, &["etcd"]), receipt("a/nodes/n1", "a/node/n1", 7, &["agent"])]);
    assert_eq!(next(&scene), [entry("servers", "new", 2), entry("clients", "new", 1)], "one node is late");
    record(&[receipt("a/nodes/n2", "a/node/n2", 7, &[])]);
    // A member dials itself with the certificate of its server, so it also waits for its own restart.
    assert_eq!(next(&scene), [entry("servers", "new", 1), entry("clients", "new", 1)]);
    record(&[receipt("b/etcd/etcd1", "b/member/etcd1", 8, &[])]);
    let plan = scene.sandbox.ok(&["plan", "mesh.yaml", "--out", "out"]);
    assert!(plan.said("server/b/etcd1") && plan.said("client/a/new/remote-a"), "{}", plan.stdout);
}

/// Where servers and clients have CAs of their own, the servers wait for agents, and the clients for members.
#[test]
fn servers_and_clients_go_separately() {
    let scene = scene();
    scene.change(&with("    authority: new\n    clientSigner: old\n"), &[]);
    assert_eq!(next(&scene), [entry("servers", "new", 2)]);
    scene.change(&with("    authority: old\n    clientSigner: new\n"), &[]);
    assert_eq!(next(&scene), [entry("clients", "new", 1)]);
}

/// The operator of a machine that is behind finds out, and its receipt has the counter of the day on which it was installed.
#[test]
fn a_receipt_that_contradicts_a_word_ends_it() {
    let scene = scene();
    let late = receipt_line(&scene.bundle("a/nodes/n2").manifest(), "a/node/n2", 5, &[]);
    scene.change(&new(), &[]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "a", "--by-hand", "b"]);
    scene.sandbox.write("receipts.txt", &late);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
    assert_eq!(next(&scene), [entry("servers", "new", 1)]);
}

/// One bundle is for all machines of a cluster without `nodes`: the receipt of one once spoke for all.
#[test]
fn the_receipt_of_one_machine_is_not_that_of_all() {
    let unnamed = |mesh: String| mesh.replace("  nodes: [n1, n2]\n", "");
    assert_ne!(unnamed(old()), old());
    let scene = scene_of(&unnamed(old()));
    scene.change(&unnamed(new()), &[]);
    scene.record_all(1, &[]);
    assert_eq!(next(&scene), [entry("servers", "new", 1)]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "a", "--by-hand", "b"]);
    scene.generate(&[]);
    scene.record_all(9_000_000_000, &[]);
    assert_eq!(kept(&scene), [entry("clientAuthority", "old", 1)]);
}

/// It signs until the other one may, and that takes a key.
#[test]
fn the_key_of_the_old_ca_stays_until_it_no_longer_signs() {
    let scene = scene();
    let keyless = new().replace("old: { certificate: old.crt, key: old.key }", "old: { certificate: old.crt }");
    scene.change(&keyless, &[]);
    let words = ["CM0604", "CA `old` still has to sign 2 certificates", "put `trust.authorities.old.key` back"];
    scene.refused(&["--rekey", "--only", "b"], 1, &words[..1]);
    scene.refused(&["--rekey"], 1, &words);
}

/// Existing certificates are in no record: whatever CA may have signed them stays.
#[test]
fn a_ca_of_existing_clients_stays_trusted() {
    let given = |ca: &str, trust: &str| {
        with(&format!(
            "    authority: new\n    client: {{ certificate: {ca}-client.crt, key: {ca}-client.key }}\n    clientTrust: [{trust}]\n"
        ))
    };
    let sandbox = Sandbox::with_mesh(&given("old", "old"));
    for name in ["old", "new"] {
        let ca = Authority::new(name);
        let client = ca.issue(&Wish::named("reader").usage(ExtendedKeyUsagePurpose::ClientAuth));
        for (file, content) in [("crt", &ca.certificate), ("key", &ca.key)] {
            sandbox.write(&format!("{name}.{file}"), content);
        }
        sandbox.write(&format!("{name}-client.crt"), &client.certificate);
        sandbox.write(&format!("{name}-client.key"), &client.key);
    }
    let scene = Scene { sandbox };
    scene.generate(&["--create-authorities"]);
    let trusted = || scene.bundle("b/etcd/etcd1").read("payload/etc/etcd/clustermesh/client-ca.crt").matches("BEGIN").count();
    let without = given("new", "").replace("    old: { certificate: old.crt, key: old.key }\n", "");
    scene.edit(&without);
    scene.refused(&[], 1, &["CM0604", "refusing to forget CA `old`, which signed the clients of `b`"]);
    scene.change(&given("new", ""), &[]);
    assert_eq!((kept(&scene), trusted()), (vec![entry("clientAuthority", "old", 2)], 2));
    scene.record_all(1, &[]);
    scene.generate(&[]);
    assert_eq!((kept(&scene), trusted()), (Vec::new(), 1));
}

/// Agents trust it itself, so what it signed is valid for them after the CA above it has expired: it once gave way at once.
#[test]
fn a_ca_is_accepted_longer_than_the_one_above_it() {
    let root = Authority::until("root", time::macros::datetime!(2027-01-10 12:00 UTC), &rcgen::PKCS_ECDSA_P256_SHA256);
    let old = root.below("old", time::macros::datetime!(2035-01-01 12:00 UTC));
    let sandbox = Sandbox::with_mesh(&self::old());
    sandbox.write("old.crt", &(old.certificate + &root.certificate));
    sandbox.write("old.key", &old.key);
    sandbox.authority("new");
    let mut scene = Scene { sandbox };
    scene.generate(&["--create-authorities"]);
    scene.sandbox.at("2027-02-01T12:00:00Z");
    scene.change(&new(), &[]);
    assert_eq!(next(&scene), [entry("servers", "new", 3), entry("clients", "new", 1)]);
}

/// One that may not sign `127.0.0.1` could not be left: its successor may, and so the old one was to do it as well.
#[test]
fn a_limited_ca_gives_way_to_one_without_limits() {
    let mut scene = Scene { sandbox: Sandbox::with_mesh(&old()) };
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=old -keyout old.key -out old.crt \
                 -addext keyUsage=critical,keyCertSign -addext nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0";
    let ran = Command::new("openssl").args(words.split_whitespace()).current_dir(scene.sandbox.path(".")).output();
    assert!(ran.expect("openssl starts; apt-get install openssl").status.success());
    scene.sandbox.authority("new");
    // openssl has dated it today.
    scene.sandbox.at(&(OffsetDateTime::now_utc() + time::Duration::DAY).format(&Rfc3339).expect("RFC 3339"));
    scene.generate(&["--create-authorities"]);
    let hosts = || scene.inventory()["credentials"]["server/b/etcd1"]["hosts"].to_string();
    assert!(!hosts().contains("127.0.0.1"));
    let before = scene.serials();
    scene.change(&new(), &[]);
    assert_eq!(scene.serials(), before);
    scene.record_all(1, &[]);
    scene.generate(&[]);
    assert!(hosts().contains("127.0.0.1"));
}

/// The new certificate once reached a member before any of its readers trusted the CA.
#[test]
fn an_etcd_of_others_gets_its_first_members_when_its_readers_trust_them() {
    let scene = scene_of(&foreign("    authority: new\n    serverTrust: [old]\n"));
    let words = ["CM0604", "refusing to issue the first server certificates of `b`", "add it to `serverTrust` beside the others"];
    scene.edit(&with("    authority: new\n    serverTrust: [old, new]\n"));
    scene.refused(&[], 1, &words);
    scene.change(&foreign("    authority: new\n    serverTrust: [old, new]\n"), &[]);
    scene.edit(&with("    authority: new\n    serverTrust: [old, new]\n"));
    scene.refused(&[], 1, &words);
    scene.record_all(1, &[]);
    scene.generate(&[]);
    assert_eq!(scene.bundle("b/etcd/etcd1").generation(), 1);
}

/// Someone without receipts says that it is done. That lets the new CA sign, and not the old one go.
#[test]
fn the_word_of_an_operator_lets_a_ca_sign_and_lets_none_go() {
    let scene = scene();
    scene.change(&new(), &[]);
    let word = |of: &[&str]| scene.sandbox.run(&[&["rollout", "record", "mesh.yaml"], of].concat());
    assert_eq!(word(&["--by-hand", "a", "--by-hand", "b", "--generation", "3"]).status, 1, "it was never written");
    assert_eq!(word(&["--by-hand", "a", "--by-hand", "b", "--generation", "1"]).status, 0);
    assert_eq!(next(&scene), [entry("servers", "new", 3), entry("clients", "new", 1)], "that is older than the new CA");
    assert_eq!(word(&["--by-hand", "a", "--by-hand", "b"]).status, 0);
    let status = scene.sandbox.ok(&["rollout", "status"]);
    assert!(status.said("nothing recorded, said to have generation 2; generation 2 was written"), "{}", status.stdout);
    scene.generate(&[]);
    assert_eq!(next(&scene), []);
    let still = [entry("serverAuthority", "old", 1), entry("clientAuthority", "old", 2)];
    assert_eq!(kept(&scene), still);
    assert_eq!(word(&["--by-hand", "a", "--by-hand", "b"]).status, 0);
    scene.generate(&[]);
    assert_eq!(kept(&scene), still);
    assert_eq!(scene.bundle("a/nodes/n1").peer("b.etcd-client-ca.crt").matches("BEGIN").count(), 2);
    // A receipt that came after it counts instead.
    scene.record_all(9_000_000_000, &[]);
    assert_eq!(kept(&scene), []);
    assert_eq!(word(&["--by-hand", "x"]).status, 1);
    assert_eq!(word(&["--by-hand", "a/nodes/n1"]).status, 2);
}

/// No end accepts them, whoever still has them.
#[test]
fn no_ca_is_kept_for_certificates_that_have_expired() {
    let mut scene = scene();
    scene.change(&new(), &[]);
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", "a", "--by-hand", "b"]);
    scene.generate(&[]);
    let last = scene.inventory()["clusters"]["b"]["keptServerAuthorities"][0]["until"].as_i64().expect("seconds");
    let at = |seconds| OffsetDateTime::from_unix_timestamp(seconds).expect("a time").format(&Rfc3339).expect("RFC 3339");
    scene.sandbox.at(&at(last - 1));
    assert_eq!(kept(&scene).len(), 2);
    scene.sandbox.at(&at(last + 1));
    assert_eq!(kept(&scene), []);
    scene.generate(&["--renew"]);
    assert_eq!(scene.bundle("a/nodes/n1").peer("b.etcd-client-ca.crt").matches("BEGIN").count(), 1);
}

/// Who lists both CAs by hand and has shipped that before the new one signs gets the same phases.
#[test]
fn the_steps_by_hand_wait_as_well() {
    let scene = scene();
    scene.change(&with("    authority: old\n    serverTrust: [old, new]\n    clientTrust: [new]\n"), &[]);
    let before = scene.serials();
    let signs = with("    authority: new\n    serverTrust: [new, old]\n    clientTrust: [old]\n");
    scene.change(&signs, &[]);
    assert_eq!(scene.serials(), before, "nothing was shipped");
    scene.record_all(1, &[]);
    scene.generate(&[]);
    assert_ne!(scene.serials(), before);
    scene.change(&new(), &[]);
    assert_eq!(kept(&scene).len(), 2, "the third step, back to back");
    scene.record_all(2, &[]);
    scene.generate(&[]);
    assert_eq!(scene.bundle("a/nodes/n1").peer("b.etcd-client-ca.crt").matches("BEGIN").count(), 1);
}

/// It never signed: nobody needs it. After it has signed, the way back takes no time, for everyone still trusts the old one.
#[test]
fn one_may_go_back() {
    let scene = scene();
    let (before, serials) = (scene.bundle("a/nodes/n1").payload(), scene.serials());
    scene.change(&new(), &[]);
    scene.change(&old(), &[]);
    assert_eq!(scene.bundle("a/nodes/n1").payload(), before);
    scene.change(&new(), &[]);
    scene.record_all(1, &[]);
    scene.generate(&[]);
    let between = Step::of(&scene);
    scene.change(&old(), &[]);
    let back = Step::of(&scene);
    assert_eq!(next(&scene), []);
    assert_eq!(difference(&serials, &scene.serials()), set(&["client/a/old/remote-a", "server/b/etcd1"]));
    assert!(connect(&between.reader, &back.member) && connect(&back.reader, &between.member));
}

/// The old CA's certificate is in no state, and its key signs until the new one may.
#[test]
fn an_old_ca_stays_in_the_mesh_until_it_is_no_longer_needed() {
    let scene = scene();
    let forgotten = new().replace("    old: { certificate: old.crt, key: old.key }\n", "");
    let words = [
        "CM0604",
        "refusing to forget CA `old`, which signed the servers of `b`, and 1 more",
        "put `trust.authorities.old` back",
    ];
    scene.edit(&forgotten);
    scene.refused(&[], 1, &words);
    scene.plan_refused(&[], &words);
    scene.change(&new(), &[]);
    for counter in 1..=2 {
        scene.edit(&forgotten);
        scene.refused(&[], 1, &words);
        scene.edit(&new());
        scene.record_all(counter, &[]);
        scene.generate(&[]);
    }
    scene.change(&forgotten, &[]);
    assert_eq!(scene.plan(&[])["pending"], false);
}

/// One that was made here is in the state.
#[test]
fn a_ca_that_was_made_here_stays_of_itself() {
    let scene = scene_of(&with(""));
    let mut phases = vec![Step::of(&scene)];
    scene.change(&new(), &[]);
    for counter in 1..=3 {
        phases.push(Step::of(&scene));
        scene.record_all(counter, &[]);
        scene.generate(&[]);
    }
    for pair in phases.windows(2) {
        assert!(connect(&pair[0].reader, &pair[1].member) && connect(&pair[1].reader, &pair[0].member));
    }
    assert_eq!(phases[3].reader.peer("b.etcd-client-ca.crt").matches("BEGIN").count(), 1);
    // To one that is yet to be made it goes the same way, if that is asked for by name.
    scene.change(&with("    authority: old\n"), &[]);
    let own = with("").replace("authority: shared", "authority: per-cluster");
    assert_ne!(own, with(""));
    scene.edit(&own);
    scene.refused(&[], 1, &["CM0601"]);
    let serials = scene.serials();
    scene.generate(&["--create-authorities"]);
    assert_eq!(scene.serials(), serials);
    assert_eq!(next(&scene).len(), 4, "both etcds, both roles");
}

#[test]
fn another_authority_under_a_known_name_is_refused() {
    let scene = scene();
    scene.sandbox.authority("old");
    scene.refused(&[], 1, &["CM0604", "refusing to replace CA `old`"]);
}
