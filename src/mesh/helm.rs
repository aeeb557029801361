//! Cilium's Helm chart, as far as it decides what a cluster reads and whom its etcd knows.

use std::fmt;

use super::version::CiliumVersion;

/// The annotation of each object that meshbundle writes for a Helm cluster: which bundle it is of, as JSON.
pub const BUNDLE_ANNOTATION: &str = "meshbundle/bundle";

/// RKE2 has this many builds for each patch, and their number at its end.
const RKE2_BUILDS: u32 = 100;

/// A release of Cilium's Helm chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelmRelease {
    /// Its version as written, with or without the patch; the minor is that of the agents.
    pub chart: String,
    /// Who packages it.
    pub flavour: Flavour,
    /// The namespace of the release, and of its Secrets.
    pub namespace: String,
    /// Which users its etcd has.
    pub auth_mode: Setting<AuthMode>,
    /// Whether KVStoreMesh reads the other clusters for the agents.
    pub kvstoremesh: Setting<bool>,
    /// What makes the certificates of its etcd.
    pub method: Setting<CertificateMethod>,
    /// The Service of its etcd, as the mesh says.
    pub service: HelmService,
    /// The same, completed with what the release has.
    pub known_service: HelmService,
    /// The file with the values that it has, as written: relative to the mesh's file.
    pub values: Option<String>,
    /// Whether a GitOps tool renders the chart, and applies what it renders.
    pub gitops: bool,
    /// In which form its Secrets are written.
    pub secrets: SecretsForm,
}

/// In which form the Secrets of a Helm cluster are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsForm {
    /// As they are.
    Plain,
    /// As a program makes them of its input: its words, and no shell.
    Filtered(Vec<String>),
    /// For a store of secrets, from which External Secrets makes them.
    External(SecretStore),
}

/// A store of secrets, as External Secrets knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretStore {
    /// Its name.
    pub name: String,
    /// `ClusterSecretStore`, or `SecretStore` of the namespace.
    pub kind: String,
    /// Where in it the secrets are.
    pub path: String,
}

/// `clustermesh.apiserver.service`: how others reach the etcd of clustermesh-apiserver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HelmService {
    /// Its type, if the mesh or the release says it.
    pub kind: Option<ServiceType>,
    /// The port of each node with the type `NodePort`, if the mesh or the release says it.
    pub node_port: Option<u16>,
}

/// The type of a Service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceType {
    /// A port of each node.
    NodePort,
    /// An address of its own, from outside the cluster.
    LoadBalancer,
    /// An address within the cluster.
    ClusterIp,
}

impl ServiceType {
    /// Every type, in the order of Kubernetes' documentation.
    pub const ALL: [Self; 3] = [Self::ClusterIp, Self::NodePort, Self::LoadBalancer];

    /// Its word in a Service.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ClusterIp => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
        }
    }
}

impl HelmService {
    /// The port of its etcd for others: that of the nodes, or the one of the Service itself (templates/clustermesh-apiserver/service.yaml
    /// of the chart, each minor).
    pub const fn port(self) -> u16 {
        match (self.kind, self.node_port) {
            (Some(ServiceType::ClusterIp | ServiceType::LoadBalancer), _) => 2379,
            (Some(ServiceType::NodePort) | None, Some(port)) => port,
            (Some(ServiceType::NodePort) | None, None) => 32379,
        }
    }
}

/// A value of the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting<T> {
    /// As the mesh says.
    Given(T),
    /// That of the release, as far as it is known, or the chart's default: the values that meshbundle writes do not set it.
    Default(T),
}

impl<T: Copy> Setting<T> {
    /// The value, from the mesh, the release or the chart.
    pub const fn value(self) -> T {
        match self {
            Self::Given(value) | Self::Default(value) => value,
        }
    }

    /// The same with the release's value in place of the chart's default.
    #[must_use]
    pub fn or(self, of_release: Option<T>) -> Self {
        match (self, of_release) {
            (Self::Default(_), Some(value)) => Self::Default(value),
            (setting, _) => setting,
        }
    }

    /// The value, if the mesh says it.
    pub const fn given(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Default(_) => None,
        }
    }
}

/// `clustermesh.apiserver.tls.auto.method`: what makes the certificates of clustermesh-apiserver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateMethod {
    /// Helm's templates. They look up what the cluster has, and make everything anew where they cannot.
    Helm,
    /// Cilium's certgen, as a job in the cluster.
    CronJob,
    /// cert-manager.
    CertManager,
    /// Nothing in the cluster: meshbundle issues them, and the chart mounts their Secrets.
    Provided,
}

