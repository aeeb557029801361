//! Whatever may be installed connects: random histories on paper, in which endpoints, user names, nodes and CAs change, roll-outs are left
//! out, targets are late and receipts get lost. After every run, each state of a reader that evidence leaves open meets each state of a
//! member, as long as the order of the waves was kept. And nothing is kept that no such state needs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use meshbundle::lint::CheckedMesh;
use meshbundle::plan::{
    BundleId, BundleKind, ClientPlan, ClusterPlan, CredentialKey, Floor, Floors, Inventory, KeptKind, LinkPlan, NodePlan, Plan,
    Request, StateFacts, TrustPlan, plan,
};

use crate::properties::issued::{NOW, carried_out, sound};
use crate::support::dice::Dice;
use crate::support::rounds::rounds;

const NAMES: [&str; 3] = ["ams", "fra", "oslo"];
const RUNS: usize = 12;

/// What one cluster is to be: numbers of its endpoint's host, its user name, its nodes, and the CAs of its servers and clients.
#[derive(Clone, Copy)]
struct Desired {
    host: usize,
    user: usize,
    nodes: usize,
    servers: usize,
    clients: usize,
}

fn mesh(desired: &[Desired; 3]) -> CheckedMesh {
    let mut text = String::from(
        "version: 1\nmesh: m\ncilium: { version: \"1.18\", routingMode: tunnel, encryption: none }\ntrust: { authority: per-cluster }\n\
         defaults: { runtime: { kind: systemd, unit: cilium.service } }\nclusters:\n",
    );
    for (number, (name, Desired { host, user, nodes, servers, clients })) in (1..).zip(NAMES.iter().zip(desired)) {
        let nodes = ["n1", "n2"][..*nodes].join(", ");
        let user = ["remote-{cluster}", "peer-{cluster}", "{node}-of-{cluster}"][*user];
        text += &format!(
            "- name: {name}\n  id: {number}\n  nodes: [{nodes}]\n  podCIDRs: [10.{number}.0.0/16]\n  etcd:\n    localClients: true\n    \
             peers: true\n    authority: {}\n    clientSigner: {}\n    clientName: \"{user}\"\n    endpoints: \
             [\"https://e{host}.{name}.example:2379\"]\n    members: [{{ name: m1, addresses: [192.0.2.{number}1] }}, {{ name: m2, addresses: \
             [192.0.2.{number}2] }}]\n",
            NAMES[*servers], NAMES[*clients],
        );
    }
    sound(&text)
}

/// What a node dials an etcd with.
struct Dialling {
    hosts: Vec<String>,
    anchors: BTreeSet<String>,
    signer: String,
    user: String,
}

/// What the members of an etcd present and trust, and the users that its script makes.
struct Serving {
    hosts: BTreeSet<String>,
    signer: String,
    clients: BTreeSet<String>,
    peers: BTreeSet<String>,
    users: BTreeSet<String>,
}

/// The facts of one run.
struct Run {
    generations: BTreeMap<BundleId, u64>,
    /// By node's bundle and etcd.
    dialling: BTreeMap<(BundleId, String), Dialling>,
    serving: BTreeMap<String, Serving>,
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
        let serving = plan.clusters.iter().map(|cluster| (cluster.name.to_string(), serving(cluster, &fingerprint)));
        Self {
            generations: plan.bundles.iter().map(|(bundle, plan)| (bundle.clone(), plan.generation)).collect(),
            serving: serving.collect(),
            dialling,
        }
    }
}

/// The CA and the user of a node's certificate.
fn presented(node: &NodePlan, link: &LinkPlan) -> (String, String) {
    let key = match &link.client {
        ClientPlan::Shared(key) => key,
        ClientPlan::PerNode { .. } => &node.per_node_credentials[&link.remote],
        ClientPlan::Given(_) => panic!("none is given"),
    };
    let CredentialKey::Client { signer, common_name, .. } = key else { panic!("{key} is not a client's") };
    (signer.to_string(), common_name.to_string())
}

