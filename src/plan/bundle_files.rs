//! Every file of a bundle: where it stands, its mode, and what is in it, in the order in which an archive has them.
//!
//! In the folder of peers, credentials come before the configs that name them, and configs come last: anyone who unpacks into a
//! place that an agent watches should at least not show it a config whose files are missing (pkg/kvstore/etcd.go waits 5 s
//! each time).

use crate::mesh::Runtime;

use super::agents::{ClientPlan, LinkPlan};
use super::cluster::{ClusterPlan, MemberPlan};
use super::credential::CredentialKey;
use super::local_etcd::LocalEtcdPlan;
use super::node_paths::{ANNOUNCER, ANNOUNCER_CONFIG, ETCD_CONFIG, ETCD_SECRETS};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlan<'a> {
    /// Path below the archive's top folder.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// What is in it.
    pub source: FileSource<'a>,
}

/// What is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSource<'a> {
    /// What this bundle is: kind, cluster, node, generation, links.
    Manifest,
    /// SHA-256 of every other file.
    Sums,
    /// What lays the payload out on the machine.
    Installer,
    /// The options as environment variables.
    AgentEnv,
    /// The options as command line arguments.
    AgentArgs,
    /// One option as a file of a config-dir.
    ConfigMap(&'a str),
    /// The drop-in that wires the environment file to the unit.
    DropIn,
    /// Names that the agent cannot find by itself.
    Hosts,
    /// The override that wires environment and folder to the compose service.
    ComposeFile,
    /// The CAs that agents trust when they dial this remote cluster.
    PeerAnchors(&'a LinkPlan),
    /// The certificate they show.
    PeerCertificate(&'a LinkPlan),
    /// Its key.
    PeerKey(&'a LinkPlan),
    /// The etcd client config.
    PeerConfig(&'a LinkPlan),
    /// What the own clients anchor on.
    OwnAnchors(&'a LocalEtcdPlan),
    /// The etcd client config of one of them, whose credential is in this folder.
    OwnConfig(&'a LocalEtcdPlan, &'static str),
    /// The unit that runs the announcer.
    AnnouncerUnit,
    /// The certificate of an own client or a member.
    Leaf(&'a CredentialKey),
    /// Its key.
    LeafKey(&'a CredentialKey),
    /// What members anchor each other on.
    MemberTrust,
    /// What a member anchors on.
    ClientAnchors,
    /// A member's TLS options.
    EtcdEnv,
}

const PUBLIC: u32 = 0o644;
const SECRET: u32 = 0o600;
const PROGRAM: u32 = 0o755;

/// Files of a node's bundle, the same for every node of the cluster: first those whose content is the node's own, then those
/// that are shared, in one piece, so that they can be compressed in one piece.
pub fn node_files(cluster: &ClusterPlan) -> impl Iterator<Item = FilePlan<'_>> {
    let file = |path: String, source| FilePlan { path, mode: PUBLIC, source };
    let mut head = vec![file("manifest.json".to_owned(), FileSource::Manifest)];
    let folder = payload_dir(cluster);
    let (own, shared): (Vec<_>, Vec<_>) =
        cluster.links.iter().partition(|link| matches!(link.client, ClientPlan::PerNode { .. }));
    head.extend(own.iter().flat_map(|link| client_files(&folder, link)));
    head.push(file("SHA256SUMS".to_owned(), FileSource::Sums));
    head.push(installer());
    let emit = !cluster.agent_options.is_empty();
    if emit {
        head.push(file("options/agent.args".to_owned(), FileSource::AgentArgs));
        head.push(file("options/agent.env".to_owned(), FileSource::AgentEnv));
        let mut names: Vec<_> = cluster.agent_options.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        head.extend(names.into_iter().map(|name| file(format!("options/config-map/{name}"), FileSource::ConfigMap(name))));
    }
    match &cluster.runtime {
        Runtime::Compose { .. } => head.push(file("payload/docker-compose.clustermesh.yaml".to_owned(), FileSource::ComposeFile)),
        Runtime::Systemd { unit } => {
            if emit {
                head.push(file("payload/etc/cilium/clustermesh.env".to_owned(), FileSource::AgentEnv));
                head.push(file(format!("payload/etc/systemd/system/{unit}.d/50-clustermesh.conf"), FileSource::DropIn));
            }
            if !cluster.hosts.is_empty() {
                head.push(file("payload/etc/cilium/clustermesh.hosts".to_owned(), FileSource::Hosts));
            }
        }
        Runtime::Helm(_) | Runtime::External => {}
    }
    head.extend(cluster.own.iter().flat_map(|own| local_etcd_files(cluster, own)));
    let anchors = own.into_iter().map(|link| anchors_file(&folder, link)).collect::<Vec<_>>();
    let credentials = shared.into_iter().flat_map({
        let folder = folder.clone();
        move |link| [anchors_file(&folder, link)].into_iter().chain(client_files(&folder, link))
    });
    let configs = cluster.links.iter().map(move |link| FilePlan {
        path: format!("{folder}/{}", link.remote),
        mode: PUBLIC,
        source: FileSource::PeerConfig(link),
    });
    head.into_iter().chain(anchors).chain(credentials).chain(configs)
}

/// The same in every bundle.
fn installer() -> FilePlan<'static> {
    FilePlan { path: "install.sh".to_owned(), mode: PROGRAM, source: FileSource::Installer }
}

/// Names as in the Secret of Cilium's Helm chart, which others know (templates/clustermesh-config/_helpers.tpl).
fn anchors_file<'a>(folder: &str, link: &'a LinkPlan) -> FilePlan<'a> {
    FilePlan { path: format!("{folder}/{}.etcd-client-ca.crt", link.remote), mode: PUBLIC, source: FileSource::PeerAnchors(link) }
}

fn client_files<'a>(folder: &str, link: &'a LinkPlan) -> [FilePlan<'a>; 2] {
    let stem = format!("{folder}/{}.etcd-client", link.remote);
    [
        FilePlan { path: format!("{stem}.crt"), mode: PUBLIC, source: FileSource::PeerCertificate(link) },
        FilePlan { path: format!("{stem}.key"), mode: SECRET, source: FileSource::PeerKey(link) },
    ]
}

/// The way to the own etcd: for the agents, and for the announcer. Names as in Cilium's Secret `cilium-etcd-secrets`.
fn local_etcd_files<'a>(cluster: &ClusterPlan, own: &'a LocalEtcdPlan) -> Vec<FilePlan<'a>> {
    let at = |path: &str| format!("payload{}{path}", host_root(cluster));
    let credential = |folder: &str, key: &'a CredentialKey| {
        [
            FilePlan { path: at(&format!("{folder}/etcd-client-ca.crt")), mode: PUBLIC, source: FileSource::OwnAnchors(own) },
            FilePlan { path: at(&format!("{folder}/etcd-client.crt")), mode: PUBLIC, source: FileSource::Leaf(key) },
            FilePlan { path: at(&format!("{folder}/etcd-client.key")), mode: SECRET, source: FileSource::LeafKey(key) },
        ]
    };
    let mut files = Vec::new();
    if let Some(key) = &own.agent {
        files.extend(credential(ETCD_SECRETS, key));
        files.push(FilePlan { path: at(ETCD_CONFIG), mode: PUBLIC, source: FileSource::OwnConfig(own, ETCD_SECRETS) });
    }
    if let Some(key) = &own.announcer {
        files.extend(credential(ANNOUNCER, key));
        files.push(FilePlan { path: at(ANNOUNCER_CONFIG), mode: PUBLIC, source: FileSource::OwnConfig(own, ANNOUNCER) });
        if let Runtime::Systemd { .. } = &cluster.runtime {
            let path = "payload/etc/systemd/system/clustermesh-announce.service".to_owned();
            files.push(FilePlan { path, mode: PUBLIC, source: FileSource::AnnouncerUnit });
        }
    }
    files
}

