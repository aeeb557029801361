//! What a bundle says that a run after the backup has written: read from its files, for the state that was restored.
//!
//! It is about what may be installed somewhere, and no evidence that it is. Findings about the files are the caller's.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::{ClientName, ClusterName, Host};
use crate::plan::{BundleId, BundleKind, Inventory, WrittenBundle, WrittenContent, WrittenLink};
use crate::verify::{Inspection, Manifest, Peer, Target};
use crate::x509::Certificate;

use super::judge::Refusal;
use super::unit::Unit;

/// CAs by fingerprint: those that may have signed what is in a bundle.
pub type KnownCas = BTreeMap<String, Certificate>;

/// The bundle of a manifest, if it is one.
fn bundle_of(manifest: &Manifest) -> Option<BundleId> {
    let kind = match (&manifest.node, &manifest.member) {
        (Some(node), None) => BundleKind::Node(node.clone()),
        (None, Some(member)) => BundleKind::Member(member.clone()),
        _ => return None,
    };
    let bundle = BundleId::new(manifest.cluster.name.as_str(), kind);
    // A unit is a word in the files of the ledger.
    bundle.unit().parse::<Unit>().ok().map(|_| bundle)
}

/// The CAs that the files of a bundle trust.
pub fn trusted(seen: &Inspection) -> impl Iterator<Item = &Certificate> {
    let members = seen.member.iter().flat_map(|member| member.anchors.iter().chain(&member.peer_anchors));
    members.chain(seen.peers.iter().chain(&seen.ways).flat_map(|peer| &peer.anchors))
}

/// The bundle with this manifest, if the state of `inventory` has not written it.
///
/// # Errors
/// If it is not for this state, or the state is not about to go on from a backup.
pub fn unknown_bundle(manifest: &Manifest, inventory: &Inventory) -> Result<Option<BundleId>, Refusal> {
    let Some(bundle) = bundle_of(manifest) else { return Err(Refusal::NotABundle) };
    let unit = Unit::from(&bundle);
    let mesh = manifest.mesh.clone().unwrap_or_default();
    if mesh != inventory.mesh {
        return Err(Refusal::OtherMesh { unit, mesh });
    }
    let (Some(state), Some(digest)) = (&manifest.state, &manifest.digest) else { return Err(Refusal::BeforeReceipts(unit)) };
    if *state != inventory.id {
        return Err(Refusal::OtherState(unit));
    }
    if inventory.has_written(&bundle, manifest.generation, Some(digest)) {
        return Ok(None);
    }
    match inventory.branch {
        Some(branch) if manifest.branch >= branch.began => Err(Refusal::LaterBranch(unit)),
        Some(branch) if branch.is_new => Ok(Some(bundle)),
        Some(_) | None => Err(Refusal::NotRestored(unit)),
    }
}

/// What `bundle` has for whom, by its manifest and its files.
pub fn written(bundle: BundleId, manifest: &Manifest, seen: &Inspection, cas: &KnownCas) -> WrittenBundle {
    let content = match &seen.member {
        Some(member) => WrittenContent::Member {
            signer: signer(&member.chain, cas),
            client_trust: fingerprints(&member.anchors),
            peer_trust: fingerprints(&member.peer_anchors),
        },
        None => WrittenContent::Node {
            links: seen.peers.iter().chain(&seen.ways).filter(|peer| is_name(&peer.name)).map(|peer| link(peer, cas)).collect(),
            removed: manifest.removed_links.iter().flatten().filter(|name| is_name(name)).cloned().collect(),
        },
    };
    WrittenBundle {
        bundle,
        id: manifest.cluster.id,
        branch: manifest.branch,
        generation: manifest.generation,
        floor: manifest.floor,
        digest: manifest.digest.clone().unwrap_or_default(),
        content,
    }
}

/// Names, hosts and users of the state go into scripts and certificates: none is taken in that no mesh could have.
fn is_name(cluster: &str) -> bool {
    ClusterName::new(cluster).is_ok()
}

fn is_user(name: &&str) -> bool {
    !name.contains(['{', '}']) && ClientName::new(name).is_ok()
}

fn link(peer: &Peer, cas: &KnownCas) -> WrittenLink {
    let targets = peer.config.endpoints.iter().filter_map(|endpoint| Target::parse(endpoint, &peer.config).ok());
    WrittenLink {
        cluster: peer.name.clone(),
        id: peer.id,
        hosts: targets.map(|target| target.host).filter(|host| Host::new(host).is_ok()).collect(),
        user: peer.chain.first().and_then(Certificate::common_name).filter(is_user).map(str::to_owned),
        signer: signer(&peer.chain, cas),
        server_trust: fingerprints(&peer.anchors),
    }
}

fn fingerprints(certificates: &[Certificate]) -> BTreeSet<String> {
    certificates.iter().map(|certificate| hex::encode(certificate.fingerprint())).collect()
}

/// The CA that signed a chain, and when its leaf expires, Unix seconds.
fn signer(chain: &[Certificate], cas: &KnownCas) -> Option<(String, i64)> {
    let (leaf, last) = (chain.first()?, chain.last()?);
    let has_signed = |ca: &&String| cas.get(*ca).is_some_and(|ca| last.is_signed_by(ca) == Some(true));
    let ca = cas.keys().find(has_signed)?;
    Some((ca.clone(), leaf.not_after().unix_timestamp()))
}
