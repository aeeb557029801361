//! Whatever may be installed connects: random histories on paper, in which endpoints, user names, nodes and CAs change, roll-outs are left
//! out, targets are late and receipts get lost. After every run, each state of a reader that evidence leaves open meets each state of a
//! member, as long as the order of the waves was kept. And nothing is kept that no such state needs. One etcd gets no files from here: what
//! changes there is its operator's to do, and to record.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use meshbundle::lint::{CheckedMesh, ProvidedFiles};
use meshbundle::plan::{
    BundleId, BundleKind, ClusterPlan, CredentialKey, Floor, Floors, Inventory, KeptKind, LinkPlan, NodePlan, Plan, Request,
    StateFacts, TrustPlan, plan,
};

use crate::properties::foreign::ForeignEtcd;
use crate::properties::issued::{NOW, carried_out, provided, sound_with};
use crate::support::changing_mesh::{ChangingCluster, changing_mesh};
use crate::support::dice::Dice;
use crate::support::rounds::rounds;

const NAMES: [&str; 3] = ["ams", "fra", "oslo"];
/// Its etcd has no members in the mesh.
const FOREIGN: &str = "lima";
/// The CAs at both ends of that etcd: what is made here never gets there.
const PROVIDED: [&str; 3] = ["ca-x", "ca-y", "ca-z"];
const RUNS: usize = 12;

/// What one cluster is to be: numbers of its endpoint's host, its user name, its nodes, and the CAs of its servers and clients. The last
/// one is [`FOREIGN`].
#[derive(Clone, Copy)]
struct Desired {
    host: usize,
    user: usize,
    nodes: usize,
    servers: usize,
    clients: usize,
}

fn mesh(desired: &[Desired; 4], files: &ProvidedFiles) -> CheckedMesh {
    let clusters = NAMES.iter().chain([&FOREIGN]).zip(desired);
    let clusters = clusters.map(|(name, &Desired { host, user, nodes, servers, clients })| {
        let is_foreign = *name == FOREIGN;
        let authorities = if is_foreign { PROVIDED } else { NAMES };
        let nodes = &["n1", "n2"][..nodes];
        ChangingCluster { name, nodes, host, user, servers: authorities[servers], clients: authorities[clients], is_foreign }
    });
    sound_with(&changing_mesh(&PROVIDED, clusters), files)
}

/// What a node dials an etcd with.
struct Dialling {
    hosts: Vec<String>,
    anchors: BTreeSet<String>,
    signer: String,
    user: String,
}

/// What the members of an etcd present and trust.
struct Serving {
    hosts: BTreeSet<String>,
    signer: String,
    clients: BTreeSet<String>,
    peers: BTreeSet<String>,
}

/// The facts of one run.
struct Run {
    generations: BTreeMap<BundleId, u64>,
    /// By node's bundle and etcd.
    dialling: BTreeMap<(BundleId, String), Dialling>,
    serving: BTreeMap<String, Serving>,
    /// By etcd, the users that its script makes.
    users: BTreeMap<String, BTreeSet<String>>,
}

impl Run {
    fn of(plan: &Plan, inventory: &Inventory) -> Self {
        let fingerprint = |name: &str| inventory.authorities[name].fingerprint.clone();
        let all = |names: &[meshbundle::mesh::Label]| names.iter().map(|name| fingerprint(name.as_str())).collect();
        let mut dialling = BTreeMap::new();
        for (cluster, node) in plan.clusters.iter().flat_map(|cluster| cluster.nodes.iter().map(move |node| (cluster, node))) {
            for link in &cluster.links {
                let (signer, user) = presented(node, link);
                let hosts = link.endpoints.iter().map(|endpoint| endpoint.host.to_string()).collect();
                let fact = Dialling { hosts, anchors: all(&link.anchors), signer: fingerprint(&signer), user };
                dialling.insert((cluster.node_bundle(node), link.remote.to_string()), fact);
            }
            let own = cluster.own.as_ref().expect("local clients");
            let hosts = own.endpoints.iter().map(|endpoint| endpoint.host.to_string()).collect();
            let (signer, user) = (fingerprint(own.signer.as_str()), "agent".to_owned());
            let fact = Dialling { hosts, anchors: all(&own.anchors), signer, user };
            dialling.insert((cluster.node_bundle(node), cluster.name.to_string()), fact);
        }
        let managed = plan.clusters.iter().filter(|cluster| !cluster.members.is_empty());
        let serving = managed.map(|cluster| (cluster.name.to_string(), serving(cluster, &fingerprint)));
        Self {
            generations: plan.bundles.iter().map(|(bundle, plan)| (bundle.clone(), plan.generation)).collect(),
            serving: serving.collect(),
            users: plan.clusters.iter().map(|cluster| (cluster.name.to_string(), users(cluster))).collect(),
            dialling,
        }
    }
}

