//! What the page of the kit is filled with: commands and answers for these two clusters.

use serde::Serialize;

use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, Feature, Runtime};

use super::annotations::annotations;
use super::side::{PolicyMeans, Side, SideKind};
use super::workloads::{CLIENTS, NAMESPACE, PORT};

/// What the page is made of.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    mesh: &'a str,
    namespace: &'static str,
    port: u16,
    image: &'a str,
    sides: [PageSide<'a>; 2],
    a: PageName<'a>,
    b: PageName<'a>,
    /// A cluster with Kubernetes; empty if there is none.
    first_kubernetes: &'a str,
    any_containers: bool,
    without_policy: Vec<String>,
    with_policy: Vec<String>,
    /// Whether there is a global service: both sides have Kubernetes.
    service: bool,
    without_kubernetes: String,
    any_global: bool,
    annotations: Vec<PageAnnotation>,
}

#[derive(Serialize)]
struct PageName<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct PageSide<'a> {
    name: &'a str,
    version: String,
    variable: &'static str,
    kubernetes: bool,
    assumed: bool,
    compose: bool,
    policy: PagePolicy,
    agent: &'a str,
    /// What to change in a command for the agent of one node.
    note: &'static str,
    cilium: &'static str,
}

/// How its agents get policies, and what they make of them.
#[derive(Serialize)]
struct PagePolicy {
    /// Whether it is by `policy import`.
    import: bool,
    /// Whether `policy import` is gone.
    no_import: bool,
    /// Whether a rule without a cluster means the local one.
    local: bool,
}

#[derive(Serialize)]
struct PageAnnotation {
    key: &'static str,
    on: &'static str,
    a: &'static str,
    b: &'static str,
    meaning: &'static str,
}

impl<'a> Page<'a> {
    pub(super) fn new(mesh: &'a CheckedMesh, clusters: [&Cluster; 2], sides: &'a [Side; 2], image: &'a str) -> Self {
        let [a, b] = sides;
        let without: Vec<&str> = sides.iter().filter(|side| !side.has_kubernetes()).map(|side| side.name.as_str()).collect();
        let first = sides.iter().find(|side| side.has_kubernetes());
        Self {
            mesh: mesh.mesh().name.as_str(),
            namespace: NAMESPACE,
            port: PORT,
            image,
            sides: [PageSide::new(a, clusters[0], "A"), PageSide::new(b, clusters[1], "B")],
            a: PageName { name: a.name.as_str() },
            b: PageName { name: b.name.as_str() },
            first_kubernetes: first.map_or("", |side| side.name.as_str()),
            any_containers: !without.is_empty(),
            without_policy: answers(sides, |_| true),
            with_policy: answers(sides, |client| client == CLIENTS[0]),
            service: without.is_empty(),
            without_kubernetes: match without.as_slice() {
                [one] => format!("{one} has"),
                both => format!("{} have", both.join(" and ")),
            },
            any_global: sides.iter().any(|side| side.version.has(Feature::GlobalNamespaces)),
            annotations: known_annotations(a, b),
        }
    }
}

/// A line for each client and server: what the client prints.
fn answers(sides: &[Side; 2], may: fn(&str) -> bool) -> Vec<String> {
    let lines = sides.iter().flat_map(|side| {
        CLIENTS.iter().flat_map(move |client| {
            sides.iter().map(move |server| {
                let answer = if may(client) { server.name.as_str() } else { "no answer" };
                format!("{client} of {}: {answer}", side.name)
            })
        })
    });
    lines.collect()
}

/// The annotations that either side reads.
fn known_annotations(a: &Side, b: &Side) -> Vec<PageAnnotation> {
    let read = |side: &Side, key: &str| if annotations(side.version).any(|one| one.key == key) { "yes" } else { "no" };
    let newest = annotations(a.version.max(b.version));
    newest
        .map(|one| PageAnnotation { key: one.key, on: one.on, a: read(a, one.key), b: read(b, one.key), meaning: one.meaning })
        .collect()
}

impl<'a> PageSide<'a> {
    fn new(side: &'a Side, cluster: &Cluster, variable: &'static str) -> Self {
        let version = side.version;
        let default = version.has(Feature::PoliciesAreLocal);
        let given = cluster.cilium.policy_default_local_cluster.filter(|_| version.has(Feature::PolicyDefaultLocalCluster));
        Self {
            name: side.name.as_str(),
            version: version.to_string(),
            variable,
            kubernetes: side.has_kubernetes(),
            assumed: side.kind == SideKind::Kubernetes { assumed: true },
            compose: matches!(cluster.runtime, Runtime::Compose { .. }),
            policy: PagePolicy {
                import: side.kind == SideKind::Containers(PolicyMeans::Import),
                no_import: version.has(Feature::PolicyImportRemoved),
                local: given.unwrap_or(default),
            },
            agent: &side.agent,
            note: if cluster.runtime.helm().is_some() { "    # in place of ds/cilium, the pod on that node" } else { "" },
            cilium: side.cilium(),
        }
    }
}
