//! Random histories of a mesh whose endpoints, user names, nodes and CAs change, whose certificates are renewed and get new keys, and whose
//! CAs are rotated, while targets are late, receipts get lost and runs are killed. What is installed is played: each target has one generation
//! of its bundle, unpacked by GNU tar. openssl is the judge of certificates.
//!
//! Waves are kept in order, and nothing else: within a wave, targets take what is new in any order, or not at all for a while. Members
//! take it at once, and some restart only after a later change: until then they trust what they trusted before. One etcd gets no files from
//! here ([`ForeignEtcd`]).

use std::fs;

use serde_json::json;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::evolution::scene::Scene;
use crate::rollout::agreement::Agreement;
use crate::rollout::foreign::ForeignEtcd;
use crate::rollout::moves::{Counts, Move, open};
use crate::rollout::world::{CAS, CLUSTERS, FOREIGN, World};
use crate::support::changing_mesh::{ChangingCluster, changing_mesh};
use crate::support::dice::Dice;
use crate::support::receipts::{manifest_of_users, receipt_line, unit};
use crate::support::rounds::rounds;
use crate::support::{NOW, Sandbox};

const NODES: [&str; 3] = ["n1", "n2", "n3"];
const CHANGES: usize = 20;
/// How many days they take at most: nothing that was installed expires.
const DAYS: usize = 300;
/// Before which change the state is backed up, and before which it is restored.
const BACKUP: usize = 8;
const RESTORED: usize = 13;

/// What the mesh is to be.
#[derive(Clone)]
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

