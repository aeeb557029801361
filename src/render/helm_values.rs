//! The values that a release of Cilium's chart needs for its links. They hold no secret: certificates and keys are in Secrets. CAs that its
//! etcd has to trust are public.

use crate::mesh::{ChartFeature, HelmRelease, Label};
use crate::plan::{ClusterPlan, HELM_CHART_CONFIG, HELM_DIFF, HELM_VALUES, HelmServerPlan};
use crate::values::{CaBundleContent, ValuesForm, Wanted, WantedValue, changed_lines, chart, fragment};

use super::material::Material;
use super::{File, RenderError, peer};

const HEAD: &str = "\
# Merge this into the values of the release, and keep what is there: NOTES.md has the order. It has no secret.
# Helm does not merge lists: extraDnsNames and extraIpAddresses replace yours. Put yours under `etcd` in mesh.yaml.
";

/// The values for those that the release has, or merged into them, with what changes.
pub(super) fn files(cluster: &ClusterPlan, release: &HelmRelease, material: &dyn Material) -> Result<Vec<File>, RenderError> {
    let wanted = wanted(cluster, release, material)?;
    let Some(values) = &cluster.release_values else {
        return Ok(vec![File::public(HELM_VALUES, format!("{HEAD}{}", fragment(&wanted)).into_bytes())]);
    };
    let merged =
        values.merge(&wanted).map_err(|reason| RenderError::Missing(format!("values of `{}`: {reason}", cluster.name)))?;
    let name = match values.form() {
        ValuesForm::Values => HELM_VALUES,
        ValuesForm::HelmChartConfig => HELM_CHART_CONFIG,
    };
    let before = release.values.as_deref().unwrap_or_default();
    let diff = changed_lines(values.as_text(), &merged, (before, name));
    // What the owner keeps in these values is not known here.
    Ok(vec![File::secret(name, merged.as_bytes()), File::public(HELM_DIFF, diff.into_bytes())])
}

fn wanted(cluster: &ClusterPlan, release: &HelmRelease, material: &dyn Material) -> Result<Vec<Wanted>, RenderError> {
    let flag = |path: &[&'static str], flag| Wanted::new(path, WantedValue::Flag(flag));
    let text = |path: &[&'static str], text: &str| Wanted::new(path, WantedValue::Text(text.to_owned()));
    let mut wanted = vec![
        text(chart::CLUSTER_NAME, cluster.name.as_str()),
        Wanted::new(chart::CLUSTER_ID, WantedValue::Integer(cluster.id)),
        flag(chart::USE_APISERVER, true),
    ];
    let maximum = cluster.max_connected_clusters;
    wanted.extend(maximum.map(|max| Wanted::new(chart::MAX_CONNECTED_CLUSTERS, WantedValue::Integer(max))));
    let why = "The Secrets cilium-clustermesh and cilium-kvstoremesh come from meshbundle.";
    wanted.push(flag(chart::CONFIG_ENABLED, false).because(why));
    wanted.extend(readers(cluster, release));
    let service = release.service;
    wanted.extend(service.kind.map(|kind| text(chart::SERVICE_TYPE, kind.word())));
    wanted.extend(service.node_port.map(|port| Wanted::new(chart::NODE_PORT, WantedValue::Integer(port.into()))));
    wanted.extend(release.kvstoremesh.given().map(|is_on| flag(chart::KVSTOREMESH, is_on)));
    wanted.extend(release.auth_mode.given().map(|mode| text(chart::AUTH_MODE, mode.word())));
    wanted.extend(certificates(cluster, release));
    let bundle = ca_bundle(cluster, release);
    if !bundle.is_empty() {
        let why = "The CAs that its etcd accepts clients of, and that its own clients trust: they replace each ca.crt.";
        wanted.push(flag(chart::BUNDLE_ENABLED, true).because(why));
        wanted.push(Wanted::new(chart::BUNDLE_CONTENT, WantedValue::Certificates(peer::joined(&bundle, material)?)));
    }
    Ok(wanted)
}

/// The readers by name, where the chart makes their users of that.
fn readers(cluster: &ClusterPlan, release: &HelmRelease) -> Option<Wanted> {
    let users = cluster.helm.iter().flat_map(|helm| &helm.users);
    let readers: Vec<String> = users.filter_map(|user| user.strip_prefix("remote-")).map(str::to_owned).collect();
    let by_name = release.auth_mode.value().knows_each_reader() && !release.lists_users(cluster.version) && !readers.is_empty();
    by_name.then(|| {
        let why = "Only for the users of its etcd: the chart makes remote-<name> of each.";
        Wanted::new(chart::CLUSTERS, WantedValue::Named(readers)).because(why)
    })
}

/// Who makes the certificates of its etcd, and the hosts that those of the chart would lack.
fn certificates(cluster: &ClusterPlan, release: &HelmRelease) -> Vec<Wanted> {
    if release.has_provided_certificates() {
        let mut wanted = Vec::new();
        if !cluster.version.chart_has(ChartFeature::ServerUnderAuto) {
            let why = "The chart mounts the Secrets of certificates, and does not write them.";
            wanted.push(Wanted::new(chart::ENABLE_SECRETS, WantedValue::Flag(false)).because(why));
        }
        wanted.push(Wanted::new(chart::AUTO_ENABLED, WantedValue::Flag(false)).because("meshbundle makes the certificates."));
        return wanted;
    }
    let method =
        release.method.given().map(|method| Wanted::new(chart::AUTO_METHOD, WantedValue::Text(method.word().to_owned())));
    let Some(HelmServerPlan { dns_names, ip_addresses, .. }) = &cluster.helm else { return method.into_iter().collect() };
    let list = |paths: [&'static [&'static str]; 2], hosts: Vec<String>| {
        let path = server_place(cluster, paths);
        (!hosts.is_empty()).then(|| Wanted::new(path, WantedValue::Texts(hosts)))
    };
    let names = list(chart::DNS_NAMES, dns_names.iter().cloned().collect());
    let addresses = list(chart::IP_ADDRESSES, ip_addresses.iter().map(ToString::to_string).collect());
    method.into_iter().chain(names).chain(addresses).collect()
}

/// Where further hosts of the chart's server certificate are. From 1.20 on, there is a new place, and the old one counts only where the new
/// one is empty (`default $deprecated` in templates/clustermesh-apiserver/_helpers.tpl): a release that has hosts at the old one keeps them.
fn server_place(cluster: &ClusterPlan, [old, new]: [&'static [&'static str]; 2]) -> &'static [&'static str] {
    let has = |path| {
        let hosts = cluster.release_values.as_ref().and_then(|values| values.texts(path));
        hosts.is_some_and(|hosts| !hosts.is_empty())
    };
    if !cluster.version.chart_has(ChartFeature::ServerUnderAuto) || (has(old) && !has(new)) { old } else { new }
}

/// The CAs of `tls.caBundle`; none where the values have no bundle from here.
fn ca_bundle(cluster: &ClusterPlan, release: &HelmRelease) -> Vec<Label> {
    let trust = &cluster.trust;
    let others: Vec<Label> = trust.client_trust.iter().filter(|name| !trust.server_trust.contains(name)).cloned().collect();
    match CaBundleContent::of(release, cluster.release_values.as_ref(), !others.is_empty()) {
        CaBundleContent::Values => trust.server_trust.iter().cloned().chain(others).collect(),
        CaBundleContent::Nothing | CaBundleContent::Owner => Vec::new(),
    }
}
