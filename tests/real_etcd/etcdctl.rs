//! `etcdctl` on a machine, with given files and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::real_etcd::bundle::{Link, Node};
use crate::support::machine::Machine;

/// Below it stands everything that Cilium keeps in an etcd.
const PREFIX: &str = "cilium/";

/// Who dials, where, and with which files. Paths are the machine's.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) machine: Machine,
    pub(crate) endpoint: String,
    pub(crate) anchors: PathBuf,
    /// Certificate and key.
    pub(crate) pair: Option<(PathBuf, PathBuf)>,
}

impl Client {
    /// The agent of `node` at one of the endpoints of `link`.
    pub(crate) fn agent(node: &Node, link: &Link, endpoint: &str) -> Self {
        let pair = (link.config.cert_file.clone(), link.config.key_file.clone());
        let (machine, anchors) = (node.machine.clone(), link.config.trusted_ca_file.clone());
        Self { machine, endpoint: endpoint.to_owned(), anchors, pair: Some(pair) }
    }

    /// Writes what the agents of `cluster` keep in its etcd.
    pub(crate) fn write(&self, cluster: &str) {
        for (key, value) in keys_of(cluster) {
            self.run(&["put", &key, &value]);
        }
    }

    /// Reads every key of Cilium.
    pub(crate) fn read(&self) -> BTreeMap<String, String> {
        let said = self.run(&["get", "--prefix", PREFIX]);
        let lines: Vec<_> = said.lines().map(str::to_owned).collect();
        lines.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
    }

    /// Runs, and demands that it succeeds. The limits are no part of any test: an etcd may still be starting.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let mut command = self.command();
        let Output { status, stdout, stderr } =
            command.args(["--dial-timeout", "60s", "--command-timeout", "60s"]).args(args).output().expect("started");
        let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "etcdctl {args:?} at {}: {said}{complained}", self.endpoint);
        said.into_owned()
    }

    /// Tries to read, demands that it fails, and returns what it said of the connection.
    pub(crate) fn refused(&self) -> String {
        let mut command = self.command();
        command.args(["--debug", "--dial-timeout", "4s", "--command-timeout", "4s", "get", "--prefix", PREFIX]);
        let Output { status, stdout, stderr } = command.output().expect("started");
        assert!(!status.success(), "{} lets it in: {}", self.endpoint, String::from_utf8_lossy(&stdout));
        String::from_utf8_lossy(&stderr).into_owned()
    }

    /// etcdctl as this client.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.machine.command("etcdctl");
        command.env("ETCDCTL_API", "3").args(["--endpoints", &self.endpoint]).arg("--cacert").arg(&self.anchors);
        if let Some((certificate, key)) = &self.pair {
            command.args([Path::new("--cert"), certificate, Path::new("--key"), key]);
        }
        command
    }
}

/// What a reader has to find in the etcd of `cluster`.
pub(crate) fn keys_of(cluster: &str) -> BTreeMap<String, String> {
    let config = (format!("cilium/cluster-config/{cluster}"), format!("the cluster-config of {cluster}"));
    BTreeMap::from([config, ("cilium/.heartbeat".to_owned(), format!("the heartbeat of {cluster}"))])
}
