//! What a bundle, or the objects of a Helm cluster, say that a run after the backup has written: for the state that was restored.
//!
//! It is about what may be installed somewhere, and no evidence that it is. Findings about the files are the caller's.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::{ClientName, ClusterName, Host};
use crate::plan::{KvstoremeshPhase, WrittenBundle, WrittenContent, WrittenLink, WrittenServer};
use crate::verify::{Container, Inspection, MemberFiles, Peer, PeerEtcd, Target};
use crate::x509::Certificate;

use super::bundle_head::BundleHead;

/// CAs by fingerprint: those that may have signed what is in a bundle.
pub type KnownCas = BTreeMap<String, Certificate>;

/// The CAs that the files of a bundle trust.
pub fn trusted(seen: &Inspection) -> impl Iterator<Item = &Certificate> {
    let members = seen.member.iter().flat_map(|member| member.anchors.iter().chain(&member.peer_anchors));
    members.chain(seen.peers.iter().chain(&seen.ways).flat_map(|peer| &*peer.anchors))
}

/// What a bundle of a node or a member has for whom, by its files. Those of a node may say whose etcds its agents once read: `removed`.
pub fn written(head: BundleHead, removed: &[String], seen: &Inspection, cas: &KnownCas) -> WrittenBundle {
    let content = match &seen.member {
        Some(member) => WrittenContent::Member(server(member, cas)),
        None => WrittenContent::Node {
            links: links(seen.peers.iter().chain(&seen.ways), cas),
            removed: removed.iter().filter(|name| is_name(name)).cloned().collect(),
        },
    };
    bundle(head, content)
}

/// What the objects of a Helm cluster have for whom, by what its containers mount. Its etcd counts if `is_server` says that its certificate
/// is from here.
pub fn written_objects(head: BundleHead, is_server: bool, mounted: &[Inspection], cas: &KnownCas) -> WrittenBundle {
    let of = |container: Container| mounted.iter().filter(move |seen| seen.container == container);
    let remotes = |seen: &Inspection| links(seen.peers.iter().filter(|peer| peer.etcd != PeerEtcd::Local), cas);
    let direct: Vec<WrittenLink> = of(Container::Agents).flat_map(remotes).collect();
    let kvstoremesh = match (of(Container::KvStoreMesh).next().is_some(), direct.is_empty()) {
        (false, _) => KvstoremeshPhase::Off,
        (true, false) => KvstoremeshPhase::Beside,
        (true, true) => KvstoremeshPhase::Read,
    };
    let links = direct.into_iter().chain(of(Container::KvStoreMesh).flat_map(remotes)).collect();
    let server = of(Container::Apiserver).filter(|_| is_server).find_map(|seen| Some(server(seen.member.as_ref()?, cas)));
    bundle(head, WrittenContent::Helm { links, server, kvstoremesh })
}

fn bundle(head: BundleHead, content: WrittenContent) -> WrittenBundle {
    let BundleHead { bundle, mesh: _, state: _, id, branch, generation, floor, digest } = head;
    WrittenBundle { bundle, id, branch, generation, floor, digest: digest.unwrap_or_default(), content }
}

fn server(member: &MemberFiles, cas: &KnownCas) -> WrittenServer {
    WrittenServer {
        signer: signer(&member.chain, cas),
        client_trust: fingerprints(&member.anchors),
        peer_trust: fingerprints(&member.peer_anchors),
    }
}

fn links<'a>(peers: impl Iterator<Item = &'a Peer>, cas: &KnownCas) -> Vec<WrittenLink> {
    peers.filter(|peer| is_name(&peer.name)).map(|peer| link(peer, cas)).collect()
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
