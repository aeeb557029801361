//! Puts a scene together from what the mesh wants, what the state has recorded, and what was observed.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::ledger::{EvidenceSet, Status, floors};
use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, ClusterName, Runtime};
use crate::plan::{BundleKind, ClusterRecord, Inventory};
use crate::verify::{SOON, Server};

use super::certificates::Certificates;
use super::cluster::SceneCluster;
use super::installed::Installed;
use super::link::{Paper, SceneLink};
use super::observed::{Observation, SeenLinks};
use super::view::Scene;

/// What a scene is made of.
pub struct Sources<'a> {
    /// What is wanted; none if the mesh has errors. Then the scene is what was generated last.
    pub mesh: Option<&'a CheckedMesh>,
    /// What was issued and written.
    pub inventory: &'a Inventory,
    /// What is installed, as far as there is evidence.
    pub evidence: &'a EvidenceSet,
    /// Server certificates that the mesh names.
    pub servers: &'a [Server],
    /// What was observed.
    pub observations: &'a [Observation],
    /// The time at which certificates are judged.
    pub now: OffsetDateTime,
}

impl Sources<'_> {
    /// The scene.
    pub fn scene(&self) -> Scene {
        let clusters = self.clusters();
        let places: BTreeMap<String, usize> =
            clusters.iter().enumerate().map(|(place, cluster)| (cluster.name.clone(), place)).collect();
        let mut certificates = Certificates::of(self.inventory, &floors(self.inventory, self.evidence), self.servers);
        let seen = SeenLinks::of(self.observations);
        let papers: Vec<Paper> = clusters.iter().map(|cluster| self.paper(&cluster.name)).collect();
        let (mut links, mut leaving) = (Vec::new(), Vec::new());
        for (reader, name) in clusters.iter().enumerate().map(|(place, cluster)| (place, cluster.name.as_str())) {
            let recorded = self.inventory.clusters.get(name).map(|record| &record.links);
            let wanted = self.wanted(name);
            for remote in &wanted {
                let Some(place) = places.get(remote.as_str()) else { continue };
                let generated = recorded.is_some_and(|links| links.contains(remote));
                let issued = certificates.first(self.inventory, name, remote).filter(|_| generated || !self.servers.is_empty());
                if let Some(first) = &issued {
                    certificates.count(first.certificate);
                }
                links.push(SceneLink {
                    reader,
                    remote: *place,
                    generated,
                    paper: papers.get(*place).copied().filter(|_| generated).unwrap_or(Paper::Nothing),
                    files: seen.files(name, remote),
                    live: seen.live(name, remote),
                    issued,
                });
            }
            let gone = recorded.into_iter().flatten().filter(|remote| !wanted.contains(*remote));
            leaving.extend(gone.filter_map(|remote| Some((reader, *places.get(remote.as_str())?))));
        }
        let renew_before = self.mesh.map_or(SOON, |mesh| mesh.mesh().trust.renew_before.as_duration());
        Scene {
            mesh: self.mesh.map_or_else(|| self.inventory.mesh.clone(), |mesh| mesh.mesh().name.to_string()),
            now: self.now,
            soon: SOON.min(renew_before),
            renew_before,
            clusters,
            links,
            leaving,
            certificates: certificates.all,
            recorded_only: self.mesh.is_none(),
        }
    }

    /// The remotes that the agents of a cluster are to read; without a mesh, those that they were given last.
    fn wanted(&self, cluster: &str) -> BTreeSet<String> {
        let Some(mesh) = self.mesh else {
            return self.inventory.clusters.get(cluster).map(|record| record.links.clone()).unwrap_or_default();
        };
        let links = mesh.cluster(cluster).filter(|one| one.runtime != Runtime::External).map(|one| mesh.links(&one.name));
        links.into_iter().flatten().map(ClusterName::to_string).collect()
    }

    /// What was proven of the links to an etcd when they were generated.
    fn paper(&self, remote: &str) -> Paper {
        let record = self.inventory.clusters.get(remote);
        let etcd = self.mesh.and_then(|mesh| mesh.cluster(remote)).map(|one| &one.etcd);
        let is_issued = self.inventory.issues_servers(remote);
        let signs = record.is_some_and(|record| record.trust.client_signer.is_some());
        let given = etcd.is_some_and(|etcd| etcd.client.is_some());
        if is_issued && signs && !given {
            Paper::Both
        } else if is_issued || etcd.is_some_and(|etcd| !etcd.server_certificates.is_empty()) {
            Paper::Servers
        } else {
            Paper::Nothing
        }
    }

    fn clusters(&self) -> Vec<SceneCluster> {
        let mut clusters: BTreeMap<String, SceneCluster> = BTreeMap::new();
        if let Some(mesh) = self.mesh {
            let wanted = mesh.mesh().clusters.iter().map(|cluster| (cluster.name.to_string(), wanted(cluster)));
            clusters.extend(wanted);
        }
        for (name, record) in &self.inventory.clusters {
            let cluster = clusters.entry(name.clone()).or_insert_with(|| recorded(name, record));
            cluster.generated = true;
        }
        for (unit, status) in Status::of(self.inventory, self.evidence).units {
            let Some((bundle, cluster)) = unit.bundle().and_then(|id| Some((id, clusters.get_mut(id.cluster())?))) else {
                continue;
            };
            let one = Installed::one(status.is_done());
            match bundle.kind() {
                BundleKind::Node(_) | BundleKind::Helm => cluster.agents += one,
                BundleKind::Member(_) => cluster.members += one,
                BundleKind::Etcd | BundleKind::Operator => {}
            }
        }
        clusters.into_values().collect()
    }
}

fn wanted(cluster: &Cluster) -> SceneCluster {
    SceneCluster {
        name: cluster.name.to_string(),
        id: cluster.id,
        version: Some(cluster.cilium.version.to_string()),
        runtime: Some(cluster.runtime.word()),
        endpoints: cluster.etcd.endpoints.iter().map(|dialled| dialled.endpoint.to_string()).collect(),
        wanted: true,
        ..SceneCluster::default()
    }
}

fn recorded(name: &str, record: &ClusterRecord) -> SceneCluster {
    SceneCluster { name: name.to_owned(), id: record.id, ..SceneCluster::default() }
}
