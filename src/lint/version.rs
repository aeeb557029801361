//! Versions of agents: which are supported, which may be linked, and how they interpret the same setting.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{CiliumVersion, Cluster, ClusterName, Feature, Mesh};

use super::links;
use super::outliers::{find_outliers, list_clusters};
use super::setting::place;

pub(super) fn check(mesh: &Mesh, links: &links::ResolvedLinks) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for cluster in &mesh.clusters {
        check_supported(cluster, mesh, &mut findings);
    }
    check_ignored(mesh, &mut findings);
    check_skew(mesh, links, &mut findings);
    check_policies(mesh, links, &mut findings);
    check_without_kubernetes(mesh, links, &mut findings);
    check_docker_plugin(mesh, &mut findings);
    findings
}

fn check_supported(cluster: &Cluster, mesh: &Mesh, findings: &mut Vec<Diagnostic>) {
    let version = cluster.cilium.version;
    let path = place(cluster, "version", version == mesh.cilium.version);
    if version < CiliumVersion::OLDEST || version.major != CiliumVersion::NEWEST.major {
        let message = format!("Cilium {version} is not supported");
        let finding = Diagnostic::new(Code::UnsupportedVersion, path, message);
        findings.push(finding.help(format!("use a version from {} to {}", CiliumVersion::OLDEST, CiliumVersion::NEWEST)));
    } else if let Some((message, help)) = version.unreleased() {
        findings.push(Diagnostic::new(Code::NewerVersion, path, message).help(help));
    }
}

/// Cilium supports one minor version of difference over a link (Documentation/network/clustermesh/setup.rst of 1.20).
const MAX_SKEW: u16 = 1;

/// Whether both versions are known: the placeholder for an unreadable one differs from none.
fn are_both_known(a: &Cluster, b: &Cluster) -> bool {
    a.cilium.version_read && b.cilium.version_read && a.cilium.version.major == b.cilium.version.major
}

fn check_skew(mesh: &Mesh, links: &links::ResolvedLinks, findings: &mut Vec<Diagnostic>) {
    let apart = |a: &Cluster, b: &Cluster| {
        let minor = |cluster: &Cluster| cluster.cilium.version.minor;
        are_both_known(a, b) && minor(a).abs_diff(minor(b)) > MAX_SKEW
    };
    for odd in find_outliers(mesh, links, apart) {
        let version = odd.cluster.cilium.version;
        let theirs = list_clusters(&odd.others, |other| format!("`{}` ({})", other.name, other.cilium.version));
        let message = format!("`{}` ({version}) is linked to {theirs}: more than one minor version apart", odd.cluster.name);
        let mut finding = Diagnostic::new(Code::VersionSkew, odd.cluster.path.field("cilium").field("version"), message)
            .label(format!("`{}`", odd.cluster.name))
            .help("upgrade one cluster at a time, one minor version per step");
        if let Some(first) = odd.others.first() {
            finding = finding.also(first.path.field("cilium").field("version"), format!("`{}`", first.name));
        }
        findings.push(finding);
    }
}

/// Whether a policy that names no cluster means the local one.
fn has_local_policies(cluster: &Cluster) -> bool {
    let version = cluster.cilium.version;
    let given = cluster.cilium.policy_default_local_cluster.filter(|_| version.has(Feature::PolicyDefaultLocalCluster));
    given.unwrap_or(version.has(Feature::PoliciesAreLocal))
}

/// The place that decides what such a policy means: the setting, or the version.
fn place_of_default_policy(cluster: &Cluster, mesh: &Mesh) -> FieldPath {
    let (own, of_mesh) = (&cluster.cilium, &mesh.cilium);
    let given = own.policy_default_local_cluster.filter(|_| own.version.has(Feature::PolicyDefaultLocalCluster));
    match given {
        Some(_) => place(cluster, "policyDefaultLocalCluster", given == of_mesh.policy_default_local_cluster),
        None => place(cluster, "version", own.version == of_mesh.version),
    }
}

/// Whether the setting is given for agents that do not know it.
fn is_ignored(cluster: &Cluster) -> bool {
    let (version, given) = (cluster.cilium.version, cluster.cilium.policy_default_local_cluster);
    given == Some(true) && !version.has(Feature::PolicyDefaultLocalCluster) && version >= CiliumVersion::OLDEST
}