/// The CA and the user of a node's certificate.
fn presented(node: &NodePlan, link: &LinkPlan) -> (String, String) {
    let key = node.client(link).expect("none is given");
    let CredentialKey::Client { signer, common_name, .. } = key else { panic!("{key} is not a client's") };
    (signer.to_string(), common_name.to_string())
}

fn serving(cluster: &ClusterPlan, fingerprint: &dyn Fn(&str) -> String) -> Serving {
    let TrustPlan { server_signer, client_trust, peer_trust, .. } = &cluster.trust;
    let member = &cluster.members[0].server;
    let hosts = member.dns_names.iter().cloned().chain(member.ip_addresses.iter().map(ToString::to_string)).collect();
    Serving {
        hosts,
        signer: fingerprint(server_signer.as_str()),
        clients: client_trust.iter().map(|name| fingerprint(name.as_str())).collect(),
        peers: peer_trust.iter().map(|name| fingerprint(name.as_str())).collect(),
    }
}

fn users(cluster: &ClusterPlan) -> BTreeSet<String> {
    let roles = cluster.authorisation.as_ref().expect("authorisation").roles.values();
    roles.flat_map(|role| role.users.iter()).map(ToOwned::to_owned).collect()
}

/// What a target is known to have, as numbers of runs.
#[derive(Clone, Copy, Default)]
struct Known {
    installed: usize,
    /// What its process had read when it started last.
    loaded: usize,
    restart_due: bool,
}

/// What is out there.
struct World {
    runs: Vec<Run>,
    /// What targets really have: the run that was installed, and the one that was loaded.
    real: BTreeMap<BundleId, (usize, usize)>,
    known: BTreeMap<BundleId, Known>,
    foreign: ForeignEtcd,
    pairs: usize,
    kept: usize,
}

impl World {
    fn new() -> Self {
        let foreign = ForeignEtcd::new(FOREIGN);
        Self { runs: Vec::new(), real: BTreeMap::new(), known: BTreeMap::new(), foreign, pairs: 0, kept: 0 }
    }

    fn floors(&self) -> Floors {
        let floor = |(bundle, known): (&BundleId, &Known)| {
            let generation = *self.runs[known.installed].generations.get(bundle)?;
            Some((bundle.clone(), Floor::Installed { generation, restart_due: known.restart_due }))
        };
        Floors::new(self.known.iter().filter_map(floor).collect(), BTreeMap::new(), self.foreign.done(), 0)
    }

