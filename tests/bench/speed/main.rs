//! Speed and memory, each row beside the same of an earlier commit, and as ratios to what the machine does at least. All of it is measured
//! in this one run, so the ratios say the same on every machine.
//!
//! `BASELINE` is the program of the earlier commit: `make bench` builds it. `LARGE=1` adds 511 clusters of 100 nodes, for which some 30 GB
//! of disk are needed.

#![allow(clippy::expect_used, clippy::panic, clippy::cast_precision_loss, reason = "a benchmark fails by panicking")]

mod floors;
mod meshes;
mod program;
mod shell;
mod stages;

use std::fs;
use std::path::PathBuf;

use program::{Cost, run};

const CLUSTERS: usize = 255;
const NODES: usize = 20;
const GENERATE: [&str; 2] = ["generate", "--create-authorities"];

/// A program and a folder of its own for what it makes.
struct Side {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Side {
    fn new(program: PathBuf) -> Self {
        Self { program, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// Begins with another mesh, and nothing else.
    fn begin(&mut self, mesh: &str) {
        self.folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(self.folder.path().join("mesh.yaml"), mesh).expect("written");
    }

    fn run(&self, words: &[&str]) -> Cost {
        run(&self.program, self.folder.path(), words)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }
}

fn main() {
    // Cargo's own word for a benchmark that it runs, and for one that it only builds and tests.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let mut ours = Side::new(env!("CARGO_BIN_EXE_meshbundle").into());
    let mut base = Side::new(std::env::var_os("BASELINE").expect("`make bench` sets it").into());
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    println!("{:50} {:>30} {:>30}  times faster", "seconds, seconds of processor time, MiB", "baseline", "today");

    let first = whole_mesh(&mut ours, &mut base);
    verify_all(&ours, &base);
    let archive = ours.path("out/bundles/c001/nodes/c001-n001.tar.gz");
    shell::compare(&archive, CLUSTERS * CLUSTERS, CLUSTERS * NODES, first.seconds);
    against_floors(&fs::read(&archive).expect("an archive"), first, cores);
    stages::show(&ours.program, &meshes::own_authorities(CLUSTERS, NODES));

    names_of_nodes(&mut ours, &mut base);
    one_cluster(&mut ours, &mut base);
    if std::env::var_os("LARGE").is_some() {
        ours.begin(&meshes::one_authority(511, 100));
        let cost = ours.run(&GENERATE);
        println!("{}; {:.0} % of the cores busy", alone("511 x 100, one CA, first generate", cost), busy(cost, cores));
    }
}

/// Makes a mesh and leaves it alone.
fn whole_mesh(ours: &mut Side, base: &mut Side) -> Cost {
    let mesh = meshes::own_authorities(CLUSTERS, NODES);
    base.begin(&mesh);
    ours.begin(&mesh);
    let (before, first) = (base.run(&GENERATE), ours.run(&GENERATE));
    row("255 x 20, a CA each, first generate", before, first);
    // The first of these finds what the run before has left in memory, as the second does.
    let unchanged = |side: &Side| [(); 2].map(|()| side.run(&["generate"]))[1];
    row("the same, nothing changed", unchanged(base), unchanged(ours));
    first
}

/// All archives at once, and one by one by the baseline: a link is as much work in each.
fn verify_all(ours: &Side, base: &Side) {
    let links = ((CLUSTERS - 1) * CLUSTERS * NODES) as f64;
    let cost = ours.run(&["verify", "out"]);
    let archives: Vec<String> = (1..=NODES).map(|node| format!("out/bundles/c001/nodes/c001-n{node:03}.tar.gz")).collect();
    let each = archives.iter().map(|archive| base.run(&["verify", archive]));
    let (seconds, processor, peak) =
        each.fold((0.0, 0.0, 0), |sum, one| (sum.0 + one.seconds, sum.1 + one.processor, sum.2.max(one.peak)));
    let of_a_link = ((CLUSTERS - 1) * NODES) as f64;
    println!(
        "{:50} {:>30} {:>30}  {:.1}, processor {:.1}",
        "a link, verify, in microseconds",
        format!("{:.1} {:.1} {peak}", 1e6 * seconds / of_a_link, 1e6 * processor / of_a_link),
        format!("{:.1} {:.1} {}", 1e6 * cost.seconds / links, 1e6 * cost.processor / links, cost.peak),
        (seconds / of_a_link) / (cost.seconds / links),
        (processor / of_a_link) / (cost.processor / links),
    );
}

/// The baseline would need gigabytes for the large one.
fn names_of_nodes(ours: &mut Side, base: &mut Side) {
    let mesh = meshes::names_of_nodes(200, 100);
    base.begin(&mesh);
    ours.begin(&mesh);
    row("200 x 100 with {node}, plan", base.run(&["plan"]), ours.run(&["plan"]));
    ours.begin(&meshes::names_of_nodes(511, 100));
    println!("{}", alone("511 x 100 with {node}, plan", ours.run(&["plan"])));
}

/// One large cluster, with one core and with two.
fn one_cluster(ours: &mut Side, base: &mut Side) {
    let mesh = meshes::one_large(100, 900);
    let [one, two] = ["1", "2"].map(|jobs| {
        base.begin(&mesh);
        ours.begin(&mesh);
        let words = [&GENERATE[..], &["--jobs", jobs]].concat();
        let costs = (base.run(&words), ours.run(&words));
        row(&format!("a cluster of 900 nodes, {jobs} cores, first generate"), costs.0, costs.1);
        costs
    });
    println!(
        "  two cores are {:.2} times faster than one, {:.2} before",
        one.1.seconds / two.1.seconds,
        one.0.seconds / two.0.seconds
    );
}

/// One key and signature and one verification for each leaf, and one deflate of what differs.
fn against_floors(archive: &[u8], first: Cost, cores: f64) {
    let floors = floors::measure(archive, NODES);
    let leaves = (CLUSTERS * CLUSTERS) as f64;
    let deflate = CLUSTERS as f64 * floors.contents;
    let floor = (leaves * (floors.leaf + floors.proof) + deflate) / cores;
    println!(
        "255 x 20, first generate: {:.2} times the floor of {floor:.1} s: keys and signatures {:.1} s, proofs {:.1} s, deflate {:.1} s of a core; {:.0} % of the cores busy",
        first.seconds / floor,
        leaves * floors.leaf,
        leaves * floors.proof,
        deflate,
        busy(first, cores),
    );
}

fn busy(cost: Cost, cores: f64) -> f64 {
    100.0 * cost.processor / cost.seconds / cores
}

fn row(what: &str, before: Cost, today: Cost) {
    println!(
        "{what:50} {:>30} {:>30}  {:.1}, processor {:.1}",
        figures(before),
        figures(today),
        before.seconds / today.seconds,
        before.processor / today.processor,
    );
}

fn alone(what: &str, today: Cost) -> String {
    format!("{what:50} {:>30} {:>30}", "", figures(today))
}

fn figures(cost: Cost) -> String {
    format!("{:.2} {:.2} {}", cost.seconds, cost.processor, cost.peak)
}