impl CertificateMethod {
    /// Every method of the chart in the order of its `values.yaml`, and the one without any.
    pub const ALL: [Self; 4] = [Self::Helm, Self::CronJob, Self::CertManager, Self::Provided];

    /// Its word in the mesh, and in the chart's values where it is one of the chart's.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Helm => "helm",
            Self::CronJob => "cronJob",
            Self::CertManager => "certmanager",
            Self::Provided => "provided",
        }
    }
}

/// Who packages the chart, and so where its values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Cilium: values files.
    Upstream,
    /// RKE2: a `HelmChartConfig`.
    Rke2,
}

/// `clustermesh.apiserver.tls.authMode`: which users the etcd of clustermesh-apiserver has for readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// `remote` alone.
    Legacy,
    /// `remote`, and `remote-<cluster>` for each reader that `clustermesh-remote-users` lists.
    Migration,
    /// The same users as with `migration`; its own clients are `remote-<cluster>`.
    Cluster,
    /// `remote-<cluster>` for each reader, and no `remote`.
    ClusterStrict,
}

impl HelmRelease {
    /// Whether meshbundle issues the certificates of its etcd.
    pub fn has_provided_certificates(&self) -> bool {
        self.method.value() == CertificateMethod::Provided
    }

    /// The program that its Secrets pass through, if there is one.
    pub fn filter(&self) -> Option<&[String]> {
        match &self.secrets {
            SecretsForm::Filtered(words) => Some(words),
            SecretsForm::Plain | SecretsForm::External(_) => None,
        }
    }

    /// The store that its Secrets come from, if there is one.
    pub const fn store(&self) -> Option<&SecretStore> {
        match &self.secrets {
            SecretsForm::External(store) => Some(store),
            SecretsForm::Plain | SecretsForm::Filtered(_) => None,
        }
    }

    /// The Service of its etcd, as its own pods dial it.
    pub fn service_host(&self) -> String {
        format!("clustermesh-apiserver.{}.svc", self.namespace)
    }

    /// The patch of Cilium that its chart is of, if the mesh says it: RKE2's 1.15.502 is a build of 1.15.5.
    pub fn patch(&self) -> Option<u32> {
        let patch: u32 = self.chart.split('.').nth(2)?.parse().ok()?;
        Some(if patch < RKE2_BUILDS { patch } else { patch / RKE2_BUILDS })
    }

    /// The release as long as its etcd keeps `users`: with the authMode that the mesh wants, it may not have them.
    #[must_use]
    pub fn keeping<'a>(mut self, users: impl Iterator<Item = &'a str>) -> Self {
        let wanted = self.auth_mode.value();
        let mode = users.fold(wanted, AuthMode::with_user);
        if mode != wanted {
            self.auth_mode = Setting::Given(mode);
        }
        self
    }

    /// The release as long as its KVStoreMesh runs, also if the mesh wants it off.
    #[must_use]
    pub fn keeping_kvstoremesh(mut self) -> Self {
        if !self.kvstoremesh.value() {
            self.kvstoremesh = Setting::Given(true);
        }
        self
    }

    /// Whether meshbundle writes the ConfigMap `clustermesh-remote-users`, which the chart of `version` mounts and does not write.
    pub fn lists_users(&self, version: CiliumVersion) -> bool {
        self.auth_mode.value().knows_each_reader() && version.chart_has(ChartFeature::UsersByHand)
    }
}

impl AuthMode {
    /// This mode, or the one beside it whose etcd also has the user `user`.
    fn with_user(self, user: &str) -> Self {
        match self {
            Self::Legacy if user != "remote" => Self::Migration,
            Self::ClusterStrict if user == "remote" => Self::Cluster,
            Self::Legacy | Self::Migration | Self::Cluster | Self::ClusterStrict => self,
        }
    }

    /// Every mode, in the order of the chart's `values.yaml`.
    pub const ALL: [Self; 4] = [Self::Legacy, Self::Migration, Self::Cluster, Self::ClusterStrict];

    /// Its word in the chart's values.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Migration => "migration",
            Self::Cluster => "cluster",
            Self::ClusterStrict => "cluster-strict",
        }
    }

    /// Whether its etcd has a user of its own for each reader.
    pub const fn knows_each_reader(self) -> bool {
        !matches!(self, Self::Legacy)
    }

    /// Whether its etcd has the user `remote`: `etcdinit` always makes it up to 1.20, in each mode.
    pub const fn knows_remote(self) -> bool {
        !matches!(self, Self::ClusterStrict)
    }
}