    /// Ships the last run in the order of the waves, or nothing. Some targets are late, some do not restart, some receipts get lost; and
    /// once in a while everything is there.
    fn roll_out(&mut self, dice: &mut Dice) {
        let last = self.runs.len() - 1;
        let bundles: Vec<BundleId> = self.runs[last].generations.keys().cloned().collect();
        self.real.retain(|bundle, _| bundles.contains(bundle));
        self.known.retain(|bundle, _| bundles.contains(bundle));
        if last > 0 && dice.once_in(4) {
            return;
        }
        let everything = dice.once_in(4);
        for bundle in bundles {
            let is_member = matches!(bundle.kind(), BundleKind::Member(_));
            let real = self.real.entry(bundle.clone()).or_insert((last, last));
            if everything || is_member || !dice.once_in(3) {
                real.0 = last;
            }
            if everything || !dice.once_in(2) {
                real.1 = real.0;
            }
            let (installed, loaded) = *real;
            if everything || !dice.once_in(3) {
                let restart_due = self.generation(&bundle, installed) != self.generation(&bundle, loaded);
                let before = self.known.get(&bundle).copied().unwrap_or_default();
                let loaded = if restart_due { before.loaded } else { installed };
                self.known.insert(bundle, Known { installed, loaded, restart_due });
            }
        }
    }

    fn generation(&self, bundle: &BundleId, run: usize) -> Option<u64> {
        self.runs[run].generations.get(bundle).copied()
    }

    /// The runs whose bundle a target may have, and those that its process may have loaded.
    fn open(&self, bundle: &BundleId) -> (RangeInclusive<usize>, RangeInclusive<usize>) {
        let last = self.runs.len() - 1;
        // A node that was not in the mesh had no links to keep.
        let absent = self.runs.iter().rposition(|run| !run.generations.contains_key(bundle));
        let first = absent.map_or(0, |absent| last.min(absent + 1));
        let known = self.known.get(bundle).copied().unwrap_or_default();
        (known.installed.max(first)..=last, known.loaded.max(first)..=last)
    }

    /// Tries every pair of states that may be live.
    fn judge(&mut self) {
        let last = self.runs.last().expect("a run");
        let mut pairs = 0;
        for (bundle, remote) in last.dialling.keys() {
            let (installed, loaded) = self.open(bundle);
            let own = bundle.cluster() == remote;
            if remote == FOREIGN {
                pairs += self.judge_foreign(bundle, own);
                continue;
            }
            // Of the own etcd, agents read config and CAs only when they start, and their certificate at each handshake.
            for (reader, member) in pairs_of(if own { loaded } else { installed.clone() }, &members(remote)) {
                pairs += self.judge_server(reader, bundle, remote, &member, own);
            }
            for (reader, member) in pairs_of(installed, &members(remote)) {
                self.judge_client(reader, bundle, remote, &member);
            }
        }
        for cluster in NAMES {
            let [one, other] = members(cluster);
            for (presenting, verifying) in [(&one, &other), (&other, &one)] {
                for (presents, loaded) in
                    self.open(presenting).0.flat_map(|run| self.open(verifying).1.map(move |has| (run, has)))
                {
                    let (presents, trusts) = (&self.runs[presents].serving[cluster], &self.runs[loaded].serving[cluster]);
                    assert!(trusts.peers.contains(&presents.signer), "members of {cluster} part");
                }
            }
        }
        self.pairs += pairs;
    }

    /// A reader verifies the servers. Whatever it has got, members and users have got before.
    fn judge_server(&self, reader: usize, bundle: &BundleId, remote: &str, member: &BundleId, own: bool) -> usize {
        let Some(dialling) = self.runs[reader].dialling.get(&(bundle.clone(), remote.to_owned())) else { return 0 };
        let after = self.open(member).0.filter(|run| *run >= reader);
        let servings = after.map(|run| &self.runs[run].serving[remote]);
        let judge = |serving: &Serving| {
            assert!(dialling.anchors.contains(&serving.signer), "run {reader} does not trust {member}");
            assert!(
                dialling.hosts.iter().all(|host| serving.hosts.contains(host)),
                "{member} does not cover {:?}",
                dialling.hosts
            );
        };
        if !own {
            self.judge_user(reader, dialling, remote);
        }
        servings.map(judge).count()
    }

    /// The etcd has the users of each run that a reader may have, and of those after it.
    fn judge_user(&self, reader: usize, dialling: &Dialling, remote: &str) {
        let has_it = |run: &Run| run.users[remote].contains(&dialling.user);
        assert!(self.runs[reader..].iter().all(has_it), "{remote} has withdrawn {}", dialling.user);
    }

