//! Every file of a bundle: where it stands, its mode, and what is in it, in the order in which an archive has them.
//!
//! In the folder of peers, credentials come before the configs that name them, and configs come last: whoever unpacks into a
//! place that an agent watches should at least not show it a config whose files are missing (pkg/kvstore/etcd.go waits 5 s
//! each time).

use crate::spec::Runtime;

use super::cluster::{ClientPlan, ClusterPlan, LinkPlan};

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlan<'a> {
    /// Path below the archive's top folder.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// What is in it.
    pub source: Source<'a>,
}

/// What is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// What this bundle is: kind, cluster, node, generation, links.
    Manifest,
    /// SHA-256 of every other file.
    Sums,
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
    /// What agents anchor on when they dial this remote cluster.
    PeerAnchors(&'a LinkPlan),
    /// The certificate they show.
    PeerCertificate(&'a LinkPlan),
    /// Its key.
    PeerKey(&'a LinkPlan),
    /// The etcd client config.
    PeerConfig(&'a LinkPlan),
    /// A member's server certificate.
    ServerCertificate,
    /// Its key.
    ServerKey,
    /// What a member anchors on.
    ClientAnchors,
    /// A member's TLS options.
    EtcdEnv,
}

const PUBLIC: u32 = 0o644;
const SECRET: u32 = 0o600;

/// Files of a node's bundle, the same for every node of the cluster: first those whose content is the node's own, then those
/// that are shared, in one piece, so that they can be compressed in one piece.
pub fn node_files(cluster: &ClusterPlan) -> impl Iterator<Item = FilePlan<'_>> {
    let file = |path: String, source| FilePlan { path, mode: PUBLIC, source };
    let mut head = vec![file("manifest.json".to_owned(), Source::Manifest)];
    let folder = payload_dir(cluster);
    let (own, shared): (Vec<_>, Vec<_>) =
        cluster.links.iter().partition(|link| matches!(link.client, ClientPlan::PerNode { .. }));
    head.extend(own.iter().flat_map(|link| client_files(&folder, link)));
    head.push(file("SHA256SUMS".to_owned(), Source::Sums));
    let emit = !cluster.agent_options.is_empty();
    if emit {
        head.push(file("options/agent.args".to_owned(), Source::AgentArgs));
        head.push(file("options/agent.env".to_owned(), Source::AgentEnv));
        let mut names: Vec<_> = cluster.agent_options.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        head.extend(names.into_iter().map(|name| file(format!("options/config-map/{name}"), Source::ConfigMap(name))));
    }
    match &cluster.runtime {
        Runtime::Compose { .. } => head.push(file("payload/docker-compose.clustermesh.yaml".to_owned(), Source::ComposeFile)),
        Runtime::Systemd { unit } => {
            if emit {
                head.push(file("payload/etc/cilium/clustermesh.env".to_owned(), Source::AgentEnv));
                head.push(file(format!("payload/etc/systemd/system/{unit}.d/50-clustermesh.conf"), Source::DropIn));
            }
            if !cluster.hosts.is_empty() {
                head.push(file("payload/etc/cilium/clustermesh.hosts".to_owned(), Source::Hosts));
            }
        }
        Runtime::External => {}
    }
    let anchors = own.into_iter().map(|link| anchors_file(&folder, link)).collect::<Vec<_>>();
    let credentials = shared.into_iter().flat_map({
        let folder = folder.clone();
        move |link| [anchors_file(&folder, link)].into_iter().chain(client_files(&folder, link))
    });
    let configs = cluster.links.iter().map(move |link| FilePlan {
        path: format!("{folder}/{}", link.remote),
        mode: PUBLIC,
        source: Source::PeerConfig(link),
    });
    head.into_iter().chain(anchors).chain(credentials).chain(configs)
}

/// Names as in the Secret of Cilium's Helm chart, which others know (templates/clustermesh-config/_helpers.tpl).
fn anchors_file<'a>(folder: &str, link: &'a LinkPlan) -> FilePlan<'a> {
    FilePlan { path: format!("{folder}/{}.etcd-client-ca.crt", link.remote), mode: PUBLIC, source: Source::PeerAnchors(link) }
}

fn client_files<'a>(folder: &str, link: &'a LinkPlan) -> [FilePlan<'a>; 2] {
    let stem = format!("{folder}/{}.etcd-client", link.remote);
    [
        FilePlan { path: format!("{stem}.crt"), mode: PUBLIC, source: Source::PeerCertificate(link) },
        FilePlan { path: format!("{stem}.key"), mode: SECRET, source: Source::PeerKey(link) },
    ]
}

/// The folder of peers below the archive's top folder.
fn payload_dir(cluster: &ClusterPlan) -> String {
    match &cluster.runtime {
        Runtime::Compose { host_root, .. } => format!("payload/{host_root}{}", cluster.config_dir),
        Runtime::Systemd { .. } | Runtime::External => format!("payload{}", cluster.config_dir),
    }
}

/// Files of a member's bundle.
pub fn member_files() -> impl Iterator<Item = FilePlan<'static>> {
    let folder = "payload/etc/etcd/clustermesh";
    [
        ("manifest.json".to_owned(), PUBLIC, Source::Manifest),
        (format!("{folder}/client-ca.crt"), PUBLIC, Source::ClientAnchors),
        (format!("{folder}/server.crt"), PUBLIC, Source::ServerCertificate),
        (format!("{folder}/server.key"), SECRET, Source::ServerKey),
        (format!("{folder}/etcd.env"), PUBLIC, Source::EtcdEnv),
        ("SHA256SUMS".to_owned(), PUBLIC, Source::Sums),
    ]
    .into_iter()
    .map(|(path, mode, source)| FilePlan { path, mode, source })
}

impl ClusterPlan {
    /// The folder of peers, below the archive's top folder: it is there even when there are no links.
    pub fn payload_dir(&self) -> String {
        payload_dir(self)
    }
}
