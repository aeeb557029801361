//! Bundles as GNU tar unpacks them, and the links and TLS options that are in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use walkdir::WalkDir;

use crate::real_etcd::mesh::Mesh;
use crate::support::machine::Machine;
use crate::support::{Sandbox, tool};

/// Every archive of a run, unpacked.
pub(crate) struct Bundles {
    pub(crate) nodes: Vec<Node>,
    pub(crate) members: Vec<Member>,
}

/// A node's bundle.
pub(crate) struct Node {
    pub(crate) cluster: String,
    pub(crate) name: String,
    pub(crate) top: PathBuf,
    /// The folder of peers, where it was unpacked.
    pub(crate) peers: PathBuf,
    pub(crate) links: Vec<Link>,
    /// The node with the bundle's files in place.
    pub(crate) machine: Machine,
}

/// One remote cluster, as the agent's config of it says. Paths are the agent's.
pub(crate) struct Link {
    pub(crate) remote: String,
    pub(crate) config: Config,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) endpoints: Vec<String>,
    pub(crate) trusted_ca_file: PathBuf,
    pub(crate) cert_file: PathBuf,
    pub(crate) key_file: PathBuf,
    #[serde(default)]
    cilium_host_aliases: Vec<Alias>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alias {
    hostname: String,
    ips: Vec<String>,
}

/// A member's bundle.
pub(crate) struct Member {
    pub(crate) cluster: String,
    pub(crate) name: String,
    pub(crate) top: PathBuf,
    /// The folder with the files of TLS, where it was unpacked.
    pub(crate) folder: PathBuf,
    /// The member's machine with that folder in its place.
    pub(crate) machine: Machine,
    /// What `etcd.env` sets.
    pub(crate) options: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    config_dir: PathBuf,
    links: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Compose {
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    volumes: Vec<String>,
    #[serde(default)]
    extra_hosts: Vec<String>,
}

impl Bundles {
    pub(crate) fn unpack(sandbox: &Sandbox, mesh: &Mesh) -> Self {
        let mut bundles = Self { nodes: Vec::new(), members: Vec::new() };
        let folder = sandbox.path("out/bundles");
        for entry in WalkDir::new(&folder).sort_by_file_name() {
            let path = entry.expect("readable").into_path();
            let Some(bundle) =
                path.strip_prefix(&folder).ok().and_then(Path::to_str).and_then(|path| path.strip_suffix(".tar.gz"))
            else {
                continue;
            };
            let top = sandbox.unpack(bundle);
            tool("sh", "dash", ["-c", "cd \"$1\" && sha256sum --strict --quiet -c SHA256SUMS", "sh", text(&top)]);
            match bundle.split('/').collect::<Vec<_>>()[..] {
                [cluster, "nodes", name] => bundles.nodes.push(Node::read(mesh, cluster, name, top)),
                [cluster, "etcd", name] => bundles.members.push(Member::read(cluster, name, top)),
                _ => panic!("what is {bundle}?"),
            }
        }
        bundles
    }

    pub(crate) fn members_of<'a>(&'a self, cluster: &'a str) -> impl Iterator<Item = &'a Member> {
        self.members.iter().filter(move |member| member.cluster == cluster)
    }

    /// Every link of every node.
    pub(crate) fn links(&self) -> impl Iterator<Item = (&Node, &Link)> {
        self.nodes.iter().flat_map(|node| node.links.iter().map(move |link| (node, link)))
    }
}

impl Node {
    fn read(mesh: &Mesh, cluster: &str, name: &str, top: PathBuf) -> Self {
        let Manifest { config_dir, links } = from_yaml(&top.join("manifest.json"));
        let compose = top.join("payload/docker-compose.clustermesh.yaml");
        let (peers, hosts) = if compose.is_file() { composed(&compose, &config_dir) } else { installed(&top, &config_dir) };
        let links: Vec<_> =
            links.into_iter().map(|Named { name }| Link { config: from_yaml(&peers.join(&name)), remote: name }).collect();

        let mut machine = Machine::default();
        machine.mount(&peers, &config_dir);
        if mesh.knows_aliases(cluster) {
            for alias in links.iter().flat_map(|link| &link.config.cilium_host_aliases) {
                alias.ips.iter().for_each(|address| machine.host(address, &alias.hostname));
            }
        } else {
            hosts.iter().for_each(|(address, name)| machine.host(address, name));
        }
        Self { cluster: cluster.to_owned(), name: name.to_owned(), top, peers, links, machine }
    }