    /// The states of a reader that may be live meet the one that the etcd of [`FOREIGN`] has.
    fn judge_foreign(&self, bundle: &BundleId, own: bool) -> usize {
        let (installed, loaded) = self.open(bundle);
        let key = (bundle.clone(), FOREIGN.to_owned());
        let states = |runs: RangeInclusive<usize>| runs.filter_map(|run| Some((run, self.runs[run].dialling.get(&key)?)));
        for (run, dialling) in states(if own { loaded } else { installed.clone() }) {
            assert!(self.foreign.presents.is_subset(&dialling.anchors), "run {run} of {bundle} does not trust {FOREIGN}");
        }
        let mut pairs = 0;
        for (run, dialling) in states(installed) {
            assert!(self.foreign.trusts.contains(&dialling.signer), "{FOREIGN} does not trust a client of run {run} of {bundle}");
            if !own {
                self.judge_user(run, dialling, FOREIGN);
            }
            pairs += 1;
        }
        pairs
    }

    /// The operator of [`FOREIGN`] works after a roll-out.
    fn operate(&mut self, inventory: &Inventory, dice: &mut Dice) {
        let last = self.runs.last().expect("a run");
        let readers: Vec<(RangeInclusive<usize>, &(BundleId, String))> = last
            .dialling
            .keys()
            .filter(|(_, remote)| remote == FOREIGN)
            .map(|key| {
                let (installed, loaded) = self.open(&key.0);
                (if key.0.cluster() == FOREIGN { loaded } else { installed }, key)
            })
            .collect();
        let trusts = |run: usize, key: &(BundleId, String), authority: &str| {
            self.runs[run].dialling.get(key).is_none_or(|dialling| dialling.anchors.contains(authority))
        };
        let can_present = |authority: &str| readers.iter().all(|(runs, key)| runs.clone().all(|run| trusts(run, key, authority)));
        self.foreign.operate(inventory, &self.floors(), &can_present, dice);
    }

    /// A member verifies a client, with the CAs that it has loaded.
    fn judge_client(&self, reader: usize, bundle: &BundleId, remote: &str, member: &BundleId) {
        let Some(dialling) = self.runs[reader].dialling.get(&(bundle.clone(), remote.to_owned())) else { return };
        for run in self.open(member).1 {
            let trusted = &self.runs[run].serving[remote].clients;
            assert!(trusted.contains(&dialling.signer), "{member} of run {run} does not trust a client of run {reader}");
        }
    }

    /// Demands that each thing that is kept is needed by a state that may be live.
    fn judge_kept(&mut self, plan: &Plan, inventory: &Inventory) {
        for kept in &plan.kept {
            let of_readers = |needs: &dyn Fn(&Dialling) -> bool| {
                let readers = self.runs.iter().flat_map(|run| run.dialling.keys()).filter(|(_, remote)| *remote == kept.cluster);
                readers.collect::<BTreeSet<_>>().into_iter().any(|key| {
                    let (installed, loaded) = self.open(&key.0);
                    // While a restart is due, it is not recorded what was loaded before.
                    let (known, own) = (self.known.get(&key.0), key.0.cluster() == key.1);
                    let runs = match known {
                        Some(known) if own && known.restart_due => 0..=*loaded.end(),
                        _ if own => loaded,
                        _ => installed,
                    };
                    let mut states = runs.filter_map(|run| self.runs[run].dialling.get(key));
                    states.any(needs)
                })
            };
            // Operators dial as agents of their cluster do, and have no facts of their own here. A node that comes back, and has recorded
            // nothing since, may have anything that it had before: nothing says what that was.
            let cannot_tell = |bundle: &BundleId| {
                let came_back =
                    self.runs.iter().any(|run| !run.generations.contains_key(bundle)) && !self.known.contains_key(bundle);
                matches!(bundle.kind(), BundleKind::Operator) || came_back
            };
            let fingerprint = inventory.authorities.get(&kept.name).map(|record| record.fingerprint.clone()).unwrap_or_default();
            let needed = kept.waiting.iter().any(cannot_tell)
                || match kept.kind {
                    KeptKind::Host => of_readers(&|dialling| dialling.hosts.contains(&kept.name)),
                    KeptKind::User => of_readers(&|dialling| dialling.user == kept.name),
                    KeptKind::Kvstoremesh => unreachable!("no Helm cluster is here"),
                    KeptKind::ClientAuthority => of_readers(&|dialling| dialling.signer == fingerprint),
                    KeptKind::ServerAuthority if kept.cluster == FOREIGN => self.foreign.may_present(&fingerprint),
                    KeptKind::ServerAuthority => members(&kept.cluster)
                        .iter()
                        .any(|member| self.open(member).0.any(|run| self.runs[run].serving[&kept.cluster].signer == fingerprint)),
                };
            assert!(needed, "nobody needs {kept:?}");
            self.kept += 1;
        }
    }
}

