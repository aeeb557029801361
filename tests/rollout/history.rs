//! Random histories of a mesh whose endpoints, user names, nodes and links change, while targets are late and receipts get lost. What is
//! installed is played: each target has one generation of its bundle, unpacked by GNU tar. openssl is the judge of certificates.
//!
//! Waves are kept in order, and nothing else: within a wave, targets take what is new in any order, or not at all for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::evolution::scene::{Bundle, Scene, strings};
use crate::rollout::scene::receipt_line;
use crate::support::Ran;
use crate::support::dice::Dice;
use crate::support::rounds::rounds;

const CLUSTERS: [&str; 3] = ["ams", "fra", "oslo"];
const NODES: [&str; 3] = ["n1", "n2", "n3"];
const CHANGES: usize = 15;

/// What the mesh is to be.
struct Desired {
    /// By cluster: number of its endpoint's name, of its user name, and of its nodes.
    clusters: [(usize, usize, usize); 3],
}

impl Desired {
    fn text(&self) -> String {
        let mut text = String::from(
            "version: 1\nmesh: m\ncilium: { version: \"1.18\", routingMode: tunnel, encryption: none }\n\
             defaults: { runtime: { kind: systemd, unit: cilium.service } }\nclusters:\n",
        );
        for (number, (name, (host, user, nodes))) in (1..).zip(CLUSTERS.iter().zip(self.clusters)) {
            let nodes = NODES.get(..nodes).expect("nodes").join(", ");
            let client = ["remote-{cluster}", "peer-{cluster}", "{node}-of-{cluster}"][user];
            text += &format!(
                "- name: {name}\n  id: {number}\n  nodes: [{nodes}]\n  podCIDRs: [10.{number}.0.0/16]\n  etcd:\n    localClients: true\n    \
                 clientName: \"{client}\"\n    endpoints: [\"https://e{host}.{name}.example:2379\"]\n    members: [{{ name: m1, addresses: \
                 [192.0.2.{number}1] }}, {{ name: m2, addresses: [192.0.2.{number}2] }}]\n"
            );
        }
        text
    }

    fn change(&mut self, dice: &mut Dice) {
        let (host, user, nodes) = &mut self.clusters[dice.below(3)];
        match dice.below(4) {
            0 | 1 => *host = dice.below(4),
            2 => *user = dice.below(3),
            _ => *nodes = 1 + dice.below(3),
        }
    }
}

/// What is out there.
#[derive(Default)]
struct World {
    /// By path below `bundles/`: what its target has.
    installed: BTreeMap<String, Bundle>,
    /// Users of each etcd.
    users: BTreeMap<String, BTreeSet<String>>,
    /// Links that were tried, with each node and member.
    tried: usize,
    /// What openssl has said of the same files before.
    known: BTreeMap<(String, String, String), bool>,
    /// The same of common names.
    names: BTreeMap<String, String>,
}

impl World {
    /// Ships what was written, in the order of the waves. Some targets are late.
    fn roll_out(&mut self, scene: &Scene, plan: &Value, dice: &mut Dice) {
        let current: BTreeSet<String> = scene.archives().into_keys().collect();
        self.installed.retain(|path, _| current.contains(path));
        let (members, nodes): (Vec<_>, Vec<_>) = current.into_iter().partition(|path| path.contains("/etcd/"));
        // Members are never late: what comes after them needs them.
        for path in members {
            self.installed.insert(path.clone(), scene.bundle(&path));
            self.judge(dice);
        }
        for (cluster, named) in named_users(plan) {
            self.users.entry(cluster).or_default().extend(named);
        }
        for path in nodes {
            if !self.installed.contains_key(&path) || !dice.once_in(3) {
                self.installed.insert(path.clone(), scene.bundle(&path));
            }
        }
        self.judge(dice);
        // Withdrawal.
        for (cluster, named) in named_users(plan) {
            self.users.insert(cluster, named);
        }
        self.judge(dice);
    }