/// One finding for the mesh: one setting fixes it.
fn check_policies(mesh: &Mesh, links: &links::ResolvedLinks, findings: &mut Vec<Diagnostic>) {
    // An ignored setting has another finding.
    let differ = |a: &Cluster, b: &Cluster| {
        are_both_known(a, b) && !is_ignored(a) && !is_ignored(b) && has_local_policies(a) != has_local_policies(b)
    };
    let apart: BTreeMap<&ClusterName, &Cluster> =
        links::linked_pairs(mesh, links).filter(|(one, other)| differ(one, other)).map(|(one, _)| (&one.name, one)).collect();
    let (local, everywhere): (Vec<&Cluster>, Vec<&Cluster>) =
        apart.into_values().partition(|cluster| has_local_policies(cluster));
    let (Some(one), Some(other)) = (local.first(), everywhere.first()) else { return };
    let same = "set `cilium.policyDefaultLocalCluster` to the same value for all clusters: agents up to 1.18 behave like `false`";
    // Older agents reject a policy with an entity that they do not know.
    let entity = local.iter().chain(&everywhere).all(|cluster| cluster.cilium.version.has(Feature::ClusterMeshEntity));
    let help = if entity {
        format!("{same}; with `true`, use the entity `cluster-mesh` in policies for every cluster")
    } else {
        same.to_owned()
    };
    let name = |cluster: &Cluster| format!("`{}`", cluster.name);
    let message = format!(
        "a policy without a cluster selects the local cluster in {}, but every cluster in {}",
        list_clusters(&local, name),
        list_clusters(&everywhere, name)
    );
    findings.push(
        Diagnostic::new(Code::PolicyMeaning, place_of_default_policy(one, mesh), message)
            .label(format!("the local cluster in {}", name(one)))
            .also(place_of_default_policy(other, mesh), format!("every cluster in {}", name(other)))
            .cause("`policy-default-local-cluster` came with 1.18, and is on by default from 1.19 on")
            .help(help),
    );
}

/// A setting that is only written for versions that know it has no effect on others.
fn check_ignored(mesh: &Mesh, findings: &mut Vec<Diagnostic>) {
    let mut by_place: BTreeMap<FieldPath, Vec<&Cluster>> = BTreeMap::new();
    for cluster in mesh.clusters.iter().filter(|cluster| is_ignored(cluster)) {
        let inherited = cluster.cilium.policy_default_local_cluster == mesh.cilium.policy_default_local_cluster;
        by_place.entry(place(cluster, "policyDefaultLocalCluster", inherited)).or_default().push(cluster);
    }
    for (path, clusters) in by_place {
        let old = list_clusters(&clusters, |cluster| format!("`{}` ({})", cluster.name, cluster.cilium.version));
        let message = format!("agents of {old} do not know `policy-default-local-cluster`");
        findings.push(
            Diagnostic::new(Code::SettingIgnored, path, message)
                .cause("it is not written for them, and their policies without a cluster still select every cluster")
                .help(format!("upgrade them to {} first", Feature::PolicyDefaultLocalCluster.since())),
        );
    }
}

fn check_without_kubernetes(mesh: &Mesh, links: &links::ResolvedLinks, findings: &mut Vec<Diagnostic>) {
    // A link goes both ways: its readers are the clusters that it reads.
    let dropped: BTreeSet<&ClusterName> = links::linked_pairs(mesh, links)
        .filter(|(cluster, peer)| {
            cluster.cilium.kubernetes == Some(false) && peer.cilium.version.has(Feature::IdentitiesNameTheirCluster)
        })
        .map(|(cluster, _)| &cluster.name)
        .collect();
    for cluster in mesh.clusters.iter().filter(|cluster| dropped.contains(&cluster.name)) {
        let path = place(cluster, "kubernetes", mesh.cilium.kubernetes == Some(false));
        let since = Feature::IdentitiesNameTheirCluster.since();
        let message = format!("agents from {since} on drop the identities of a cluster without Kubernetes");
        findings.push(
            Diagnostic::new(Code::WithoutKubernetes, path, message)
                .cause("they require the label `k8s:io.cilium.k8s.policy.cluster` in each identity (clusterNameValidator in pkg/identity/cache/allocator.go)")
                .help("use CIDR policies for it: agents still get its addresses, but not its labels"),
        );
    }
}

/// Without Kubernetes, the plugin for Docker attached containers to agents.
fn check_docker_plugin(mesh: &Mesh, findings: &mut Vec<Diagnostic>) {
    let feature = Feature::DockerPluginRemoved;
    let without = |cluster: &&Cluster| cluster.cilium.kubernetes == Some(false) && cluster.cilium.version.has(feature);
    for cluster in mesh.clusters.iter().filter(without) {
        let path = place(cluster, "kubernetes", mesh.cilium.kubernetes == Some(false));
        let message = format!("Cilium {} and newer has no network plugin for Docker", feature.since());
        findings.push(
            Diagnostic::new(Code::DockerPluginRemoved, path, message)
                .help("attach containers by CNI (`cilium-cni`), or stay at 1.19"),
        );
    }
}
