//! What a mesh and its state say of the release of a Helm cluster, where the objects of the cluster do not say it: the CAs that its
//! values.yaml has in `tls.caBundle`, its namespace, and the patch of its chart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, HelmRelease, Label};
use crate::store::{State, StateFiles};
use crate::values::{CaBundleContent, chart};
use crate::verify::{CaBundle, Own, ReleaseFacts};
use crate::x509::Certificate;

use super::Failure;
use super::expected_members::known_cas;
use super::load::Loaded;

/// What the mesh, if one is given, says of the release that runs the cluster `own`.
pub(super) fn release_of(own: &Own, loaded: Option<&Loaded>) -> Result<ReleaseFacts, Failure> {
    let Some((loaded, name)) = loaded.zip(own.name.as_deref()) else { return Ok(ReleaseFacts::default()) };
    let mesh = loaded.sound()?;
    Ok(mesh.cluster(name).map(|cluster| release_facts(mesh, &loaded.base, cluster)).unwrap_or_default())
}

/// What is known of the release of `cluster`, whose mesh is in the folder `base`. Nothing, where Helm does not run the cluster.
fn release_facts(mesh: &CheckedMesh, base: &Path, cluster: &Cluster) -> ReleaseFacts {
    let Some(release) = cluster.runtime.helm() else { return ReleaseFacts::default() };
    let trust = written_trust(mesh, base, cluster).or_else(|| wanted_trust(mesh, cluster));
    let bundle = trust.map_or(CaBundle::Unknown, |trust| bundle_of(mesh, cluster, release, trust));
    ReleaseFacts { bundle, namespace: Some(release.namespace.clone()), patch: release.patch() }
}

/// What is trusted at the etcd of a release.
struct EtcdTrust {
    /// Whether it trusts CAs for clients that sign no server of it.
    has_others: bool,
    /// All of them, if their certificates are known.
    cas: Option<Vec<Certificate>>,
}

/// The bundle that the values of the release have.
fn bundle_of(mesh: &CheckedMesh, cluster: &Cluster, release: &HelmRelease, trust: EtcdTrust) -> CaBundle {
    let values = mesh.release_values(&cluster.name);
    match CaBundleContent::of(release, values, trust.has_others) {
        CaBundleContent::Nothing => CaBundle::Off,
        CaBundleContent::Owner => CaBundle::Unknown,
        CaBundleContent::Values => {
            let there = values.and_then(|values| values.text(chart::BUNDLE_CONTENT)).unwrap_or_default();
            let there = if there.is_empty() { Ok(Vec::new()) } else { Certificate::chain_from_pem(there.as_bytes()) };
            let (Some(cas), Ok(there)) = (trust.cas, there) else { return CaBundle::Unknown };
            CaBundle::of(format!("{}/helm/values.yaml: tls.caBundle", cluster.name), &[cas, there].concat())
        }
    }
}

/// What the last run wrote, by the state beside the mesh.
fn written_trust(mesh: &CheckedMesh, base: &Path, cluster: &Cluster) -> Option<EtcdTrust> {
    let folder = base.join("state");
    let inventory = State::peek(&folder).ok().filter(|inventory| inventory.mesh == mesh.mesh().name.as_str())?;
    let trust = &inventory.clusters.get(cluster.name.as_str())?.trust;
    let all: BTreeSet<&String> = trust.server_trust.union(&trust.client_trust).collect();
    let certificates = |known: BTreeMap<String, (String, Certificate)>| -> Option<Vec<Certificate>> {
        all.into_iter().map(|fingerprint| known.get(fingerprint).map(|(_, certificate)| certificate.clone())).collect()
    };
    let cas = known_cas(mesh, &inventory, &StateFiles::at(&folder)).ok().and_then(certificates);
    Some(EtcdTrust { has_others: !trust.client_trust.is_subset(&trust.server_trust), cas })
}

/// What the mesh wants, if nothing was written yet.
fn wanted_trust(mesh: &CheckedMesh, cluster: &Cluster) -> Option<EtcdTrust> {
    let trust = mesh.trust(&cluster.name)?;
    let has_others = trust.client_trust.iter().any(|name| !trust.server_trust.contains(name));
    let all: BTreeSet<&Label> = trust.server_trust.iter().chain(&trust.client_trust).collect();
    let cas = all.into_iter().map(|name| mesh.authorities().get(name)?.anchor().cloned()).collect();
    Some(EtcdTrust { has_others, cas })
}
