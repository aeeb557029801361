//! The values that a Helm release has: whether ours can be merged into them, and whether they say what the mesh says.

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{
    AuthMode, CertificateMethod, ChartFeature, Cilium, ClientName, Cluster, ClusterName, Flavour, HelmRelease, HelmService, Mesh,
    Runtime, ServiceType,
};
use crate::values::{ReleaseValues, ValuesForm, chart};

use super::links::ResolvedLinks;
use super::provided_files::ProvidedFiles;

/// Takes from each release what the mesh does not say of it: that is what the release has, and not the chart's default.
pub(super) fn complete(mesh: &mut Mesh, facts: &ProvidedFiles) {
    for cluster in &mut mesh.clusters {
        let Runtime::Helm(release) = &mut cluster.runtime else { continue };
        let Some(values) = values_of(release, facts) else { continue };
        let word = |path: &[&str]| values.text(path);
        let mode = word(chart::AUTH_MODE).and_then(|word| AuthMode::ALL.into_iter().find(|mode| mode.word() == word));
        let method =
            word(chart::AUTO_METHOD).and_then(|word| CertificateMethod::ALL.into_iter().find(|method| method.word() == word));
        let kind = word(chart::SERVICE_TYPE).and_then(|word| ServiceType::ALL.into_iter().find(|kind| kind.word() == word));
        let node_port = word(chart::NODE_PORT).and_then(|port| port.parse().ok());
        release.auth_mode = release.auth_mode.or(mode);
        // As for a mesh that says it: its etcd has one user for all readers.
        if !release.auth_mode.value().knows_each_reader() && cluster.etcd.client_name == ClientName::default() {
            cluster.etcd.client_name = ClientName::remote();
        }
        release.method = release.method.or(method);
        release.kvstoremesh = release.kvstoremesh.or(values.flag(chart::KVSTOREMESH));
        release.known_service =
            HelmService { kind: release.service.kind.or(kind), node_port: release.service.node_port.or(node_port) };
    }
}

/// The values of each release that can be used.
pub(super) fn of_clusters(mesh: &Mesh, facts: &ProvidedFiles) -> BTreeMap<ClusterName, ReleaseValues> {
    let of = |cluster: &Cluster| Some((cluster.name.clone(), values_of(cluster.runtime.helm()?, facts)?.clone()));
    mesh.clusters.iter().filter_map(of).collect()
}

fn values_of<'f>(release: &HelmRelease, facts: &'f ProvidedFiles) -> Option<&'f ReleaseValues> {
    facts.values_of(release.values.as_deref()?).ok()?.ok()
}

pub(super) fn check(mesh: &Mesh, links: &ResolvedLinks, facts: &ProvidedFiles) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = mesh.clusters.iter().filter_map(|cluster| check_renewal(cluster, facts)).collect();
    for cluster in &mesh.clusters {
        let Some(release) = cluster.runtime.helm() else { continue };
        let Some(file) = release.values.as_deref() else { continue };
        let values = match facts.values_of(file) {
            Ok(Ok(values)) => values,
            Ok(Err(why)) => {
                let message = format!("`{file}` cannot be merged: {}", why.reason);
                findings.push(Diagnostic::new(Code::ValuesUnusable, place(cluster), message).help(why.help.clone()));
                continue;
            }
            Err(reason) => {
                let message = format!("cannot read `{file}`: {reason}");
                let help = "`helm get values RELEASE --namespace NAMESPACE --output yaml` prints them";
                findings.push(Diagnostic::new(Code::FileUnreadable, place(cluster), message).help(help));
                continue;
            }
        };
        let release = KnownRelease { cluster, release, file, values };
        findings.extend(release.check_identity());
        findings.extend(release.check_settings());
        findings.extend(release.check_listed(links.get(&cluster.name).map_or(&[], Vec::as_slice)));
        findings.extend(release.check_sources());
        findings.extend(release.check_keys());
    }
    findings
}

/// Where the method is known to be Helm's, by the mesh or by the values: who upgrades less than once a year loses all links at once.
fn check_renewal(cluster: &Cluster, facts: &ProvidedFiles) -> Option<Diagnostic> {
    let release = cluster.runtime.helm()?;
    let values = values_of(release, facts);
    let is_known = release.method.given().is_some() || values.is_some();
    let by_helm = is_known
        && release.method.value() == CertificateMethod::Helm
        && cluster.cilium.version.chart_has(ChartFeature::YearOfValidity);
    let made = |values: &&ReleaseValues| values.flag(chart::AUTO_ENABLED) == Some(false) || values.has(chart::AUTO_VALIDITY);
    // With a GitOps tool, that method has a finding of its own.
    if !by_helm || release.gitops || values.as_ref().is_some_and(made) {
        return None;
    }
    let at = cluster.path.field("runtime").field(if release.method.given().is_some() { "method" } else { "values" });
    let message = format!("the certificates of the etcd of `{}` expire after 365 days unless Helm runs before", cluster.name);
    let help =
        "let the release set `clustermesh.apiserver.tls.auto.method: cronJob`, which renews them, or upgrade it twice a year";
    Some(Diagnostic::new(Code::OnlyAtUpgrades, at, message).help(help))
}

