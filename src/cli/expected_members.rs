//! What the members of a mesh should present: from the mesh their addresses, from the state their certificates and CAs.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::{CheckedMesh, MeshAuthority};
use crate::mesh::{Cluster, Member, Runtime};
use crate::plan::{CredentialRecord, Inventory};
use crate::probe::{KnownMesh, MemberPort, PortKind, WantedCa};
use crate::store::{ClusterLeaves, StateFiles};
use crate::x509::Certificate;

use super::Failure;

/// How much of a fingerprint names a CA that neither the mesh nor the state has, in hex digits.
const SHORT: usize = 16;

/// The TCP ports of members.
#[derive(Clone, Copy)]
pub(super) struct Numbers {
    /// That of clients, where it is not the one of the endpoints.
    pub(super) client: Option<u16>,
    /// That of peers, which no mesh has.
    pub(super) peer: u16,
}

/// What the members should present.
pub(super) struct ExpectedMembers {
    pub(super) ports: Vec<MemberPort>,
    pub(super) known: KnownMesh,
    /// Members of the mesh that have no certificate yet, as units.
    pub(super) unissued: Vec<String>,
}

/// The CAs with a certificate at hand, by fingerprint, with their names.
pub(super) type Cas = BTreeMap<String, (String, Certificate)>;

/// What the members of `mesh` should present by the state with `inventory` and `files`.
///
/// # Errors
/// If a certificate of the state cannot be read.
pub(super) fn expected_members(
    mesh: &CheckedMesh,
    inventory: &Inventory,
    files: &StateFiles,
    numbers: Numbers,
) -> Result<ExpectedMembers, Failure> {
    let (cas, known) = known(mesh, inventory, files)?;
    let mut expected = ExpectedMembers { ports: Vec::new(), known, unissued: Vec::new() };
    for cluster in mesh.clusters().values().filter(|cluster| cluster.runtime != Runtime::External) {
        let leaves = files.leaves(inventory, cluster.name.as_str());
        for member in &cluster.etcd.members {
            let kinds = [Some(PortKind::Client), cluster.etcd.peers.then_some(PortKind::Peer)];
            for kind in kinds.into_iter().flatten() {
                match port(cluster, member, kind, inventory, &leaves, &cas, numbers)? {
                    Some(port) => expected.ports.push(port),
                    None => expected.unissued.push(format!("{}/member/{}", cluster.name, member.name)),
                }
            }
        }
    }
    expected.unissued.dedup();
    Ok(expected)
}

/// Every CA with a certificate that the mesh or the state has.
///
/// # Errors
/// If a certificate of the state cannot be read.
pub(super) fn known_cas(mesh: &CheckedMesh, inventory: &Inventory, files: &StateFiles) -> Result<Cas, Failure> {
    let mut cas = Cas::new();
    let mut add = |name: &str, certificate: &Certificate| {
        cas.entry(hex::encode(certificate.fingerprint())).or_insert_with(|| (name.to_owned(), certificate.clone()));
    };
    for (name, authority) in mesh.authorities() {
        if let MeshAuthority::Provided { chain, .. } = authority {
            chain.iter().take(1).for_each(|certificate| add(name.as_str(), certificate));
        }
    }
    let mut made: BTreeMap<String, Certificate> = BTreeMap::new();
    for file in files.authority_files() {
        let pem = files.authority_certificate(&file).map_err(Failure::File)?;
        made.insert(file.clone(), first(pem.as_bytes(), &files.authority_certificate_path(&file).display().to_string())?);
    }
    for (name, record) in &inventory.authorities {
        let certificate = record.file.as_ref().and_then(|file| made.get(file));
        certificate.into_iter().for_each(|certificate| add(name, certificate));
    }
    // Those that were replaced have the names of their files.
    made.iter().for_each(|(file, certificate)| add(file, certificate));
    Ok(cas)
}

/// Every CA that the mesh and the state have, and every certificate of a member.
fn known(mesh: &CheckedMesh, inventory: &Inventory, files: &StateFiles) -> Result<(Cas, KnownMesh), Failure> {
    let (cas, mut known) = (known_cas(mesh, inventory, files)?, KnownMesh::default());
    cas.values().for_each(|(name, certificate)| known.cas.add(name.as_str(), certificate.clone()));
    for (name, authority) in mesh.authorities() {
        if let MeshAuthority::Provided { chain, .. } = authority {
            chain.iter().skip(1).for_each(|certificate| known.cas.add(format!("a CA above {name}"), certificate.clone()));
        }
    }
    let of_members = inventory.credentials.iter().filter(|(name, _)| name.starts_with("server/") || name.starts_with("peer/"));
    known.leaves = of_members.map(|(name, record)| (record.serial.clone(), name.clone())).collect();
    Ok((cas, known))
}

/// What one port should present; none if no certificate was issued for it.
fn port(
    cluster: &Cluster,
    member: &Member,
    kind: PortKind,
    inventory: &Inventory,
    leaves: &ClusterLeaves<'_>,
    cas: &Cas,
    numbers: Numbers,
) -> Result<Option<MemberPort>, Failure> {
    let name = cluster.name.as_str();
    let role = match kind {
        PortKind::Client => "server",
        PortKind::Peer => "peer",
    };
    let issued = inventory.credentials.get(&format!("{role}/{name}/{}", member.name));
    let (Some(CredentialRecord { serial, .. }), Some(record)) = (issued, inventory.clusters.get(name)) else { return Ok(None) };
    let trust = &record.trust;
    // Of a state before format 4, only the signer is known.
    let signer: BTreeSet<String> = trust.server_signer.iter().cloned().collect();
    let peer_trust = if trust.peer_trust.is_empty() { &signer } else { &trust.peer_trust };
    let (anchors, wanted, number) = match kind {
        PortKind::Client => {
            (&trust.server_trust, &trust.client_trust, numbers.client.unwrap_or_else(|| cluster.etcd.client_port(member)))
        }
        PortKind::Peer => (peer_trust, peer_trust, numbers.peer),
    };
    let chain = leaves.chain(serial).map_err(Failure::File)?;
    let wanted = wanted.iter().map(|fingerprint| match cas.get(fingerprint) {
        Some((name, certificate)) => WantedCa { name: name.clone(), certificate: Some(certificate.clone()) },
        None => WantedCa { name: format!("sha256:{}", fingerprint.get(..SHORT).unwrap_or(fingerprint)), certificate: None },
    });
    Ok(Some(MemberPort {
        cluster: name.to_owned(),
        member: member.name.to_string(),
        kind,
        hosts: member.addresses.iter().map(ToString::to_string).collect(),
        number,
        anchors: anchors
            .iter()
            .filter_map(|fingerprint| cas.get(fingerprint))
            .map(|(_, certificate)| certificate.clone())
            .collect(),
        issued: first(chain.as_bytes(), &leaves.path(serial).display().to_string())?,
        wanted: wanted.collect(),
    }))
}

/// The first certificate of a file of the state.
fn first(pem: &[u8], path: &str) -> Result<Certificate, Failure> {
    let help = "`meshbundle plan` says what is wrong with the state; restore it from its backup";
    let damaged = |reason: String| Failure::Input(format!("`{path}` cannot be used: {reason}\nhelp: {help}"));
    let chain = Certificate::chain_from_pem(pem).map_err(|error| damaged(error.to_string()))?;
    chain.into_iter().next().ok_or_else(|| damaged("it has no certificate".to_owned()))
}
