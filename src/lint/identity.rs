//! Names and ids of clusters, by the rules of Cilium (pkg/clustermesh/types), over the whole mesh.

use std::collections::HashSet;

use crate::diag::{Code, Diagnostic};
use crate::mesh::{Cilium, Cluster, Feature, Mesh};

use super::duplicates::find_duplicates;
use super::setting::place;

/// The field with the maximum.
const MAXIMUM: &str = "maxConnectedClusters";

pub(super) fn check(mesh: &Mesh) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    check_unique(mesh, &mut findings);
    check_maximum(mesh, &mut findings);
    let mut below_bit_7 = free_ids(mesh).filter(|id| id & ENI_BIT == 0);
    for cluster in &mesh.clusters {
        check_id(cluster, &mut findings);
        check_eni_id(cluster, &mut below_bit_7, &mut findings);
    }
    findings
}

/// With more clusters than Cilium has ids, this is the only finding: rules over pairs would run for hours.
pub(super) fn check_count(mesh: &Mesh) -> Option<Diagnostic> {
    let maximum = usize::try_from(Cilium::EXTENDED_MAX_CONNECTED).unwrap_or_default();
    let first = mesh.clusters.get(maximum)?;
    let message = format!("the mesh has {} clusters, but Cilium supports at most {maximum}", mesh.clusters.len());
    let finding = Diagnostic::new(Code::ClusterId, first.path.field("id"), message).label("one too many");
    Some(finding.help("split it into several meshes"))
}

/// How many clusters the mesh of `cluster` may have.
fn maximum_of(cluster: &Cluster) -> i64 {
    match cluster.cilium.max_connected_clusters {
        Some(Cilium::EXTENDED_MAX_CONNECTED) => Cilium::EXTENDED_MAX_CONNECTED,
        _ => Cilium::DEFAULT_MAX_CONNECTED,
    }
}

fn check_unique(mesh: &Mesh, findings: &mut Vec<Diagnostic>) {
    for (cluster, first) in find_duplicates(&mesh.clusters, |cluster| &cluster.name) {
        let message = format!("duplicate cluster name `{}`", cluster.name);
        findings.push(
            Diagnostic::new(Code::DuplicateName, cluster.path.field("name"), message)
                .label("used again here")
                .also(first.path.field("name"), "first used here")
                .help("give one of them another name"),
        );
    }
    let mut free = free_ids(mesh);
    for (cluster, first) in find_duplicates(mesh.clusters.iter().filter(|cluster| cluster.id_read), |cluster| cluster.id) {
        let message = format!("cluster id {} of `{}` is also the id of `{}`", cluster.id, cluster.name, first.name);
        findings.push(
            Diagnostic::new(Code::DuplicateId, cluster.path.field("id"), message)
                .label("used again here")
                .also(first.path.field("id"), "first used here")
                .help(match free.next() {
                    Some(free) => format!("give `{}` an unused id, such as {free}", cluster.name),
                    None => format!("every id from 1 to {} is taken", maximum_of(cluster)),
                }),
        );
    }
}

/// The unused ids, from the lowest: below 128 they work with every IPAM (cilium/cilium#21330).
fn free_ids(mesh: &Mesh) -> impl Iterator<Item = i64> {
    let taken: HashSet<i64> = mesh.clusters.iter().map(|cluster| cluster.id).collect();
    let maximum = mesh.clusters.iter().map(maximum_of).min().unwrap_or(Cilium::DEFAULT_MAX_CONNECTED);
    (1..=maximum).filter(move |id| !taken.contains(id))
}

fn check_id(cluster: &Cluster, findings: &mut Vec<Diagnostic>) {
    let (id, maximum) = (cluster.id, maximum_of(cluster));
    if !cluster.id_read || (1..=maximum).contains(&id) {
        return;
    }
    let message =
        if id == 0 { "cluster id 0 is reserved".to_owned() } else { format!("cluster id {id} is not from 1 to {maximum}") };
    let mut help = format!("give `{}` an id from 1 to {maximum}", cluster.name);
    if (maximum..=Cilium::EXTENDED_MAX_CONNECTED).contains(&id) {
        help.push_str(", or set `cilium.maxConnectedClusters: 511` for the whole mesh: new meshes only");
    }
    findings.push(Diagnostic::new(Code::ClusterId, cluster.path.field("id"), message).help(help));
}

