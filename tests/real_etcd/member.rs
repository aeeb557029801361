//! One member as docs/etcd.md starts it: no flags, the settings of `samples/etcd-member.env`, then the bundle's `etcd.env`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::real_etcd::bundle;
use crate::real_etcd::scene::Scene;
use crate::support::generations::Generation;
use crate::support::machine::Machine;
use crate::support::sample;

const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// A member, and the process that it is at present.
pub(crate) struct Member {
    pub(crate) endpoint: String,
    pub(crate) data: PathBuf,
    machine: Machine,
    environment: BTreeMap<String, String>,
    log: PathBuf,
    process: Option<Child>,
}

impl Member {
    /// The members of `fra` in `samples/own-authorities.yaml`; none runs yet.
    pub(crate) fn all_of_fra(scene: &Scene) -> Vec<Self> {
        scene.bundles.members_of("fra").map(|bundle| Self::of(scene, bundle)).collect()
    }

    fn of(scene: &Scene, bundle: &bundle::Member) -> Self {
        let address = |name: &str| {
            let members = &scene.mesh.cluster("fra").etcd.members;
            members.iter().find(|member| member.name == name).expect("a member of the mesh").addresses.clone()
        };
        // The sample is that of the first member: of another one, its name and addresses are other ones.
        let mut environment = BTreeMap::new();
        for line in sample("etcd-member.env").lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.split_once('=').expect("NAME=VALUE");
            let mut value = value.to_owned();
            if name != "ETCD_INITIAL_CLUSTER" {
                value = value.replace("fra-etcd1", &bundle.name);
                for (from, to) in address("fra-etcd1").into_iter().zip(address(&bundle.name)) {
                    value = value.replace(&from.to_string(), &to.to_string());
                }
            }
            environment.insert(name.to_owned(), value);
        }
        // /var/lib of a `Machine` ends with the process, and the data has to stay.
        let data = scene.sandbox.path("members").join(&bundle.name);
        environment.insert("ETCD_DATA_DIR".to_owned(), data.to_str().expect("text").to_owned());
        environment.extend(bundle.options.clone());
        let endpoint = format!("https://{}:2379", address(&bundle.name)[0]);
        let machine = bundle.machine.clone();
        Self { endpoint, log: data.with_extension("log"), data, machine, environment, process: None }
    }

    /// Sets one more variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Starts it as an etcd of this generation, with a log that is empty.
    pub(crate) fn start(&mut self, generation: &Generation) {
        fs::create_dir_all(self.data.parent().expect("a parent")).expect("a folder");
        let log = File::create(&self.log).expect("a log");
        let mut command = self.machine.command(generation.etcd().to_str().expect("text"));
        command.envs(&self.environment).stdout(log.try_clone().expect("a log")).stderr(log);
        self.process = Some(command.spawn().expect("etcd starts"));
    }

    /// Ends it as `systemctl stop` does.
    pub(crate) fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw).expect("a process");
        // It may have ended by itself.
        let _ = kill_process(pid, Signal::TERM);
        let deadline = Instant::now() + LONG_ENOUGH;
        while process.try_wait().expect("a child").is_none() {
            assert!(Instant::now() < deadline, "{} does not end: {}", self.endpoint, self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn demand_running(&mut self) {
        let ended = self.process.as_mut().expect("started").try_wait().expect("a child");
        assert!(ended.is_none(), "the etcd of {} has ended: {ended:?}\n{}", self.endpoint, self.log());
    }

    /// What it has said since its start.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
