//! The values that a release of Cilium's chart needs for its links. They hold no secret: certificates and keys are in Secrets. CAs that its
//! etcd has to trust are public.

use crate::mesh::{ChartFeature, HelmRelease, Label};
use crate::plan::{ClusterPlan, HelmServerPlan};

use super::material::Material;
use super::{RenderError, peer};

const HEAD: &str = "\
# Merge this into the values of the release, and keep what is there: NOTES.md has the order.
# It has no secret, and no list that is merged with yours: Helm replaces lists as a whole.
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
    if release.auth_mode.knows_each_reader() && !release.lists_users(cluster.version) && !readers.is_empty() {
        text.push_str("    # Only for the users of its etcd: the chart makes remote-<name> of each.\n    clusters:\n");
        text.extend(readers.into_iter().map(|name| format!("    - name: {name:?}\n")));
    }
    let (mode, kvstoremesh) = (release.auth_mode, release.kvstoremesh);
    text.push_str(&format!(
        "  apiserver:\n    kvstoremesh:\n      enabled: {kvstoremesh}\n    tls:\n      authMode: {:?}\n",
        mode.word()
    ));
    text.push_str(&server(cluster));
    let bundle = ca_bundle(cluster);
    if !bundle.is_empty() {
        text.push_str(
            "tls:\n  caBundle:\n    # For whom its etcd accepts, and whom its own clients trust: it replaces each ca.crt.\n",
        );
        text.push_str("    enabled: true\n    content: |\n");
        text.extend(peer::joined(&bundle, material)?.lines().map(|line| format!("      {line}\n")));
    }
    Ok(text)
}

/// The hosts that the chart's server certificate lacks, for the methods `helm`, `cronJob` and `certmanager`; nothing if it has all.
fn server(cluster: &ClusterPlan) -> String {
    let (names, addresses): (Vec<String>, Vec<String>) = match &cluster.helm {
        Some(HelmServerPlan { dns_names, ip_addresses, .. }) => {
            (dns_names.iter().cloned().collect(), ip_addresses.iter().map(ToString::to_string).collect())
        }
        None => return String::new(),
    };
    if names.is_empty() && addresses.is_empty() {
        return String::new();
    }
    let list = |name: &str, hosts: &[String]| match hosts {
        [] => String::new(),
        hosts => format!("          {name}:\n{}", hosts.iter().map(|host| format!("          - {host:?}\n")).collect::<String>()),
    };
    let lists = list("extraDnsNames", &names) + &list("extraIpAddresses", &addresses);
    if cluster.version.chart_has(ChartFeature::ServerUnderAuto) {
        return format!("      auto:\n        server:\n{lists}");
    }
    format!("      server:\n{}", lists.replace("          ", "        "))
}

/// The CAs that its etcd trusts, if these are more than the one that the chart trusts by itself: the one that signs its servers.
fn ca_bundle(cluster: &ClusterPlan) -> Vec<Label> {
    let trust = &cluster.trust;
    let others = trust.client_trust.iter().filter(|name| !trust.server_trust.contains(name));
    let others: Vec<Label> = others.cloned().collect();
    if others.is_empty() { Vec::new() } else { trust.server_trust.iter().cloned().chain(others).collect() }
}