fn place(cluster: &Cluster) -> FieldPath {
    cluster.path.field("runtime").field("values")
}

/// A release whose values are known.
struct KnownRelease<'a> {
    cluster: &'a Cluster,
    release: &'a HelmRelease,
    file: &'a str,
    values: &'a ReleaseValues,
}

impl KnownRelease<'_> {
    fn finding(&self, code: Code, message: String) -> Diagnostic {
        Diagnostic::new(code, place(self.cluster), message)
    }

    /// What a release has that runs in a mesh already.
    fn check_identity(&self) -> Vec<Diagnostic> {
        let (name, id) = (self.cluster.name.to_string(), self.cluster.id.to_string());
        // The chart's defaults, of a cluster in no mesh.
        let ours = [(chart::CLUSTER_NAME, "name", &name, "default"), (chart::CLUSTER_ID, "id", &id, "0")];
        let differs = ours.into_iter().filter_map(|(path, field, ours, none)| {
            let theirs = self.values.text(path).filter(|theirs| theirs != ours && theirs != none)?;
            let message = format!("`{}` is `{theirs}` in `{}`, and `{ours}` in the mesh", path.join("."), self.file);
            let finding = self.finding(Code::ValuesIdentity, message);
            Some(
                finding
                    .also(self.cluster.path.field(field), format!("`{ours}`"))
                    .help(format!("set `{field}: {theirs}` in the mesh, or name the values of the right cluster")),
            )
        });
        differs.collect()
    }

    /// What the mesh says, too.
    fn check_settings(&self) -> Vec<Diagnostic> {
        let cilium = &self.cluster.cilium;
        let value = |path: &[&str]| self.values.text(path);
        let net = |net: &Option<IpNet>| net.map(|net| net.to_string());
        let maximum = cilium.max_connected_clusters.unwrap_or(Cilium::DEFAULT_MAX_CONNECTED);
        let local = &["clustermesh", "policyDefaultLocalCluster"];
        let pairs = [
            ("routingMode", value(chart::ROUTING_MODE), cilium.routing_mode.clone()),
            ("tunnelProtocol", value(chart::TUNNEL_PROTOCOL), cilium.tunnel_protocol.clone()),
            ("encryption", self.values.encryption(), cilium.encryption.clone()),
            ("ipam.mode", value(&["ipam", "mode"]), cilium.ipam.clone()),
            ("cni.chainingMode", value(&["cni", "chainingMode"]), cilium.cni_chaining.clone()),
            ("ipv4NativeRoutingCIDR", value(&["ipv4NativeRoutingCIDR"]), net(&cilium.ipv4_native_routing_cidr)),
            ("ipv6NativeRoutingCIDR", value(&["ipv6NativeRoutingCIDR"]), net(&cilium.ipv6_native_routing_cidr)),
            ("clustermesh.maxConnectedClusters", value(chart::MAX_CONNECTED_CLUSTERS), Some(maximum.to_string())),
            (
                "clustermesh.policyDefaultLocalCluster",
                value(local),
                cilium.policy_default_local_cluster.map(|flag| flag.to_string()),
            ),
        ];
        let differs = pairs.into_iter().filter_map(|(name, theirs, ours)| {
            let (theirs, ours) = (theirs.filter(|theirs| !theirs.is_empty())?, ours?);
            (theirs != ours).then(|| {
                let message = format!("`{name}` is `{theirs}` in `{}`, and `{ours}` in the mesh", self.file);
                self.finding(Code::ValuesDisagree, message).help("correct the one that is wrong")
            })
        });
        differs.chain(self.check_pools()).collect()
    }

    /// The ranges that its operator gives to nodes.
    fn check_pools(&self) -> Option<Diagnostic> {
        let ours = &self.cluster.pod_cidrs;
        let pools = [["ipam", "operator", "clusterPoolIPv4PodCIDRList"], ["ipam", "operator", "clusterPoolIPv6PodCIDRList"]];
        let pools = pools.iter().filter_map(|path| self.values.texts(path)).flatten();
        let ranges = pools.filter_map(|pool| pool.parse::<IpNet>().ok());
        let outside = ranges.into_iter().find(|range| !ours.is_empty() && !ours.iter().any(|cidr| cidr.net.contains(range)))?;
        let message = format!("the pool `{outside}` in `{}` is in no `podCIDRs` of `{}`", self.file, self.cluster.name);
        Some(self.finding(Code::ValuesDisagree, message).help(format!("add it: `podCIDRs: [{outside}]`")))
    }

    /// Remote clusters as the chart writes them, as long as it does.
    fn check_listed(&self, remotes: &[ClusterName]) -> Vec<Diagnostic> {
        if self.values.flag(chart::CONFIG_ENABLED) != Some(true) {
            return Vec::new();
        }
        let listed = self.values.clusters().into_iter().filter(|listed| listed.is_enabled);
        let wrong = listed.filter_map(|listed| {
            let what = match (&listed.bare_ipv6, listed.has_port) {
                (Some(address), _) => format!("its address `{address}` has no brackets"),
                (None, false) => "it has no port, and the chart writes `:<no value>`".to_owned(),
                (None, true) => return None,
            };
            let message = format!("the release does not reach `{}`, which `{}` lists: {what}", listed.name, self.file);
            let help = if remotes.iter().any(|remote| remote.as_str() == listed.name) {
                "the Secrets that meshbundle writes replace the entry".to_owned()
            } else {
                "correct it there, or add the cluster to the mesh".to_owned()
            };
            Some(self.finding(Code::ListedClusterBroken, message).help(help))
        });
        wrong.collect()
    }

    /// What wins over the file.
    fn check_sources(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        if self.values.form() == ValuesForm::HelmChartConfig && !self.values.has_failure_policy() {
            let message = format!("the HelmChartConfig in `{}` has no `failurePolicy`", self.file);
            let help = "set `spec.failurePolicy: abort`, which every helm-controller knows; `retry` came in July 2026";
            findings.push(self.finding(Code::NoFailurePolicy, message).help(help));
        }
        if self.values.has_values_in_secrets() {
            let message = format!("the HelmChartConfig in `{}` takes values from Secrets as well, and these win", self.file);
            let help = "look whether one of them has `cluster`, `clustermesh` or `tls`";
            findings.push(self.finding(Code::ValuesElsewhere, message).help(help));
        }
        if self.values.has_bundle_by_hand() {
            let kind = if self.values.flag(chart::BUNDLE_IN_SECRET) == Some(true) { "Secret" } else { "ConfigMap" };
            let name = self.values.text(chart::BUNDLE_NAME).unwrap_or_else(|| "cilium-root-ca.crt".to_owned());
            let message =
                format!("the chart does not write the {kind} `{name}`: `tls.caBundle` in `{}` has no `content`", self.file);
            let help = "add the CAs of those who read its etcd to it, or write all its CAs into `tls.caBundle.content`";
            findings.push(self.finding(Code::ValuesElsewhere, message).help(help));
        }
        findings
    }

    /// Keys in values, and who makes Hubble's.
    fn check_keys(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        if let Some(at) = self.values.key_path().filter(|_| self.release.gitops) {
            let message = format!("`{at}` in `{}` is a private key", self.file);
            let help = "keep it in a Secret that is sealed or encrypted, and remove it from the values and from git's history";
            findings.push(self.finding(Code::KeyInValues, message).help(help));
        }
        if self.release.makes_hubble_ca(self.values) {
            let (file, to) = (self.file, "hubble.tls.auto.method: cronJob");
            if self.release.gitops {
                let message = format!("each rendering of the chart with `{file}` makes a new CA for Hubble");
                findings.push(self.finding(Code::NewAtEachSync, message).help(format!("set `{to}` there")));
            } else if self.release.has_provided_certificates() {
                let message = format!("with `{file}`, Helm makes a CA for Hubble, which is not the one of the links");
                findings.push(self.finding(Code::HubbleAuthority, message).help(format!("set `{to}` there, or accept it")));
            }
        }
        findings
    }
}

impl HelmRelease {
    /// Whether Helm's templates make a CA for Hubble (templates/cilium-ca-secret.yaml of the chart).
    fn makes_hubble_ca(&self, values: &ReleaseValues) -> bool {
        // RKE2's packages have Hubble off (packages/rke2-cilium of rancher/rke2-charts).
        let is_on = values.flag(&["hubble", "enabled"]).unwrap_or(self.flavour == Flavour::Upstream);
        let given = |path: &[&str]| values.text(path).is_some_and(|text| !text.is_empty());
        let has_ca = given(&["tls", "ca", "cert"]) && given(&["tls", "ca", "key"]);
        let by_helm = values.text(&["hubble", "tls", "auto", "method"]).is_none_or(|method| method == "helm");
        let is_made = |path: &[&str]| values.flag(path) != Some(false);
        is_on && !has_ca && by_helm && is_made(&["hubble", "tls", "enabled"]) && is_made(&["hubble", "tls", "auto", "enabled"])
    }
}
