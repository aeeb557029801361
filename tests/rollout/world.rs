//! What is out there in a random history: each target has one generation of its bundle, unpacked by GNU tar. openssl is the judge of
//! certificates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::evolution::scene::{Bundle, Scene, strings};
use crate::rollout::foreign::{ForeignEtcd, certificate, client_ca};
use crate::support::dice::Dice;
use crate::support::receipts::{receipt_line, unit};
use crate::support::{Ran, Sandbox};

pub(crate) const CLUSTERS: [&str; 3] = ["ams", "fra", "oslo"];
/// Its etcd has no members in the mesh, and only CAs that are provided.
pub(crate) const FOREIGN: &str = "lima";
pub(crate) const CAS: [&str; 3] = ["ca-x", "ca-y", "ca-z"];

/// When certificates are judged, Unix seconds: 310 days after the first run. What is issued in a history is valid then, so that each question
/// has one answer.
const JUDGED_AT: &str = "1822046400";

/// What openssl has said, by certificate, anchors and words.
type Known = BTreeMap<(String, String, String), bool>;

/// What is out there.
pub(crate) struct World {
    /// By path below `bundles/`: what its target has.
    pub(crate) installed: BTreeMap<String, Bundle>,
    /// The same of members: what was installed when they started last.
    pub(crate) loaded: BTreeMap<String, Bundle>,
    /// Users of each etcd.
    users: BTreeMap<String, BTreeSet<String>>,
    /// Links that were tried, with each node and member.
    pub(crate) tried: usize,
    /// What openssl has said of the same files before.
    known: Known,
    /// The same of common names.
    names: BTreeMap<String, String>,
    pub(crate) foreign: ForeignEtcd,
}

impl World {
    pub(crate) fn new(foreign: ForeignEtcd) -> Self {
        let (installed, loaded, users) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { installed, loaded, users, tried: 0, known: Known::new(), names: BTreeMap::new(), foreign }
    }

    /// Ships what was written, in the order of the waves. Some targets are late.
    pub(crate) fn roll_out(&mut self, scene: &Scene, plan: &Value, dice: &mut Dice) {
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
    pub(crate) fn judge(&mut self, sandbox: &Sandbox, dice: &mut Dice) {
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
    pub(crate) fn operate(&mut self, sandbox: &Sandbox, plan: &Value, servers: usize, dice: Option<&mut Dice>) {
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
    pub(crate) fn receipt(&self, path: &str, counter: u64) -> String {
        let manifest = self.installed[path].manifest();
        let is_loaded = |loaded: &Bundle| loaded.generation() == self.installed[path].generation();
        let due: &[&str] = if self.loaded.get(path).is_none_or(is_loaded) { &[] } else { &["etcd"] };
        receipt_line(&manifest, &unit(path), counter, due)
    }
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
    let words = [&["verify", "-attime", JUDGED_AT], words, &["-CAfile"]].concat();
    *known.entry(case).or_insert_with(|| openssl(&words, &[anchors, certificate]).ends_with(": OK\n"))
}
