//! The templates of files that people read and edit: embedded, strict, and without HTML escaping.

use handlebars::Handlebars;
use serde::Serialize;

use crate::firewall::Ruleset;
use crate::mesh::{ChartFeature, Flavour, HelmRelease, OwnUser, Runtime};
use crate::plan::{ClusterPlan, HELM_CHART_CONFIG, HELM_VALUES, MemberPlan};

use super::error::TemplateError;
use super::firewall::{RulesetData, RulesetForm};
use super::local_etcd::announcer_arguments;

/// The templates, parsed once.
pub struct Templates {
    registry: Handlebars<'static>,
}

const DROP_IN: &str = "node/50-clustermesh.conf.hbs";
const HOSTS: &str = "node/clustermesh.hosts.hbs";
const ETCD_ENV: &str = "etcd/etcd.env.hbs";
const ANNOUNCER_UNIT: &str = "node/clustermesh-announce.service.hbs";
const HELM_NOTES: &str = "helm/NOTES.md.hbs";
const ETCD_AUTH: &str = "etcd/auth/";
/// Its parts, each one concern; together they are one POSIX shell script. Only the first has values of a mesh.
const ETCD_AUTH_PARTS: &str = concat!(
    include_str!("../../templates/etcd/auth/01-head.sh.hbs"),
    include_str!("../../templates/etcd/auth/02-reconcile.sh"),
    include_str!("../../templates/etcd/auth/03-generation.sh"),
    include_str!("../../templates/etcd/auth/04-switch.sh"),
    include_str!("../../templates/etcd/auth/05-main.sh"),
);

const FIREWALL_TABLE: &str = "firewall/table.nft.hbs";
const FIREWALL_INCLUDE: &str = "firewall/include.nft.hbs";
const FIREWALL_POLICY: &str = "firewall/policy.xml.hbs";

const EMBEDDED: [(&str, &str); 10] = [
    (DROP_IN, include_str!("../../templates/node/50-clustermesh.conf.hbs")),
    (HOSTS, include_str!("../../templates/node/clustermesh.hosts.hbs")),
    (ETCD_ENV, include_str!("../../templates/etcd/etcd.env.hbs")),
    (ANNOUNCER_UNIT, include_str!("../../templates/node/clustermesh-announce.service.hbs")),
    (HELM_NOTES, include_str!("../../templates/helm/NOTES.md.hbs")),
    (ETCD_AUTH, ETCD_AUTH_PARTS),
    (FIREWALL_TABLE, include_str!("../../templates/firewall/table.nft.hbs")),
    (FIREWALL_INCLUDE, include_str!("../../templates/firewall/include.nft.hbs")),
    (FIREWALL_POLICY, include_str!("../../templates/firewall/policy.xml.hbs")),
    // Both files of nftables have it.
    ("lines", include_str!("../../templates/firewall/lines.nft.hbs")),
];

#[derive(Serialize)]
struct DropIn<'a> {
    unit: &'a str,
    cluster: &'a str,
    env_file: &'static str,
}

#[derive(Serialize)]
struct Hosts<'a> {
    cluster: &'a str,
    hosts: Vec<HostLine>,
}

#[derive(Serialize)]
struct HostLine {
    address: String,
    name: String,
}

#[derive(Serialize)]
struct EtcdEnv<'a> {
    cluster: &'a str,
    member: &'a str,
    folder: &'static str,
    peers: bool,
    peer_name: String,
}

#[derive(Serialize)]
struct AnnouncerUnit<'a> {
    cluster: &'a str,
    arguments: Vec<String>,
}

/// Shows which remote clusters KVStoreMesh has read, in its container (clustermesh-apiserver/kvstoremesh-dbg/status.go).
const KVSTOREMESH_STATUS: &str = "clustermesh-apiserver kvstoremesh-dbg status --verbose";

/// The values of a Helm cluster's notes.
#[derive(Serialize)]
pub(super) struct HelmNotes<'a> {
    cluster: &'a str,
    chart: &'a str,
    namespace: &'a str,
    rke2: bool,
    gitops: bool,
    /// Whether the certificates of its etcd come from here.
    provided: bool,
    /// The command that shows what its KVStoreMesh has read, if there is one.
    status: Option<&'static str>,
    values: HelmValuesFile,
    secrets: HelmSecrets,
    users: HelmUsers,
    /// Files with the objects.
    objects: &'a [&'static str],
}

/// Its file with values.
#[derive(Serialize)]
struct HelmValuesFile {
    file: &'static str,
    /// Whether those of the release are in it.
    merged: bool,
    /// Whether it is a `HelmChartConfig`.
    config_object: bool,
}

/// The form of its Secrets.
#[derive(Serialize)]
struct HelmSecrets {
    /// Whether they have passed through a filter.
    sealed: bool,
    /// That filter.
    filter: String,
    /// Whether they are for a store.
    stored: bool,
}

/// Which users its etcd has.
#[derive(Serialize)]
struct HelmUsers {
    /// One for all readers.
    remote_only: bool,
    /// Those of a list that meshbundle writes.
    listed: bool,
}

