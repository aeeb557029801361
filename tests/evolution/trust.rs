//! A change of trust in steps: a jump is refused, and the files of each step work with those of the step before, whichever end
//! has them first. openssl is the judge.

use std::path::Path;
use std::process::Command;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Bundle, Scene, difference, set};
use crate::support::Sandbox;
use crate::support::pki::Authority;

/// Puts an authority that others made beside the mesh: `NAME.crt` and `NAME.key`.
pub(crate) fn authority(sandbox: &Sandbox, name: &str) {
    let authority = Authority::new(name);
    sandbox.write(&format!("{name}.crt"), &authority.certificate);
    sandbox.write(&format!("{name}.key"), &authority.key);
}

/// A mesh whose second etcd has this trust.
fn with(trust: &str) -> String {
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

fn both_trusted() -> String {
    with("    authority: old\n    serverTrust: [old, new]\n    clientTrust: [new]\n")
}

fn new_signs() -> String {
    with("    authority: new\n    serverTrust: [new, old]\n    clientTrust: [old]\n")
}

fn new() -> String {
    with("    authority: new\n")
}

fn scene() -> Scene {
    let sandbox = Sandbox::with_mesh(&old());
    authority(&sandbox, "old");
    authority(&sandbox, "new");
    let scene = Scene { sandbox };
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
fn verify(certificate: &Path, anchors: &Path, purpose: &[&str], at: &str) -> bool {
    let mut openssl = Command::new("openssl");
    openssl.args(["verify", "-x509_strict", "-partial_chain", "-no-CApath", "-no-CAstore", "-attime", at, "-purpose"]);
    openssl.args(purpose).arg("-CAfile").arg(anchors).arg("-untrusted").arg(certificate).arg(certificate);
    openssl.output().expect("openssl starts; apt-get install openssl").status.success()
}

#[test]
fn in_three_steps_every_end_works_with_the_files_of_the_step_before() {
    let scene = scene();
    let mut steps = vec![Step::of(&scene)];
    for mesh in [both_trusted(), new_signs(), new()] {
        scene.change(&mesh, &[]);
        steps.push(Step::of(&scene));
    }
    for pair in steps.windows(2) {
        let [before, after] = pair else { panic!("pairs") };
        for (reader, member) in [(before, before), (before, after), (after, before), (after, after)] {
            assert!(connect(&reader.reader, &member.member));
        }
    }
    // Why it takes steps.
    assert!(!connect(&steps[0].reader, &steps[3].member) && !connect(&steps[3].reader, &steps[0].member));
    assert!(!connect(&steps[0].reader, &steps[2].member) && !connect(&steps[3].reader, &steps[1].member));
}

#[test]
fn each_step_issues_only_what_its_signer_needs() {
    let scene = scene();
    let before = scene.serials();
    scene.change(&both_trusted(), &[]);
    assert_eq!(scene.serials(), before, "to trust more needs no new leaf");
    scene.change(&new_signs(), &[]);
    let changed = ["client/a/new/remote-a", "client/a/old/remote-a", "server/b/etcd1"];
    assert_eq!(difference(&before, &scene.serials()), set(&changed));
    let between = scene.serials();
    scene.change(&new(), &[]);
    assert_eq!(scene.serials(), between, "nor does it to trust less");
}

#[test]
fn a_jump_is_refused() {
    let scene = scene();
    let servers = "refusing to sign the servers of `b` with another CA: agents do not trust it yet";
    let clients = "refusing to sign the clients of `b` with another CA: its servers do not trust it yet";
    for mesh in [new(), new_signs()] {
        scene.edit(&mesh);
        scene.refused(&[], 1, &["CM0604", servers, clients, "first add it to `serverTrust`", "first add it to `clientTrust`"]);
        scene.refused(&["--create-authorities", "--renew"], 1, &["CM0604"]);
        scene.plan_refused(&[], &["CM0604"]);
    }
    scene.change(&both_trusted(), &[]);
    scene.edit(&new());
    scene.refused(&[], 1, &["refusing to stop trusting the CA that signed the servers of `b`", "refusing to stop trusting"]);
    scene.change(&new_signs(), &[]);
    scene.edit(&old());
    scene.refused(&[], 1, &["CM0604"]);
    // One step back is as good as one step on.
    scene.change(&both_trusted(), &[]);
    scene.change(&old(), &[]);
}

/// What was signed would hang in the air.
#[test]
fn the_anchor_of_what_is_out_there_stays() {
    let scene = scene();
    // Agents would refuse what `old` signs from now on.
    scene.edit(&with("    authority: old\n    serverTrust: [new]\n"));
    scene.refused(&[], 1, &["CM0410", "certificates that CA `old` signs for the servers of `b` would be rejected"]);
    // To a CA that is yet to be made, it is a jump as well.
    scene.edit(&with(""));
    scene.refused(&["--create-authorities"], 1, &["CM0604"]);
    // Agents that trust both would refuse what `old` has signed.
    scene.change(&both_trusted(), &[]);
    scene.edit(&with("    authority: new\n    serverTrust: [new]\n    clientTrust: [old]\n"));
    scene.refused(&[], 1, &["CM0604", "refusing to stop trusting the CA that signed the servers of `b`"]);
}

#[test]
fn another_authority_under_a_known_name_is_refused() {
    let scene = scene();
    authority(&scene.sandbox, "old");
    scene.refused(&[], 1, &["CM0604", "refusing to replace CA `old`"]);
}