    /// Every node connects to every member, whatever they have.
    fn judge(&mut self, dice: &mut Dice) {
        for (path, bundle) in self.installed.iter().filter(|(path, _)| path.contains("/nodes/")) {
            let reader = path.split('/').next().expect("a cluster");
            for remote in CLUSTERS.iter().filter(|remote| **remote != reader) {
                let config = bundle.peer(remote);
                let host = config.split("https://").nth(1).and_then(|rest| rest.split(':').next()).expect("an endpoint");
                let client = bundle.peers().join(format!("{remote}.etcd-client.crt"));
                let user = self.names.entry(text(&client)).or_insert_with(|| common_name(&client)).clone();
                // Before the first wave of users there are none.
                if let Some(users) = self.users.get(*remote) {
                    assert!(users.contains(&user), "{remote} has withdrawn `{user}`, and {path} still presents it: {users:?}");
                }
                let member = format!("{remote}/etcd/m{}", 1 + dice.below(2));
                let Some(member) = self.installed.get(&member) else { continue };
                let certificate = member.path("payload/etc/etcd/clustermesh/server.crt");
                let anchors = bundle.peers().join(format!("{remote}.etcd-client-ca.crt"));
                let case = (text(&certificate), text(&anchors), host.to_owned());
                let valid = *self.known.entry(case).or_insert_with(|| is_valid_for(&certificate, &anchors, host));
                assert!(valid, "{path} dials {host}, and a member of {remote} is not valid for it");
                self.tried += 1;
            }
        }
    }

    /// The receipt of a target.
    fn receipt(&self, path: &str, counter: u64) -> String {
        let manifest = self.installed[path].manifest();
        let unit = path.replace("/nodes/", "/node/").replace("/etcd/", "/member/");
        receipt_line(&manifest, &unit, counter, &[])
    }
}

/// The users that the scripts make, by cluster.
fn named_users(plan: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let clusters = plan["clusters"].as_array().expect("clusters").iter();
    let users = |cluster: &Value| {
        let roles = cluster["authorisation"]["roles"].as_array().expect("roles").iter();
        roles.flat_map(|role| strings(&role["users"])).map(str::to_owned).collect()
    };
    clusters.map(|cluster| (cluster["name"].as_str().expect("a name").to_owned(), users(cluster))).collect()
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn openssl(words: &[&str], files: &[&Path]) -> String {
    let mut command = Command::new("openssl");
    command.args(words).args(files);
    Ran::of(&mut command).stdout
}

fn common_name(certificate: &Path) -> String {
    let subject = openssl(&["x509", "-noout", "-subject", "-nameopt", "sep_multiline,utf8", "-in"], &[certificate]);
    let name = subject.lines().find_map(|line| line.trim().strip_prefix("CN=")).expect("a common name");
    name.to_owned()
}

fn is_valid_for(certificate: &Path, anchors: &Path, host: &str) -> bool {
    let said = openssl(&["verify", "-verify_hostname", host, "-CAfile"], &[anchors, certificate]);
    said.ends_with(": OK\n")
}

fn play(seed: u64) {
    let mut dice = Dice::new(seed);
    let mut desired = Desired { clusters: [(0, 0, 2); 3] };
    let scene = Scene::new(&desired.text());
    let mut world = World::default();
    world.roll_out(&scene, &scene.plan(&[]), &mut dice);
    let mut most = 0;
    for change in 0..CHANGES {
        desired.change(&mut dice);
        scene.change(&desired.text(), &[]);
        let plan = scene.plan(&[]);
        most = most.max(plan["kept"].as_array().expect("kept").len());
        world.roll_out(&scene, &plan, &mut dice);
        // Some receipts are recorded, some get lost.
        let counter = 1_000 + change as u64;
        let recorded = world.installed.keys().filter(|_| !dice.once_in(2)).map(|path| world.receipt(path, counter));
        let receipts = recorded.collect::<Vec<_>>().join("\n");
        scene.sandbox.write("receipts.txt", &receipts);
        let ran = scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
        assert!(ran.said("0 other lines"), "{}", ran.stdout);
    }
    assert!(most > 0, "nothing was ever kept");
    assert!(world.tried > 500, "{} links were tried", world.tried);

    // When everything is in place and recorded, nothing is kept, and no link notices that it goes.
    for counter in 10_000..10_003 {
        let plan = scene.plan(&[]);
        scene.generate(&[]);
        world.roll_out(&scene, &plan, &mut Dice::new(1));
        for path in scene.archives().into_keys() {
            world.installed.insert(path.clone(), scene.bundle(&path));
        }
        let receipts: Vec<String> = world.installed.keys().map(|path| world.receipt(path, counter)).collect();
        scene.sandbox.write("receipts.txt", &receipts.join("\n"));
        let operators = CLUSTERS.map(|cluster| ["--by-hand".to_owned(), format!("{cluster}/operator")]);
        let words: Vec<&str> = ["rollout", "record", "mesh.yaml", "receipts.txt"]
            .into_iter()
            .chain(operators.iter().flatten().map(String::as_str))
            .collect();
        scene.sandbox.ok(&words);
    }
    assert_eq!(scene.plan(&[])["kept"], serde_json::json!([]), "everything is replaced, and something is kept");
}

#[test]
fn no_link_is_cut_while_endpoints_users_and_nodes_change() {
    (1..=rounds(1) as u64).for_each(play);
}