impl fmt::Display for AuthMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What charts do from some minor on. Paths are below `install/kubernetes/cilium` of cilium/cilium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartFeature {
    /// `clustermesh.apiserver.kvstoremesh.enabled` is true unless it is set.
    KvstoremeshByDefault,
    /// Agents mount `local-etcd-client`, a client certificate for the etcd of clustermesh-apiserver.
    LocalCertificateMounted,
    /// Agents present `local-etcd-client` to the etcd of clustermesh-apiserver, and not `common-etcd-client`.
    LocalCertificate,
    /// `authMode` is `migration` unless it is set; before, `legacy`.
    MigrationByDefault,
    /// Without `clustermesh.config.enabled`, the chart does not write the ConfigMap `clustermesh-remote-users`, and still mounts it.
    UsersByHand,
    /// The chart mounts Secrets of certificates that it does not write.
    SecretsByHand,
    /// Its certificates are valid for 365 days unless `certValidityDuration` says otherwise; before, for 1095.
    YearOfValidity,
    /// `clustermesh-apiserver kvstoremesh-dbg status` in the container of KVStoreMesh shows what it has read.
    KvstoremeshStatus,
    /// Further hosts of its server certificate are below `tls.auto.server`; before, below `tls.server`.
    ServerUnderAuto,
}

impl ChartFeature {
    /// The first minor whose chart has it.
    #[expect(clippy::match_same_arms, reason = "one table, each line with its source")]
    pub const fn since(self) -> CiliumVersion {
        match self {
            // values.yaml of 1.16.0: `kvstoremesh.enabled: true`; 1.15.19 has `false`.
            Self::KvstoremeshByDefault => CiliumVersion::new(1, 16),
            // `enableSecrets` in templates/clustermesh-apiserver/tls-provided of 1.16.0; 1.15.19 asks for the certificates in values.
            Self::SecretsByHand => CiliumVersion::new(1, 16),
            // `clustermesh-secrets` in templates/cilium-agent/daemonset.yaml of 1.16.0; not in 1.15.19.
            Self::LocalCertificateMounted => CiliumVersion::new(1, 16),
            // templates/clustermesh-config/_helpers.tpl of 1.17.0; 1.16.19 writes `common-etcd-client`.
            Self::LocalCertificate => CiliumVersion::new(1, 17),
            // values.yaml of 1.19.0: `authMode: migration`; 1.18.12 has `legacy`.
            Self::MigrationByDefault => CiliumVersion::new(1, 19),
            // templates/clustermesh-apiserver/users-configmap.yaml of 1.19.0 asks for `clustermesh.config.enabled`; 1.18.12 does not.
            Self::UsersByHand => CiliumVersion::new(1, 19),
            // clustermesh-apiserver/kvstoremesh-dbg of 1.16.0; 1.15.0 has none, and only later patches of 1.15 do.
            Self::KvstoremeshStatus => CiliumVersion::new(1, 16),
            // values.yaml of 1.20.0: `tls.auto.server.extraDnsNames`; 1.19.6 ignores it.
            Self::ServerUnderAuto => CiliumVersion::new(1, 20),
            // values.yaml of 1.20.0: `certValidityDuration: 365`; 1.19.6 has 1095.
            Self::YearOfValidity => CiliumVersion::new(1, 20),
        }
    }
}

impl CiliumVersion {
    /// Whether the chart of this minor has `feature`.
    pub fn chart_has(self, feature: ChartFeature) -> bool {
        self >= feature.since()
    }

    /// Whether KVStoreMesh mounts the CAs of `tls.caBundle`; nothing where it depends on a patch that is not known. It does from 1.18.5 on
    /// (`kvstoremesh-secrets` in templates/clustermesh-apiserver/deployment.yaml, cilium/cilium#42726).
    pub fn kvstoremesh_mounts_bundle(self, patch: Option<u32>) -> Option<bool> {
        const SINCE: (CiliumVersion, u32) = (CiliumVersion::new(1, 18), 5);
        if self == SINCE.0 { patch.map(|patch| patch >= SINCE.1) } else { Some(self > SINCE.0) }
    }

    /// The chart's `authMode` where it is not set. 1.21 will have `cluster` (cilium/cilium#48361, not released).
    pub fn default_auth_mode(self) -> AuthMode {
        if self >= Self::new(1, 21) {
            AuthMode::Cluster
        } else if self.chart_has(ChartFeature::MigrationByDefault) {
            AuthMode::Migration
        } else {
            AuthMode::Legacy
        }
    }
}