/// The folder in which the files of containers stand, with a slash in front; nothing where agents see the host's own.
fn host_root(cluster: &ClusterPlan) -> String {
    match &cluster.runtime {
        Runtime::Compose { host_root, .. } => format!("/{host_root}"),
        Runtime::Systemd { .. } | Runtime::Helm(_) | Runtime::External => String::new(),
    }
}

/// The folder of peers below the archive's top folder.
fn payload_dir(cluster: &ClusterPlan) -> String {
    format!("payload{}{}", host_root(cluster), cluster.config_dir)
}

/// Files of a member's bundle.
pub fn member_files(member: &MemberPlan) -> impl Iterator<Item = FilePlan<'_>> {
    let file = |name: &str, mode, source| FilePlan { path: format!("payload/etc/etcd/clustermesh/{name}"), mode, source };
    let top = |name: &str, source| FilePlan { path: name.to_owned(), mode: PUBLIC, source };
    let server = &member.server.credential;
    let peer = member.peer.iter().flat_map(move |peer| {
        [
            file("peer-ca.crt", PUBLIC, FileSource::MemberTrust),
            file("peer.crt", PUBLIC, FileSource::Leaf(&peer.credential)),
            file("peer.key", SECRET, FileSource::LeafKey(&peer.credential)),
        ]
    });
    let head = [
        top("manifest.json", FileSource::Manifest),
        file("client-ca.crt", PUBLIC, FileSource::ClientAnchors),
        file("server.crt", PUBLIC, FileSource::Leaf(server)),
        file("server.key", SECRET, FileSource::LeafKey(server)),
    ];
    let tail = [file("etcd.env", PUBLIC, FileSource::EtcdEnv), installer(), top("SHA256SUMS", FileSource::Sums)];
    head.into_iter().chain(peer).chain(tail)
}

impl ClusterPlan {
    /// The folder of peers, below the archive's top folder: it is there even when there are no links.
    pub fn payload_dir(&self) -> String {
        payload_dir(self)
    }
}
