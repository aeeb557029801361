//! A node: its folder of configs with credentials, the program run on it, and what it says of each link.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::etcd::Etcd;
use crate::support::machine::Machine;
use crate::support::pki::{Authority, Leaf, Wish};
use crate::support::reports::judged;
use crate::support::{Ran, Sandbox};

/// What agents with least rights may read of `cluster`.
pub(crate) fn least_rights(cluster: &str) -> Vec<String> {
    [
        "cilium/.heartbeat*".to_owned(),
        format!("cilium/state/nodes/v1/{cluster}/*"),
        format!("cilium/state/services/v1/{cluster}/*"),
        "cilium/state/ip/v1/default/*".to_owned(),
        "cilium/state/identities/v1/id*".to_owned(),
        format!("cilium/cluster-config/{cluster}"),
    ]
    .into()
}

pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    /// Of servers and clients.
    pub(crate) authority: Authority,
    pub(crate) machine: Machine,
}

/// A config of the node.
pub(crate) struct Config<'a> {
    pub(crate) cluster: &'a str,
    pub(crate) endpoints: &'a [&'a str],
    pub(crate) client: Option<&'a Leaf>,
    pub(crate) anchors: Option<&'a Authority>,
    pub(crate) more: &'a str,
}

impl<'a> Config<'a> {
    pub(crate) fn new(cluster: &'a str, endpoints: &'a [&'a str], client: &'a Leaf) -> Self {
        Self { cluster, endpoints, client: Some(client), anchors: None, more: "" }
    }
}

impl Scene {
    pub(crate) fn new() -> Self {
        let scene = Self { sandbox: Sandbox::new(), authority: Authority::new("mesh"), machine: Machine::default() };
        std::fs::create_dir_all(scene.folder()).expect("a folder");
        scene
    }

    /// A node, and an etcd for it.
    pub(crate) fn with_etcd() -> (Self, Etcd) {
        let scene = Self::new();
        let etcd = scene.etcd();
        (scene, etcd)
    }

    /// An etcd at 127.0.0.1:2379 that lets in clients of the scene's authority; started again, it has its data.
    pub(crate) fn etcd(&self) -> Etcd {
        Etcd::at_home(Path::new("etcd"), &self.sandbox, &self.authority, &self.server())
    }

    /// The agent's folder of configs.
    pub(crate) fn folder(&self) -> PathBuf {
        self.sandbox.path("node/var/lib/clustermesh")
    }

    pub(crate) fn server(&self) -> Leaf {
        self.authority.issue(&Wish::named("server").sans(&["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "etcd.test"]))
    }

    pub(crate) fn client(&self, name: &str) -> Leaf {
        self.authority.issue(&Wish::named(name))
    }

    pub(crate) fn add(&self, config: &Config<'_>) {
        let cluster = config.cluster;
        let file = |name: &str| format!("/etc/cilium/clustermesh/{cluster}/{name}");
        let below = |path: &str| format!("node{path}");
        let mut text = format!("endpoints: {:?}\ntrusted-ca-file: {}\n", config.endpoints, file("ca.crt"));
        self.sandbox.write(&below(&file("ca.crt")), &config.anchors.unwrap_or(&self.authority).certificate);
        if let Some(client) = config.client {
            text += &format!("cert-file: {}\nkey-file: {}\n", file("client.crt"), file("client.key"));
            self.sandbox.write(&below(&file("client.crt")), &client.certificate);
            self.sandbox.write(&below(&file("client.key")), &client.key);
        }
        text += config.more;
        self.sandbox.write(&below(&format!("/var/lib/clustermesh/{cluster}")), &text);
    }

    /// The program on the node: its own hosts file, and no name server.
    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.machine.command(env!("CARGO_BIN_EXE_meshbundle"));
        command.arg("probe").arg(self.folder()).arg("--root").arg(self.sandbox.path("node")).args(args);
        command
    }

    pub(crate) fn probe(&self, args: &[&str]) -> Ran {
        Ran::of(&mut self.command(args))
    }

    /// What is said of each link, in JSON; demands the exit status that goes with it.
    pub(crate) fn links(&self, args: &[&str]) -> BTreeMap<String, Value> {
        let ran = self.probe(&[args, &["--format", "json"]].concat());
        assert!(ran.status == 0 || ran.status == 1, "{}", ran.stderr);
        let report = ran.json();
        assert_eq!(report["format"], 2);
        judged("probe", &report);
        let links = report["links"].as_array().expect("links").clone();
        let ready = links.iter().all(|link| link["ready"] == true);
        assert_eq!((report["ready"].as_bool(), ran.status), (Some(ready), i32::from(!ready)));
        links.into_iter().map(|link| (link["cluster"].as_str().expect("a name").to_owned(), link)).collect()
    }
}

/// The verdict of a link: `ready`, or the code.
pub(crate) fn verdict(link: &Value) -> String {
    let code = link["code"].as_str();
    assert_eq!(link["ready"] == true, code.is_none(), "{link}");
    assert!(code.is_none() || !link["help"].as_str().unwrap_or_default().is_empty(), "no help: {link}");
    code.unwrap_or("ready").to_owned()
}

/// Codes of the warnings of a link.
pub(crate) fn warnings(link: &Value) -> Vec<String> {
    let findings = link["findings"].as_array().expect("findings").iter();
    let warnings = findings.filter(|finding| finding["severity"] == "warning");
    warnings.map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect()
}

/// Demands each verdict, and tells all that differ.
pub(crate) fn hold(links: &BTreeMap<String, Value>, expected: &[(&str, &str)]) {
    let wrong: Vec<_> = expected
        .iter()
        .filter(|(cluster, code)| links.get(*cluster).map(verdict).as_deref() != Some(*code))
        .map(|(cluster, code)| format!("{cluster}: expected {code}: {:#}", links.get(*cluster).cloned().unwrap_or_default()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(links.len(), expected.len(), "{:?}", links.keys());
}
