//! Random histories of a mesh whose endpoints, user names, nodes and CAs change, while targets are late and receipts get lost. What is
//! installed is played: each target has one generation of its bundle, unpacked by GNU tar. openssl is the judge of certificates.
//!
//! Waves are kept in order, and nothing else: within a wave, targets take what is new in any order, or not at all for a while. Members
//! take it at once, and some restart only after a later change: until then they trust what they trusted before. One etcd gets no files from
//! here ([`ForeignEtcd`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::evolution::scene::{Bundle, Scene, strings};
use crate::rollout::foreign::{ForeignEtcd, certificate, client_ca};
use crate::support::changing_mesh::{ChangingCluster, changing_mesh};
use crate::support::dice::Dice;
use crate::support::receipts::{manifest_of_users, receipt_line, unit};
use crate::support::rounds::rounds;
use crate::support::{Ran, Sandbox};

const CLUSTERS: [&str; 3] = ["ams", "fra", "oslo"];
/// Its etcd has no members in the mesh, and only CAs that are provided.
const FOREIGN: &str = "lima";
const NODES: [&str; 3] = ["n1", "n2", "n3"];
const CAS: [&str; 3] = ["ca-x", "ca-y", "ca-z"];
const CHANGES: usize = 15;
/// Before which change the state is backed up, and before which it is restored.
const BACKUP: usize = 6;
const RESTORED: usize = 10;

/// What the mesh is to be.
struct Desired {
    /// By cluster, [`FOREIGN`] last: number of its endpoint's name, of its user name, of its nodes, and of the CAs of its servers and its
    /// clients.
    clusters: [(usize, usize, usize, usize, usize); 4],
}

impl Desired {
    fn text(&self) -> String {
        let clusters = CLUSTERS.iter().chain([&FOREIGN]).zip(self.clusters);
        let clusters = clusters.map(|(name, (host, user, nodes, servers, clients))| {
            // The last one is the CA that is made for the cluster.
            let ca = |number: usize| *CAS.get(number).unwrap_or(name);
            ChangingCluster {
                name,
                nodes: &NODES[..nodes],
                host,
                user,
                servers: ca(servers),
                clients: ca(clients),
                is_foreign: *name == FOREIGN,
            }
        });
        changing_mesh(&CAS, clusters)
    }

    fn change(&mut self, dice: &mut Dice) {
        let number = dice.below(5).min(3);
        let (host, user, nodes, servers, clients) = &mut self.clusters[number];
        // Only a cluster with members has a CA of its own.
        let authorities = if number == 3 { CAS.len() } else { 4 };
        match dice.below(7) {
            0 | 1 => *host = dice.below(4),
            2 => *user = dice.below(3),
            3 => *nodes = 1 + dice.below(3),
            4 => *servers = dice.below(authorities),
            5 => *clients = dice.below(authorities),
            // One CA for both ends.
            _ => (*servers, *clients) = (0, 0),
        }
    }
}

/// What openssl has said, by certificate, anchors and words.
type Known = BTreeMap<(String, String, String), bool>;

/// What is out there.
struct World {
    /// By path below `bundles/`: what its target has.
    installed: BTreeMap<String, Bundle>,
    /// The same of members: what was installed when they started last.
    loaded: BTreeMap<String, Bundle>,
    /// Users of each etcd.
    users: BTreeMap<String, BTreeSet<String>>,
    /// Links that were tried, with each node and member.
    tried: usize,
    /// What openssl has said of the same files before.
    known: Known,
    /// The same of common names.
    names: BTreeMap<String, String>,
    foreign: ForeignEtcd,
}

impl World {
    fn new(foreign: ForeignEtcd) -> Self {
        let (installed, loaded, users) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { installed, loaded, users, tried: 0, known: Known::new(), names: BTreeMap::new(), foreign }
    }