/// Bit 7 of the id is also the bit of the mark by which these datapaths recognise their packets (cilium/cilium#21330).
const ENI_BIT: i64 = 0x80;
const ENI_IPAM: [&str; 2] = ["eni", "alibabacloud"];
const ENI_CHAINING: &str = "aws-cni";

fn check_eni_id(cluster: &Cluster, free: &mut dyn Iterator<Item = i64>, findings: &mut Vec<Diagnostic>) {
    let cilium = &cluster.cilium;
    let ipam = cilium.ipam.as_deref().filter(|mode| ENI_IPAM.contains(mode)).map(|mode| ("ipam", mode));
    let chaining = cilium.cni_chaining.as_deref().filter(|mode| *mode == ENI_CHAINING).map(|mode| ("cniChaining", mode));
    let Some((field, mode)) = ipam.or(chaining).filter(|_| cluster.id & ENI_BIT != 0) else { return };
    let message = format!("cluster id {} does not work with `{field}: {mode}`", cluster.id);
    let cause = if cilium.version.has(Feature::EniIdsRefused) {
        format!(
            "agents of {} refuse to start with it: bit 7 of the id collides with a packet mark (cilium/cilium#21330)",
            cilium.version
        )
    } else {
        "policies drop traffic: bit 7 of the id collides with a packet mark (cilium/cilium#21330)".to_owned()
    };
    findings.push(
        Diagnostic::new(Code::EniId, cluster.path.field("id"), message)
            .also(cluster.path.field("cilium").field(field), format!("`{mode}`"))
            .cause(cause)
            .help(free.next().map_or("take an id below 128".to_owned(), |free| format!("take an id below 128, such as {free}"))),
    );
}

fn check_maximum(mesh: &Mesh, findings: &mut Vec<Diagnostic>) {
    for cluster in &mesh.clusters {
        let Some(maximum) = cluster.cilium.max_connected_clusters else { continue };
        let at = place(cluster, MAXIMUM, mesh.cilium.max_connected_clusters == Some(maximum));
        if ![Cilium::DEFAULT_MAX_CONNECTED, Cilium::EXTENDED_MAX_CONNECTED].contains(&maximum) {
            let message = format!("`maxConnectedClusters` is {maximum}; expected 255 or 511");
            findings.push(Diagnostic::new(Code::MaxConnectedClusters, at.clone(), message));
        }
        if maximum == Cilium::EXTENDED_MAX_CONNECTED && !cluster.cilium.version.has(Feature::MaxConnectedClusters) {
            let message = format!("agents of {} do not know `max-connected-clusters`", cluster.cilium.version);
            let finding = Diagnostic::new(Code::VersionLacksOption, at, message);
            findings.push(finding.help(format!(
                "`{}` needs {} or newer for 511",
                cluster.name,
                Feature::MaxConnectedClusters.since()
            )));
        }
    }
    let Some(first) = mesh.clusters.first() else { return };
    for other in mesh.clusters.iter().filter(|other| maximum_of(other) != maximum_of(first)) {
        let message = format!(
            "`{}` has maxConnectedClusters {}, `{}` has {}",
            other.name,
            maximum_of(other),
            first.name,
            maximum_of(first)
        );
        findings.push(
            Diagnostic::new(Code::MaxConnectedClusters, place(other, MAXIMUM, false), message)
                .also(place(first, MAXIMUM, false), format!("`{}` has {}", first.name, maximum_of(first)))
                .cause(
                    "agents with 511 reject remotes whose cluster-config has another value (ValidateRemoteConfig in pkg/clustermesh/types/option.go)",
                )
                .help("set it once, under the mesh's `cilium`"),
        );
    }
}
