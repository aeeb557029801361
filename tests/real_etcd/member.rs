//! One member as docs/etcd.md starts it: no flags, the settings of `samples/etcd-member.env`, then the bundle's `etcd.env`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::real_etcd::bundle;
use crate::real_etcd::scene::Scene;
use crate::support::etcd::Server;
use crate::support::generations::Generation;
use crate::support::machine::Machine;
use crate::support::sample;

/// A member, and the process that it is at present.
pub(crate) struct Member {
    pub(crate) endpoint: String,
    pub(crate) data: PathBuf,
    machine: Machine,
    environment: BTreeMap<String, String>,
    server: Option<Server>,
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
        Self { endpoint, data, machine, environment, server: None }
    }

    /// Sets one more variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Starts it as an etcd of this generation, with a log that is empty.
    pub(crate) fn start(&mut self, generation: &Generation) {
        let mut command = self.machine.command(generation.etcd().to_str().expect("text"));
        command.envs(&self.environment);
        self.server = Some(Server::start(&mut command, self.data.with_extension("log")));
    }

    pub(crate) fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }

    pub(crate) fn server(&mut self) -> &mut Server {
        self.server.as_mut().expect("it was started")
    }
}