    /// Ships what was written, in the order of the waves. Some targets are late.
    fn roll_out(&mut self, scene: &Scene, plan: &Value, dice: &mut Dice) {
        let sandbox = &scene.sandbox;
        let current: BTreeSet<String> = scene.archives().into_keys().collect();
        self.installed.retain(|path, _| current.contains(path));
        let (members, nodes): (Vec<_>, Vec<_>) = current.into_iter().partition(|path| path.contains("/etcd/"));
        // Members are never late: what comes after them needs them.
        for path in members {
            self.installed.insert(path.clone(), scene.bundle(&path));
            self.judge(sandbox, dice);
            if !self.loaded.contains_key(&path) || !dice.once_in(3) {
                self.loaded.insert(path.clone(), scene.bundle(&path));
            }
            self.judge(sandbox, dice);
        }
        for (cluster, named) in named_users(plan) {
            self.users.entry(cluster).or_default().extend(named);
        }
        for path in nodes {
            if !self.installed.contains_key(&path) || !dice.once_in(3) {
                self.installed.insert(path.clone(), scene.bundle(&path));
            }
        }
        self.judge(sandbox, dice);
        // Withdrawal.
        for (cluster, named) in named_users(plan) {
            self.users.insert(cluster, named);
        }
        self.judge(sandbox, dice);
    }

    /// Every node connects to every member, and members to each other, whatever they have.
    fn judge(&mut self, sandbox: &Sandbox, dice: &mut Dice) {
        self.judge_peers();
        self.judge_foreign(sandbox);
        for (path, bundle) in self.installed.iter().filter(|(path, _)| path.contains("/nodes/")) {
            let reader = path.split('/').next().expect("a cluster");
            for remote in CLUSTERS.iter().filter(|remote| **remote != reader) {
                let host = &dialled(bundle, remote);
                let client = bundle.peers().join(format!("{remote}.etcd-client.crt"));
                let user = self.names.entry(text(&client)).or_insert_with(|| common_name(&client)).clone();
                // Before the first wave of users there are none.
                if let Some(users) = self.users.get(*remote) {
                    assert!(users.contains(&user), "{remote} has withdrawn `{user}`, and {path} still presents it: {users:?}");
                }
                let number = 1 + dice.below(2);
                let Some(member) = self.installed.get(&format!("{remote}/etcd/m{number}")) else { continue };
                // It starts in the first wave.
                if !self.loaded.contains_key(&format!("{remote}/etcd/m{number}")) {
                    continue;
                }
                let certificate = member.path("payload/etc/etcd/clustermesh/server.crt");
                let anchors = bundle.peers().join(format!("{remote}.etcd-client-ca.crt"));
                let at = format!("{remote}/etcd/m{number}");
                let valid =
                    accepts(&mut self.known, &anchors, &certificate, &["-verify_hostname", host, "-purpose", "sslserver"]);
                assert!(valid, "{path} dials {host}, and does not accept {at}");
                let loaded = self.loaded[&at].path("payload/etc/etcd/clustermesh/client-ca.crt");
                assert!(accepts(&mut self.known, &loaded, &client, &["-purpose", "sslclient"]), "{at} does not accept {path}");
                self.tried += 1;
            }
        }
    }

    /// Every node connects to every member of the etcd that gets no files from here.
    fn judge_foreign(&mut self, sandbox: &Sandbox) {
        for (path, bundle) in self.installed.iter().filter(|(path, _)| is_reader_of_foreign(path)) {
            let host = dialled(bundle, FOREIGN);
            let anchors = bundle.peers().join(format!("{FOREIGN}.etcd-client-ca.crt"));
            for server in self.foreign.servers(sandbox) {
                let words = ["-verify_hostname", &host, "-purpose", "sslserver"];
                assert!(accepts(&mut self.known, &anchors, &server, &words), "{path} does not accept {}", server.display());
            }
            let client = bundle.peers().join(format!("{FOREIGN}.etcd-client.crt"));
            let trusted = client_ca(sandbox);
            assert!(accepts(&mut self.known, &trusted, &client, &["-purpose", "sslclient"]), "{FOREIGN} does not accept {path}");
            self.tried += 1;
        }
    }

    /// The operator of that etcd works, in the last wave: with some of it, or without `dice` with all.
    fn operate(&mut self, sandbox: &Sandbox, plan: &Value, servers: usize, dice: Option<&mut Dice>) {
        let wanted = CAS[servers];
        let certificate = certificate(sandbox, wanted);
        let readers = self.installed.iter().filter(|(path, _)| is_reader_of_foreign(path));
        let mut anchors = readers.map(|(_, bundle)| bundle.peers().join(format!("{FOREIGN}.etcd-client-ca.crt")));
        let can_present = anchors.all(|anchors| accepts(&mut self.known, &anchors, &certificate, &["-purpose", "sslserver"]));
        self.foreign.operate(sandbox, plan, wanted, can_present, dice);
    }