impl<'a> HelmNotes<'a> {
    pub(super) fn new(cluster: &'a ClusterPlan, release: &'a HelmRelease, objects: &'a [&'static str]) -> Self {
        let chart = release.chart.as_str();
        let filter = release.filter().map(|words| words.join(" ")).unwrap_or_default();
        let file = cluster.helm_values_files().first().copied().unwrap_or(HELM_VALUES);
        Self {
            cluster: cluster.name.as_str(),
            chart,
            namespace: &release.namespace,
            rke2: release.flavour == Flavour::Rke2,
            gitops: release.gitops,
            provided: release.has_provided_certificates(),
            status: cluster.version.chart_has(ChartFeature::KvstoremeshStatus).then_some(KVSTOREMESH_STATUS),
            values: HelmValuesFile { file, merged: cluster.release_values.is_some(), config_object: file == HELM_CHART_CONFIG },
            secrets: HelmSecrets { sealed: !filter.is_empty(), filter, stored: release.store().is_some() },
            users: HelmUsers {
                remote_only: !release.auth_mode.value().knows_each_reader(),
                listed: release.lists_users(cluster.version),
            },
            objects,
        }
    }
}

/// The values of `etcd-auth.sh`. Each is one word of a shell, except `cluster`, which is a name, and `generation`.
#[derive(Serialize)]
pub(super) struct EtcdAuth<'a> {
    pub(super) cluster: &'a str,
    pub(super) cluster_word: String,
    pub(super) mesh: String,
    pub(super) state: String,
    pub(super) generation: u64,
    pub(super) digest: String,
    pub(super) endpoints: String,
    pub(super) users: String,
    pub(super) retired: String,
    /// Those of them that lose every right.
    pub(super) revoked: String,
    pub(super) roles: String,
    pub(super) grants: String,
    pub(super) agent: String,
    pub(super) administrator: String,
}

impl Templates {
    /// Parses every template.
    ///
    /// # Errors
    /// If one of them is broken.
    pub fn new() -> Result<Self, TemplateError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(handlebars::no_escape);
        for (name, text) in EMBEDDED {
            registry.register_template_string(name, text).map_err(|error| TemplateError { name, source: error.into() })?;
        }
        Ok(Self { registry })
    }

    fn render(&self, name: &'static str, data: &impl Serialize) -> Result<String, TemplateError> {
        self.registry.render(name, data).map_err(|error| TemplateError { name, source: error.into() })
    }

    /// The systemd drop-in of the agent's unit.
    ///
    /// # Errors
    /// If the template cannot be filled.
    pub fn drop_in(&self, cluster: &ClusterPlan) -> Result<String, TemplateError> {
        let unit = match &cluster.runtime {
            Runtime::Systemd { unit } => unit.as_str(),
            Runtime::Compose { .. } | Runtime::Helm(_) | Runtime::External => "",
        };
        self.render(DROP_IN, &DropIn { unit, cluster: cluster.name.as_str(), env_file: "/etc/cilium/clustermesh.env" })
    }

    /// The notes of a Helm cluster.
    ///
    /// # Errors
    /// If the template cannot be filled.
    pub(super) fn helm_notes(&self, notes: &HelmNotes<'_>) -> Result<String, TemplateError> {
        self.render(HELM_NOTES, notes)
    }

    /// The fragment for the hosts file.
    ///
    /// # Errors
    /// If the template cannot be filled.
    pub fn hosts(&self, cluster: &ClusterPlan) -> Result<String, TemplateError> {
        let line = |(name, addresses): (&crate::mesh::Host, &Vec<std::net::IpAddr>)| {
            let name = name.to_string();
            addresses.iter().map(|address| HostLine { address: address.to_string(), name: name.clone() }).collect::<Vec<_>>()
        };
        self.render(HOSTS, &Hosts { cluster: cluster.name.as_str(), hosts: cluster.hosts.iter().flat_map(line).collect() })
    }

    /// The TLS options of a member.
    ///
    /// # Errors
    /// If the template cannot be filled.
    pub fn etcd_env(&self, cluster: &ClusterPlan, member: &MemberPlan) -> Result<String, TemplateError> {
        let data = EtcdEnv {
            cluster: cluster.name.as_str(),
            member: member.name.as_str(),
            folder: "/etc/etcd/clustermesh",
            peers: member.peer.is_some(),
            peer_name: OwnUser::of_peer(&cluster.name),
        };
        self.render(ETCD_ENV, &data)
    }

    /// The unit of the announcer.
    ///
    /// # Errors
    /// If the template cannot be filled.
    pub fn announcer_unit(&self, cluster: &ClusterPlan) -> Result<String, TemplateError> {
        self.render(ANNOUNCER_UNIT, &AnnouncerUnit { cluster: cluster.name.as_str(), arguments: announcer_arguments(cluster) })
    }

    /// The firewall of one machine.
    ///
    /// # Errors
    /// If the template cannot be filled.
    pub fn ruleset(&self, ruleset: &Ruleset, form: RulesetForm) -> Result<String, TemplateError> {
        let name = match form {
            RulesetForm::NftTable => FIREWALL_TABLE,
            RulesetForm::NftInclude => FIREWALL_INCLUDE,
            RulesetForm::Firewalld => FIREWALL_POLICY,
        };
        self.render(name, &RulesetData::of(ruleset))
    }

    /// The script for users and roles of an etcd.
    pub(super) fn etcd_auth(&self, data: &EtcdAuth<'_>) -> Result<String, TemplateError> {
        self.render(ETCD_AUTH, data)
    }
}
