//! A mesh whose CA is rotated, and the files of each step.

use serde_json::Value;

use crate::evolution::mesh::{cluster, edit, mesh};
use crate::evolution::scene::{Bundle, Scene};
use crate::evolution::trust::connect_at;
use crate::support::Ran;
use crate::support::receipts::record_everything;
use crate::support::reports::judged;

/// Where a bundle has the files of a member.
const ETCD: &str = "payload/etc/etcd/clustermesh";

/// The scenes' time, Unix seconds.
const NOW: &str = "1795262400";

/// Two clusters that share the CA `mesh`; the etcd of the second has two members, and peers.
pub(crate) fn two() -> String {
    let peers =
        "    peers: true\n    members: [{ name: etcd1, addresses: [10.0.2.1] }, { name: etcd2, addresses: [10.0.2.2] }]\n";
    let second = edit(&cluster("b", 2), "    members: [{ name: etcd1, addresses: [10.0.2.1] }]\n", peers);
    mesh(&[cluster("a", 1), second])
}

/// The command, with `words` behind it.
fn words<'a>(ca: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["certs", "rotate", "mesh.yaml", "--ca", ca], more].concat()
}

/// Takes a step of the CA `ca`.
pub(crate) fn rotate(scene: &Scene, ca: &str, more: &[&str]) -> Ran {
    scene.sandbox.ok(&words(ca, more))
}

/// What the next step would be, for programs.
pub(crate) fn look(scene: &Scene, ca: &str) -> Value {
    let report = scene.sandbox.ok(&words(ca, &["--format", "json"])).json();
    judged("rotate", &report);
    report
}

/// Demands that a step is refused with code 1 in these words, and that it changes nothing.
pub(crate) fn refused(scene: &Scene, ca: &str, more: &[&str], said: &[&str]) {
    let before = (scene.out(), scene.state());
    let ran = scene.sandbox.run(&words(ca, more));
    let flat = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(ran.status, 1, "{more:?}: {}{}", ran.stdout, ran.stderr);
    said.iter().for_each(|words| assert!(flat.contains(words), "{words}: {flat}"));
    assert!((scene.out(), scene.state()) == before, "{more:?} is refused and yet writes");
}

/// Everything that was written last is installed, in use, and recorded.
pub(crate) fn ship(scene: &Scene) {
    let revision = scene.inventory()["revision"].as_u64().expect("a number");
    record_everything(&scene.sandbox, 1_000 + revision);
}

/// What a node of `a` and the members of `b` have.
pub(crate) struct Files {
    node: Bundle,
    members: [Bundle; 2],
}

impl Files {
    pub(crate) fn of(scene: &Scene) -> Self {
        Self { node: scene.bundle("a/nodes/n1"), members: [scene.bundle("b/etcd/etcd1"), scene.bundle("b/etcd/etcd2")] }
    }

    /// The CAs that they read, and the config that agents read again.
    pub(crate) fn trust(&self) -> Vec<String> {
        let of_member = |member: &Bundle| ["client-ca.crt", "peer-ca.crt"].map(|ca| member.read(&format!("{ETCD}/{ca}")));
        let members = self.members.iter().flat_map(of_member);
        members.chain([self.node.peer("b")]).collect()
    }

    /// Whether agents with these files and members with those let each other in; openssl is the judge.
    pub(crate) fn reach(&self, other: &Self) -> bool {
        connect_at(&self.node, &other.members[0], NOW)
    }

    /// Whether the members do, one with these files and one with those.
    pub(crate) fn are_peers_of(&self, other: &Self) -> bool {
        let file = |member: &Bundle, name: &str| member.path(ETCD).join(name);
        let accepts = |one: &Bundle, presents: &Bundle| {
            crate::evolution::trust::verify(&file(presents, "peer.crt"), &file(one, "peer-ca.crt"), &["sslserver"], NOW)
        };
        accepts(&self.members[0], &other.members[1]) && accepts(&other.members[1], &self.members[0])
    }
}

/// Demands that any two of these steps one after another work with each other, whichever end has which.
pub(crate) fn demand_overlap(steps: &[Files]) {
    for pair in steps.windows(2) {
        let [before, after] = pair else { panic!("pairs") };
        for (one, other) in [(before, before), (before, after), (after, before), (after, after)] {
            assert!(one.reach(other) && one.are_peers_of(other));
        }
    }
}