/// The state is lost, and restored from a backup that does not know the last changes. What they wrote is still there, and all targets
/// print their receipts. Returns what the next run needs to be asked for. The backup may know a rotation that was over later: then
/// our clusters are as in `earlier`, the mesh of the backup, too.
fn restore(scene: &Scene, world: &World, counter: u64, desired: &mut Desired, earlier: &Desired) -> Vec<String> {
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
    if scene.sandbox.run(&["plan", "mesh.yaml"]).said("CM0626") {
        desired.clusters[..3].copy_from_slice(&earlier.clusters[..3]);
        scene.edit(&desired.text());
    }
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

/// The time so many days after the first run.
fn later(days: usize) -> String {
    let start = OffsetDateTime::parse(NOW, &Rfc3339).expect("a time");
    (start + Duration::days(i64::try_from(days).expect("days"))).format(&Rfc3339).expect("a time")
}

/// Everything that was written last is installed, in use and recorded, and the operator of the etcd of others has done everything.
fn complete(scene: &Scene, world: &mut World, servers: usize, dice: &mut Dice, counter: u64) {
    let plan = scene.plan(&[]);
    world.roll_out(scene, &plan, &mut Dice::new(1));
    for path in scene.archives().into_keys() {
        world.installed.insert(path.clone(), scene.bundle(&path));
        if path.contains("/etcd/") {
            world.loaded.insert(path.clone(), scene.bundle(&path));
        }
        world.judge(&scene.sandbox, dice);
    }
    world.operate(&scene.sandbox, &plan, servers, None);
    world.judge(&scene.sandbox, dice);
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

/// Plays one history. Returns how often what was done, and how often something was kept, a CA waited, a link was tried, and the operator of
/// the etcd of others had something to say.
fn play(seed: u64) -> (Counts, [usize; 4]) {
    let mut dice = Dice::new(seed);
    let mut desired = Desired { clusters: [(0, 0, 2, 3, 3), (0, 0, 2, 0, 3), (0, 0, 2, 3, 2), (0, 0, 1, 0, 1)] };
    let mut scene = Scene { sandbox: Sandbox::with_mesh(&desired.text()) };
    let mut world = World::new(ForeignEtcd::new(&scene.sandbox, FOREIGN, &CAS, CAS[0], CAS[1]));
    let (mut agreement, mut counts) = (Agreement::new(), Counts::default());
    scene.generate(&["--create-authorities"]);
    world.roll_out(&scene, &scene.plan(&[]), &mut dice);
    agreement.demand(&scene);
    let (mut kept, mut next, mut days, mut backed_up) = (0, 0, 0, desired.clone());
    for change in 0..CHANGES {
        let counter = 1_000 + 10 * change as u64;
        days += dice.below(DAYS / CHANGES);
        scene.sandbox.at(&later(days));
        if change == BACKUP {
            scene.sandbox.ok(&["state", "backup", "backup.tar.gz"]);
            backed_up.clone_from(&desired);
        }
        let step = if change == RESTORED { Move::Edit } else { Move::pick(&mut dice, &CLUSTERS) };
        let before = desired.clone();
        match step {
            Move::Edit => desired.change(&mut dice),
            // Before a step, people often finish what is open.
            Move::Rotate { .. } if !dice.once_in(3) => {
                complete(&scene, &mut world, desired.clusters[3].3, &mut dice, counter);
            }
            Move::Rotate { .. } | Move::Renew | Move::Rekey(_) => {}
        }
        scene.edit(&desired.text());
        let words = match change {
            RESTORED => restore(&scene, &world, counter + 1, &mut desired, &backed_up),
            _ => Vec::new(),
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if !step.play(&scene, &words, &mut dice, &mut counts) && step == Move::Edit {
            desired = before;
            scene.change(&desired.text(), &words);
        }
        agreement.demand(&scene);
        let plan = scene.plan(&[]);
        kept += plan["kept"].as_array().expect("kept").len();
        next += plan["nextSigners"].as_array().expect("signers").len();
        world.roll_out(&scene, &plan, &mut dice);
        world.operate(&scene.sandbox, &plan, desired.clusters[3].3, Some(&mut dice));
        world.judge(&scene.sandbox, &mut dice);
        // Some receipts are recorded, some get lost.
        let recorded = world.installed.keys().filter(|_| !dice.once_in(2)).map(|path| world.receipt(path, counter + 2));
        let receipts = recorded.collect::<Vec<_>>().join("\n");
        scene.sandbox.write("receipts.txt", &receipts);
        let ran = scene.sandbox.ok(&["rollout", "record", "mesh.yaml", "receipts.txt"]);
        assert!(ran.said("0 other lines"), "{}", ran.stdout);
    }
    let tried = [kept, next, world.tried, world.foreign.records];

    // When everything is in place and recorded, each rotation can be finished. Then nothing is kept, and no link notices that it goes.
    let mut counters = 10_000..;
    let mut settle = |scene: &Scene, world: &mut World, runs: usize| {
        for counter in counters.by_ref().take(runs) {
            scene.generate(&[]);
            complete(scene, world, desired.clusters[3].3, &mut dice, counter);
        }
        agreement.demand(scene);
    };
    settle(&scene, &mut world, 5);
    for ca in open(&scene) {
        let mut was_back = false;
        while open(&scene).contains(&ca) {
            // Once from the middle, a step back.
            let is_back = !was_back && scene.inventory()["rotations"][&ca]["step"] == "reissue";
            scene.sandbox.ok(&["certs", "rotate", "mesh.yaml", "--ca", &ca, if is_back { "--back" } else { "--next" }]);
            counts.undone += usize::from(is_back);
            was_back |= is_back;
            settle(&scene, &mut world, 2);
        }
        counts.retired += 1;
    }
    let plan = scene.plan(&[]);
    let waits = (&plan["kept"], &plan["nextSigners"]);
    assert_eq!(waits, (&json!([]), &json!([])), "seed {seed}: everything is replaced, and something is kept");
    (counts, tried)
}

#[test]
fn no_link_is_cut_while_endpoints_users_nodes_cas_and_certificates_change() {
    let (mut counts, mut all) = (Counts::default(), [0; 4]);
    for seed in 2..2 + rounds(1) as u64 {
        let (more, tried) = play(seed);
        println!("seed {seed}: {more:?}, {tried:?}");
        counts.add(&more);
        all = std::array::from_fn(|i| all[i] + tried[i]);
    }
    let [kept, next, tried, said] = all;
    assert!(
        kept > 0 && next > 0 && said > 0,
        "{kept} times something was kept, {next} times a CA waited, {said} things were said"
    );
    assert!(tried > 500, "{tried} links were tried");
    assert!(counts.is_complete(), "{counts:?}");
}
