//! Who reads each link of machines, with the files that are installed there, again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use crate::support::{Ran, Sandbox};

/// How often a read is tried: a member that restarts does not answer.
const ATTEMPTS: usize = 3;

/// What no restart explains.
const NEVER: [&str; 3] = ["x509", "certificate", "permission denied"];

/// Machines by name, with their process 1.
type Machines = BTreeMap<String, u32>;

/// Reads links until it ends.
pub(crate) struct Readers {
    mesh: PathBuf,
    machines: Arc<Mutex<Machines>>,
    stop: Arc<AtomicBool>,
    worker: Option<JoinHandle<usize>>,
}

impl Readers {
    /// For the mesh of `sandbox`.
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        let (mesh, machines, stop) = (sandbox.path("mesh.yaml"), Arc::default(), Arc::default());
        let (of, known, until) = (mesh.clone(), Arc::clone(&machines), Arc::clone(&stop));
        let worker = Some(spawn(move || work(&of, &known, &until)));
        Self { mesh, machines, stop, worker }
    }

    pub(crate) fn add(&self, name: &str, init: u32) {
        self.machines.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), init);
    }

    pub(crate) fn remove(&self, name: &str) {
        self.machines.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Demands that each link of each machine works now.
    pub(crate) fn demand_all(&self) {
        let machines = self.machines.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let links: BTreeSet<_> = machines.iter().flat_map(|(name, init)| links(&self.mesh, name, *init)).collect();
        links.iter().for_each(|link| link.read().unwrap_or_else(|said| panic!("{said}")));
        println!("links that work: {}", links.len());
        assert!(self.worker.as_ref().is_some_and(|worker| !worker.is_finished()), "a link was cut before");
    }

    /// How many reads succeeded; none failed.
    pub(crate) fn end(mut self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        self.worker.take().map_or(0, |worker| worker.join().expect("every read succeeds"))
    }
}

/// One link of one machine.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    machine: String,
    init: u32,
    remote: String,
}

/// The links that are installed on a machine, if both ends are in the mesh.
fn links(mesh: &Path, name: &str, init: u32) -> Vec<Link> {
    let clusters = fs::read_to_string(mesh).unwrap_or_default();
    let folder = fs::read_dir(format!("/proc/{init}/root/var/lib/clustermesh"));
    let files = folder.into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let has_both = |remote: &str| clusters.contains(name) && clusters.contains(&format!("name: {remote}"));
    let remotes = files.filter(|file| !file.contains('.') && has_both(file));
    remotes.map(|remote| Link { machine: name.to_owned(), init, remote }).collect()
}

impl Link {
    /// Reads what every reader may, as its config says.
    fn read(&self) -> Result<(), String> {
        let Self { machine, init, remote } = self;
        let config = format!("/proc/{init}/root/var/lib/clustermesh/{remote}");
        let Ok(config) = fs::read_to_string(config) else { return Ok(()) };
        let endpoints: Vec<&str> = config.lines().filter_map(|line| line.trim().strip_prefix("- ")).collect();
        let file = |kind: &str| format!("/var/lib/clustermesh/{remote}.etcd-client{kind}");
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let mut command = Command::new("nsenter");
            command.args(["--target", &init.to_string(), "--all", "etcdctl", "--command-timeout=20s", "--dial-timeout=20s"]);
            command.args(["--endpoints", &endpoints.join(","), "--cacert", &file("-ca.crt"), "--cert", &file(".crt")]);
            command.args(["--key", &file(".key"), "get", "--keys-only", &format!("cilium/cluster-config/{remote}")]);
            let ran = Ran::of(command.env("ETCDCTL_API", "3"));
            if ran.status == 0 {
                return Ok(());
            }
            last = format!("{machine} cannot read {remote} at {endpoints:?}: {}", ran.stderr);
            if NEVER.iter().any(|words| ran.stderr.contains(words)) {
                break;
            }
        }
        Err(last)
    }
}

/// Reads one link after another.
fn work(mesh: &Path, machines: &Mutex<Machines>, stop: &AtomicBool) -> usize {
    let mut reads = 0;
    while !stop.load(Ordering::Relaxed) {
        let known = machines.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for link in known.iter().flat_map(|(name, init)| links(mesh, name, *init)) {
            let read = link.read();
            // A machine may have been lost meanwhile, and a cluster may have left.
            let is_there = || {
                let machines = machines.lock().unwrap_or_else(PoisonError::into_inner);
                let init = machines.get(&link.machine).copied();
                init == Some(link.init) && links(mesh, &link.machine, link.init).contains(&link)
            };
            match read {
                Ok(()) => reads += 1,
                Err(said) => assert!(!is_there(), "{said}"),
            }
            // Others want the processor, too.
            sleep(Duration::from_millis(300));
        }
    }
    reads
}