fn members(cluster: &str) -> [BundleId; 2] {
    ["m1", "m2"].map(|name| BundleId::new(cluster, BundleKind::Member(name.to_owned())))
}

/// Each run with each member.
fn pairs_of(runs: RangeInclusive<usize>, members: &[BundleId; 2]) -> Vec<(usize, BundleId)> {
    runs.flat_map(|run| members.iter().map(move |member| (run, member.clone()))).collect()
}

/// Plays one history, and returns how many pairs of states it tried, how often something was kept, and how often an operator has said
/// something.
fn play(seed: u64, files: &ProvidedFiles) -> [usize; 3] {
    let mut dice = Dice::new(seed);
    let mut desired = [0, 1, 2, 0].map(|own| Desired { host: 0, user: 0, nodes: 2, servers: own, clients: own });
    let (mut world, mut inventory) = (World::new(), Inventory::default());
    for run in 0..RUNS {
        let checked = mesh(&desired, files);
        let request = Request { create_authorities: true, ..Request::default() };
        let planned = plan(&checked, &inventory, &world.floors(), &StateFacts::default(), &request, NOW);
        let plan = planned.plan.unwrap_or_else(|| panic!("seed {seed}: {:#?}", planned.findings));
        inventory = carried_out(&plan, &checked, &inventory, run);
        world.foreign.judge_next(&plan.next, &inventory);
        world.foreign.planned(&plan, &inventory, &[PROVIDED[desired[3].servers]]);
        world.judge_kept(&plan, &inventory);
        world.runs.push(Run::of(&plan, &inventory));
        world.judge();
        world.roll_out(&mut dice);
        world.judge();
        world.operate(&inventory, &mut dice);
        world.judge();
        // The foreign etcd has the longest way.
        let number = dice.below(6).min(3);
        let cluster = &mut desired[number];
        match if number == 3 { dice.pick(&[1, 2, 3, 3, 4, 4]) } else { dice.below(6) } {
            0 => cluster.host = dice.below(3),
            1 => cluster.user = dice.below(3),
            2 => cluster.nodes = 1 + dice.below(2),
            3 => cluster.servers = dice.below(3),
            4 => cluster.clients = dice.below(3),
            // The same mesh again.
            _ => {}
        }
    }
    [world.pairs, world.kept, world.foreign.records]
}

#[test]
fn all_states_that_may_be_live_connect_and_nothing_is_kept_without_need() {
    let add = |all: [usize; 3], one: [usize; 3]| [all[0] + one[0], all[1] + one[1], all[2] + one[2]];
    let files = provided(&PROVIDED);
    let [pairs, kept, records] = (1..=rounds(100) as u64).map(|seed| play(seed, &files)).fold([0; 3], add);
    println!("{pairs} pairs, {kept} times something was kept, {records} times an operator has said something");
    assert!(pairs > 10_000 && kept > 100 && records > 100, "{pairs} pairs, {kept} kept, {records} said");
}
