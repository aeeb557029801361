//! What a mesh and its state say of the release of a Helm cluster, where the objects of the cluster do not say it: the CAs that its
//! values.yaml has in `tls.caBundle`, its namespace, and the patch of its chart.

use std::collections::BTreeSet;
use std::path::Path;

use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, Label};
use crate::store::{State, StateFiles};
use crate::verify::{CaBundle, Own, ReleaseFacts};
use crate::x509::Certificate;

use super::Failure;
use super::expected_members::known_cas;
use super::load::Loaded;

/// What the mesh, if one is given, says of the release that runs the cluster `own`.
pub(super) fn release_of(own: &Own, loaded: Option<&Loaded>) -> Result<ReleaseFacts, Failure> {
    let Some((loaded, name)) = loaded.zip(own.name.as_deref()) else { return Ok(ReleaseFacts::default()) };
    let mesh = loaded.sound()?;
    let cluster = mesh.clusters().into_values().find(|cluster| cluster.name.as_str() == name);
    Ok(cluster.map(|cluster| release_facts(mesh, &loaded.base, cluster)).unwrap_or_default())
}

/// What is known of the release of `cluster`, whose mesh is in the folder `base`. Nothing, where Helm does not run the cluster.
fn release_facts(mesh: &CheckedMesh, base: &Path, cluster: &Cluster) -> ReleaseFacts {
    let Some(release) = cluster.runtime.helm() else { return ReleaseFacts::default() };
    let cas = written_cas(mesh, base, cluster).or_else(|| provided_cas(mesh, cluster));
    let bundle = match cas {
        Some(cas) if cas.is_empty() => CaBundle::Off,
        Some(cas) => CaBundle::of(format!("{}/helm/values.yaml: tls.caBundle", cluster.name), &cas),
        None => CaBundle::Unknown,
    };
    ReleaseFacts { bundle, namespace: Some(release.namespace.clone()), patch: release.patch() }
}

/// The CAs that the last run wrote, by the state beside the mesh; none, where the chart's own CA is enough for its etcd. Nothing if no
/// state is there that has all of them.
fn written_cas(mesh: &CheckedMesh, base: &Path, cluster: &Cluster) -> Option<Vec<Certificate>> {
    let folder = base.join("state");
    let inventory = State::peek(&folder).ok().filter(|inventory| inventory.mesh == mesh.mesh().name.as_str())?;
    let trust = &inventory.clusters.get(cluster.name.as_str())?.trust;
    if trust.client_trust.is_subset(&trust.server_trust) {
        return Some(Vec::new());
    }
    let cas = known_cas(mesh, &inventory, &StateFiles::at(&folder)).ok()?;
    let all: BTreeSet<&String> = trust.server_trust.union(&trust.client_trust).collect();
    all.into_iter().map(|fingerprint| cas.get(fingerprint).map(|(_, certificate)| certificate.clone())).collect()
}

/// The CAs that the mesh names, if their certificates are all in files of it.
fn provided_cas(mesh: &CheckedMesh, cluster: &Cluster) -> Option<Vec<Certificate>> {
    let trust = mesh.trust(&cluster.name)?;
    if trust.client_trust.iter().all(|name| trust.server_trust.contains(name)) {
        return Some(Vec::new());
    }
    let all: BTreeSet<&Label> = trust.server_trust.iter().chain(&trust.client_trust).collect();
    all.into_iter().map(|name| mesh.authorities().get(name)?.anchor().cloned()).collect()
}