    /// Each member accepts the certificate of the other.
    fn judge_peers(&mut self) {
        let file = |member: &Bundle, name: &str| member.path("payload/etc/etcd/clustermesh").join(name);
        for (path, loaded) in &self.loaded {
            let cluster = path.split('/').next().expect("a cluster");
            let others =
                self.installed.iter().filter(|(other, _)| other.starts_with(&format!("{cluster}/etcd/")) && *other != path);
            for (other, presents) in others {
                let (anchors, certificate) = (file(loaded, "peer-ca.crt"), file(presents, "peer.crt"));
                let valid = accepts(&mut self.known, &anchors, &certificate, &["-purpose", "sslserver"]);
                assert!(valid, "{path} does not accept its peer {other}");
            }
        }
    }

    /// The receipt of a target.
    fn receipt(&self, path: &str, counter: u64) -> String {
        let manifest = self.installed[path].manifest();
        let is_loaded = |loaded: &Bundle| loaded.generation() == self.installed[path].generation();
        let due: &[&str] = if self.loaded.get(path).is_none_or(is_loaded) { &[] } else { &["etcd"] };
        receipt_line(&manifest, &unit(path), counter, due)
    }
}

/// The state is lost, and restored from a backup that does not know the last changes. What they wrote is still there, and all targets
/// print their receipts. Returns what the next run needs to be asked for.
fn restore(scene: &Scene, world: &World, counter: u64) -> Vec<String> {
    let receipt =
        |cluster: &&str| receipt_line(&manifest_of_users(&scene.sandbox, cluster), &format!("{cluster}/users"), counter, &[]);
    let users: Vec<String> = CLUSTERS.iter().chain([&FOREIGN]).map(receipt).collect();
    fs::remove_dir_all(scene.sandbox.path("state")).expect("removed");
    scene.sandbox.ok(&["state", "restore", "backup.tar.gz"]);
    // The last changes may have been none.
    let is_later = scene.index()["revision"].as_u64() > scene.inventory()["revision"].as_u64();
    if is_later {
        scene.refused(&[], 3, &["meshbundle rollout record mesh.yaml out"]);
    }
    let ran = scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "out"]);
    assert!(ran.said("taken in") || !is_later, "{}", ran.stdout);
    scene.refused(&[], 1, &["CM0621", "no receipt since then shows what is installed"]);
    let receipts: Vec<String> = world.installed.keys().map(|path| world.receipt(path, counter)).chain(users).collect();
    scene.sandbox.write("receipts.txt", &receipts.join("\n"));
    scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
    // What was written over is still on the machine.
    let late = world.installed.values().map(|bundle| bundle.path("").to_str().expect("text").to_owned()).collect::<Vec<_>>();
    let words: Vec<&str> = ["rollout", "record", "mesh.yaml"].into_iter().chain(late.iter().map(String::as_str)).collect();
    scene.sandbox.ok(&words);
    // Nodes that left after the backup print nothing.
    let known = scene.inventory()["bundles"].as_object().expect("bundles").keys().cloned().collect::<Vec<_>>();
    let gone = known.iter().filter(|path| path.contains("/nodes/") && !world.installed.contains_key(*path));
    gone.map(|path| format!("--without={}", unit(path))).collect()
}

/// Whether this is a node of another cluster.
fn is_reader_of_foreign(path: &str) -> bool {
    path.contains("/nodes/") && !path.starts_with(FOREIGN)
}