fn serving(cluster: &ClusterPlan, fingerprint: &dyn Fn(&str) -> String) -> Serving {
    let TrustPlan { server_signer, client_trust, peer_trust, .. } = &cluster.trust;
    let member = &cluster.members[0].server;
    let hosts = member.dns_names.iter().cloned().chain(member.ip_addresses.iter().map(ToString::to_string)).collect();
    let roles = cluster.authorisation.as_ref().expect("authorisation").roles.values();
    Serving {
        hosts,
        signer: fingerprint(server_signer.as_str()),
        clients: client_trust.iter().map(|name| fingerprint(name.as_str())).collect(),
        peers: peer_trust.iter().map(|name| fingerprint(name.as_str())).collect(),
        users: roles.flat_map(|role| &role.users).map(ToString::to_string).collect(),
    }
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
#[derive(Default)]
struct World {
    runs: Vec<Run>,
    /// What targets really have: the run that was installed, and the one that was loaded.
    real: BTreeMap<BundleId, (usize, usize)>,
    known: BTreeMap<BundleId, Known>,
    pairs: usize,
    kept: usize,
}

impl World {
    fn floors(&self) -> Floors {
        let floor = |(bundle, known): (&BundleId, &Known)| {
            let generation = *self.runs[known.installed].generations.get(bundle)?;
            Some((bundle.clone(), Floor::Installed { generation, restart_due: known.restart_due }))
        };
        Floors::new(self.known.iter().filter_map(floor).collect(), BTreeMap::new(), BTreeMap::new(), 0)
    }

    /// Ships the last run in the order of the waves, or nothing. Some targets are late, some do not restart, some receipts get lost.
    fn roll_out(&mut self, dice: &mut Dice) {
        let last = self.runs.len() - 1;
        let bundles: Vec<BundleId> = self.runs[last].generations.keys().cloned().collect();
        self.real.retain(|bundle, _| bundles.contains(bundle));
        self.known.retain(|bundle, _| bundles.contains(bundle));
        if last > 0 && dice.once_in(4) {
            return;
        }
        for bundle in bundles {
            let is_member = matches!(bundle.kind(), BundleKind::Member(_));
            let real = self.real.entry(bundle.clone()).or_insert((last, last));
            if is_member || !dice.once_in(3) {
                real.0 = last;
            }
            if !dice.once_in(2) {
                real.1 = real.0;
            }
            let (installed, loaded) = *real;
            if !dice.once_in(3) {
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
            assert!(own || serving.users.contains(&dialling.user), "{remote} has withdrawn {}", dialling.user);
        };
        servings.map(judge).count()
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
                    KeptKind::ClientAuthority => of_readers(&|dialling| dialling.signer == fingerprint),
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

/// Plays one history, and returns how many pairs of states it tried, and how often something was kept.
fn play(seed: u64) -> (usize, usize) {
    let mut dice = Dice::new(seed);
    let mut desired = [0, 1, 2].map(|own| Desired { host: 0, user: 0, nodes: 2, servers: own, clients: own });
    let (mut world, mut inventory) = (World::default(), Inventory::default());
    for run in 0..RUNS {
        let checked = mesh(&desired);
        let request = Request { create_authorities: true, ..Request::default() };
        let planned = plan(&checked, &inventory, &world.floors(), &StateFacts::default(), &request, NOW);
        let plan = planned.plan.unwrap_or_else(|| panic!("seed {seed}: {:#?}", planned.findings));
        inventory = carried_out(&plan, &checked, &inventory, run);
        world.judge_kept(&plan, &inventory);
        world.runs.push(Run::of(&plan, &inventory));
        world.judge();
        world.roll_out(&mut dice);
        world.judge();
        let cluster = &mut desired[dice.below(3)];
        match dice.below(6) {
            0 => cluster.host = dice.below(3),
            1 => cluster.user = dice.below(3),
            2 => cluster.nodes = 1 + dice.below(2),
            3 => cluster.servers = dice.below(3),
            4 => cluster.clients = dice.below(3),
            // The same mesh again.
            _ => {}
        }
    }
    (world.pairs, world.kept)
}

#[test]
fn all_states_that_may_be_live_connect_and_nothing_is_kept_without_need() {
    let (pairs, kept) = (1..=rounds(150) as u64).map(play).fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    println!("{pairs} pairs, {kept} times something was kept");
    assert!(pairs > 10_000 && kept > 100, "{pairs} pairs, {kept} kept");
}