    /// Where a file that a config names was unpacked.
    pub(crate) fn unpacked(&self, file: &Path) -> PathBuf {
        let path = self.peers.join(file.file_name().expect("a file"));
        assert!(path.is_file(), "{} names {}, which is not in the bundle", self.top.display(), file.display());
        path
    }
}

/// The folder of peers and the hosts of a compose project: what is mounted there.
fn composed(compose: &Path, config_dir: &Path) -> (PathBuf, Vec<(String, String)>) {
    let Compose { services } = from_yaml(compose);
    let service = services.values().next().expect("a service");
    let source = service.volumes.iter().find_map(|volume| volume.strip_suffix(&format!(":{}:ro", config_dir.display())));
    let peers = compose.parent().expect("a project").join(source.expect("the folder of peers, read-only"));
    let split = |line: &String| line.split_once(':').map(|(name, address)| (address.to_owned(), name.to_owned()));
    (peers, service.extra_hosts.iter().map(|line| split(line).expect("NAME:ADDRESS")).collect())
}

/// The folder of peers and the hosts of a payload that belongs under `/`.
fn installed(top: &Path, config_dir: &Path) -> (PathBuf, Vec<(String, String)>) {
    let payload = top.join("payload");
    let fragment = fs::read_to_string(payload.join("etc/cilium/clustermesh.hosts")).unwrap_or_default();
    let lines = fragment.lines().filter(|line| !line.starts_with('#'));
    let split = |line: &str| line.split_once(' ').map(|(address, name)| (address.to_owned(), name.to_owned()));
    let hosts = lines.map(|line| split(line).expect("ADDRESS NAME")).collect();
    (payload.join(config_dir.strip_prefix("/").expect("absolute")), hosts)
}

impl Member {
    fn read(cluster: &str, name: &str, top: PathBuf) -> Self {
        let payload = top.join("payload");
        let environments = WalkDir::new(&payload).into_iter().map(|entry| entry.expect("readable").into_path());
        let environment = environments.filter(|path| path.ends_with("etcd.env")).collect::<Vec<_>>();
        let [environment] = &environment[..] else { panic!("{environment:?} in {}", top.display()) };

        // As systemd reads an EnvironmentFile= and Docker an env_file.
        let text = fs::read_to_string(environment).expect("readable");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let split = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        let options: BTreeMap<_, _> = lines.map(|line| split(line).expect("NAME=VALUE")).collect();
        let of_tls = ["ETCD_CERT_FILE", "ETCD_CLIENT_CERT_AUTH", "ETCD_KEY_FILE", "ETCD_TRUSTED_CA_FILE"];
        let of_peers = ["CERT_ALLOWED_CN", "CERT_FILE", "CLIENT_CERT_AUTH", "KEY_FILE", "TRUSTED_CA_FILE"];
        let of_peers = of_peers.map(|option| format!("ETCD_PEER_{option}"));
        let (peers, clients): (Vec<_>, Vec<_>) = options.keys().cloned().partition(|name| name.starts_with("ETCD_PEER_"));
        assert!(clients == of_tls && (peers.is_empty() || peers == of_peers), "{options:?} are not the options of TLS");

        let folder = environment.parent().expect("a folder").to_owned();
        let mut machine = Machine::default();
        machine.mount(&folder, &Path::new("/").join(folder.strip_prefix(&payload).expect("below")));
        Self { cluster: cluster.to_owned(), name: name.to_owned(), top, folder, machine, options }
    }

    /// Where the file that an option names was unpacked.
    pub(crate) fn unpacked(&self, option: &str) -> PathBuf {
        let path = self.folder.join(Path::new(&self.options[option]).file_name().expect("a file"));
        assert!(path.is_file(), "{option} of {} is not in the bundle", self.top.display());
        path
    }
}

fn from_yaml<T: DeserializeOwned>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}
