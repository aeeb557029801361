//! The values that a release of Cilium's chart needs for its links. They hold no secret: certificates and keys are in Secrets. CAs that its
//! etcd has to trust are public.

use crate::mesh::{ChartFeature, HelmRelease, Label};
use crate::plan::{ClusterPlan, HelmServerPlan};

use super::material::Material;
use super::{RenderError, peer};

const HEAD: &str = "\
# Merge this into the values of the release, and keep what is there: NOTES.md has the order. It has no secret.
# Helm does not merge lists: extraDnsNames and extraIpAddresses replace yours. Put yours under `etcd` in mesh.yaml.
";

/// The values, as YAML.
pub(super) fn values(cluster: &ClusterPlan, release: &HelmRelease, material: &dyn Material) -> Result<String, RenderError> {
    let (name, id) = (cluster.name.as_str(), cluster.id);
    let mut text = format!("{HEAD}cluster:\n  name: {name:?}\n  id: {id}\nclustermesh:\n  useAPIServer: true\n");
    if let Some(max) = cluster.max_connected_clusters {
        text.push_str(&format!("  maxConnectedClusters: {max}\n"));
    }
    text.push_str(
        "  config:\n    # The Secrets cilium-clustermesh and cilium-kvstoremesh come from meshbundle.\n    enabled: false\n",
    );
    let readers: Vec<&str> =
        cluster.helm.iter().flat_map(|helm| &helm.users).filter_map(|user| user.strip_prefix("remote-")).collect();
    if release.auth_mode.value().knows_each_reader() && !release.lists_users(cluster.version) && !readers.is_empty() {
        text.push_str("    # Only for the users of its etcd: the chart makes remote-<name> of each.\n    clusters:\n");
        text.extend(readers.into_iter().map(|name| format!("    - name: {name:?}\n")));
    }
    let apiserver = apiserver(cluster, release);
    if !apiserver.is_empty() {
        text.push_str(&format!("  apiserver:\n{apiserver}"));
    }
    let bundle = ca_bundle(cluster);
    if !bundle.is_empty() {
        text.push_str(
            "tls:\n  caBundle:\n    # The CAs that its etcd accepts clients of, and that its own clients trust: they replace each ca.crt.\n",
        );
        text.push_str("    enabled: true\n    content: |\n");
        text.extend(peer::joined(&bundle, material)?.lines().map(|line| format!("      {line}\n")));
    }
    Ok(text)
}

/// What the mesh says of clustermesh-apiserver. What it does not say stays as the release has it.
fn apiserver(cluster: &ClusterPlan, release: &HelmRelease) -> String {
    let kvstoremesh = release.kvstoremesh.given().map(|on| format!("    kvstoremesh:\n      enabled: {on}\n"));
    let mode = release.auth_mode.given().map(|mode| format!("      authMode: {:?}\n", mode.word()));
    let method = release.method.given().map(|method| format!("        method: {:?}\n", method.word())).unwrap_or_default();
    let hosts = hosts(cluster);
    let new_place = cluster.version.chart_has(ChartFeature::ServerUnderAuto);
    let server = if hosts.is_empty() { String::new() } else { format!("server:\n{hosts}") };
    let (auto, server) = if new_place { (method + &indented(&server, 8), String::new()) } else { (method, indented(&server, 6)) };
    let auto = if auto.is_empty() { auto } else { format!("      auto:\n{auto}") };
    let tls = mode.unwrap_or_default() + &auto + &server;
    kvstoremesh.unwrap_or_default() + &if tls.is_empty() { tls } else { format!("    tls:\n{tls}") }
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{:by$}{line}\n", "")).collect()
}

/// The hosts that the chart's server certificate lacks, for the methods `helm`, `cronJob` and `certmanager`; nothing if it has all.
fn hosts(cluster: &ClusterPlan) -> String {
    let Some(HelmServerPlan { dns_names, ip_addresses, .. }) = &cluster.helm else { return String::new() };
    let list = |name: &str, hosts: Vec<String>| match hosts.as_slice() {
        [] => String::new(),
        hosts => format!("  {name}:\n{}", hosts.iter().map(|host| format!("  - {host:?}\n")).collect::<String>()),
    };
    let addresses = ip_addresses.iter().map(ToString::to_string).collect();
    list("extraDnsNames", dns_names.iter().cloned().collect()) + &list("extraIpAddresses", addresses)
}

/// The CAs that its etcd trusts, if these are more than the one that the chart trusts by itself: the one that signs its servers.
fn ca_bundle(cluster: &ClusterPlan) -> Vec<Label> {
    let trust = &cluster.trust;
    let others = trust.client_trust.iter().filter(|name| !trust.server_trust.contains(name));
    let others: Vec<Label> = others.cloned().collect();
    if others.is_empty() { Vec::new() } else { trust.server_trust.iter().cloned().chain(others).collect() }
}