/// The host of the endpoint of a remote.
fn dialled(bundle: &Bundle, remote: &str) -> String {
    let config = bundle.peer(remote);
    config.split("https://").nth(1).and_then(|rest| rest.split(':').next()).expect("an endpoint").to_owned()
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

/// Whether openssl accepts a certificate with these anchors and words.
fn accepts(known: &mut Known, anchors: &Path, certificate: &Path, words: &[&str]) -> bool {
    let case = (text(certificate), text(anchors), words.join(" "));
    let words = [&["verify"], words, &["-CAfile"]].concat();
    *known.entry(case).or_insert_with(|| openssl(&words, &[anchors, certificate]).ends_with(": OK\n"))
}

/// Plays one history. Returns how often something was kept, a CA waited, a link was tried, and the operator of the etcd of others had
/// something to say.
fn play(seed: u64) -> [usize; 4] {
    let mut dice = Dice::new(seed);
    let mut desired = Desired { clusters: [(0, 0, 2, 3, 3), (0, 0, 2, 0, 3), (0, 0, 2, 3, 2), (0, 0, 1, 0, 1)] };
    let scene = Scene { sandbox: Sandbox::with_mesh(&desired.text()) };
    let mut world = World::new(ForeignEtcd::new(&scene.sandbox, FOREIGN, &CAS, CAS[0], CAS[1]));
    scene.generate(&["--create-authorities"]);
    world.roll_out(&scene, &scene.plan(&[]), &mut dice);
    let (mut kept, mut next) = (0, 0);
    for change in 0..CHANGES {
        desired.change(&mut dice);
        if change == BACKUP {
            scene.sandbox.ok(&["state", "backup", "backup.tar.gz"]);
        }
        let mut words = Vec::new();
        if change == RESTORED {
            scene.edit(&desired.text());
            words = restore(&scene, &world, 1_000 + change as u64);
        }
        scene.change(&desired.text(), &words.iter().map(String::as_str).collect::<Vec<_>>());
        let plan = scene.plan(&[]);
        kept += plan["kept"].as_array().expect("kept").len();
        next += plan["nextSigners"].as_array().expect("signers").len();
        world.roll_out(&scene, &plan, &mut dice);
        world.operate(&scene.sandbox, &plan, desired.clusters[3].3, Some(&mut dice));
        world.judge(&scene.sandbox, &mut dice);
        // Some receipts are recorded, some get lost.
        let counter = 1_000 + change as u64;
        let recorded = world.installed.keys().filter(|_| !dice.once_in(2)).map(|path| world.receipt(path, counter));
        let receipts = recorded.collect::<Vec<_>>().join("\n");
        scene.sandbox.write("receipts.txt", &receipts);
        let ran = scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
        assert!(ran.said("0 other lines"), "{}", ran.stdout);
    }
    let counts = [kept, next, world.tried, world.foreign.records];

    // When everything is in place and recorded, nothing is kept, and no link notices that it goes.
    for counter in 10_000..10_005 {
        let plan = scene.plan(&[]);
        scene.generate(&[]);
        world.roll_out(&scene, &plan, &mut Dice::new(1));
        for path in scene.archives().into_keys() {
            world.installed.insert(path.clone(), scene.bundle(&path));
            if path.contains("/etcd/") {
                world.loaded.insert(path.clone(), scene.bundle(&path));
            }
            world.judge(&scene.sandbox, &mut dice);
        }
        world.operate(&scene.sandbox, &plan, desired.clusters[3].3, None);
        world.judge(&scene.sandbox, &mut dice);
        let receipts: Vec<String> = world.installed.keys().map(|path| world.receipt(path, counter)).collect();
        scene.sandbox.write("receipts.txt", &receipts.join("\n"));
        let all = [CLUSTERS[0], CLUSTERS[1], CLUSTERS[2], FOREIGN];
        let operators = all.map(|cluster| ["--by-hand".to_owned(), format!("{cluster}/operator")]);
        let words: Vec<&str> = ["rollout", "record", "mesh.yaml", "receipts.txt"]
            .into_iter()
            .chain(operators.iter().flatten().map(String::as_str))
            .collect();
        scene.sandbox.ok(&words);
    }
    let plan = scene.plan(&[]);
    let waits = (&plan["kept"], &plan["nextSigners"]);
    assert_eq!(waits, (&json!([]), &json!([])), "seed {seed}: everything is replaced, and something is kept");
    counts
}

#[test]
fn no_link_is_cut_while_endpoints_users_nodes_and_cas_change() {
    let all = (1..=rounds(1) as u64).map(play).reduce(|all, one| std::array::from_fn(|i| all[i] + one[i]));
    let [kept, next, tried, said] = all.expect("a round");
    assert!(
        kept > 0 && next > 0 && said > 0,
        "{kept} times something was kept, {next} times a CA waited, {said} things were said"
    );
    assert!(tried > 500, "{tried} links were tried");
}
