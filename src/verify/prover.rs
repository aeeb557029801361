//! Proves the links of one subject after the other against the same other ends.
//!
//! Nodes of a cluster have the same files, so what was proven of a link of one is proven of that of the next, where all that the
//! proof depends on is the same: config, CAs and certificates, of which the neighbour says so, the cluster, and the view. A link
//! with a finding is proven again, because its finding names the file of its own bundle.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::x509::Certificate;

use super::expiry::Expiry;
use super::inspection::Inspection;
use super::link::{Ends, LinkProof, Proof};
use super::peer::{Own, Peer, PeerEtcd};
use super::peer_config::PeerConfig;
use super::view::View;

/// Proves the links of one subject after the other, and keeps what it has proven of the last one.
pub struct Prover<'a> {
    ends: &'a Ends,
    last: Option<(Own, View)>,
    /// By the name of the remote.
    sound: HashMap<String, SoundLink>,
}

/// A link without a finding, and what it was proven with.
struct SoundLink {
    etcd: PeerEtcd,
    config: Arc<PeerConfig>,
    anchors: Arc<[Certificate]>,
    chain: Arc<[Certificate]>,
    proven: LinkProof,
}

/// What was proven of one subject's links.
#[derive(Default)]
pub struct Proven {
    /// One for each peer, in their order.
    pub proofs: Vec<Proof>,
    /// When each peer's link expires: by the certificates that it was proven with, or else as far as its own files tell.
    pub expiries: Vec<Option<Expiry>>,
    /// Numbers of the certificates without a cluster that fit one of its peers.
    pub fitting: BTreeSet<usize>,
    /// Why links were refuted.
    pub findings: Vec<Diagnostic>,
}

impl Ends {
    /// Proves every link of `seen` whose other end is known.
    pub fn prove(&self, seen: &Inspection, view: &View) -> Proven {
        Prover::new(self).prove(seen, view)
    }
}

impl<'a> Prover<'a> {
    /// Proves links to `ends`.
    pub fn new(ends: &'a Ends) -> Self {
        Self { ends, last: None, sound: HashMap::new() }
    }

    /// Proves every link of `seen` whose other end is known.
    pub fn prove(&mut self, seen: &Inspection, view: &View) -> Proven {
        let this = (seen.own.clone(), *view);
        let mut before = std::mem::take(&mut self.sound);
        if self.last.as_ref() != Some(&this) {
            before.clear();
            self.last = Some(this);
        }
        let own = seen.own.name.as_deref();
        let mut proven = Proven::default();
        proven.findings.extend(seen.ways.iter().flat_map(|way| self.ends.way(way, own, view)));
        for peer in &seen.peers {
            let known = before.remove(&peer.name).filter(|known| known.is_of(peer));
            let link = known.unwrap_or_else(|| SoundLink::new(peer, self.ends.link(peer, own, view)));
            let LinkProof { proof, expiry, fitting, findings } = &link.proven;
            proven.proofs.push(*proof);
            proven.expiries.push(expiry.clone());
            proven.fitting.extend(fitting);
            proven.findings.extend_from_slice(findings);
            if findings.is_empty() {
                self.sound.insert(peer.name.clone(), link);
            }
        }
        proven
    }
}

impl SoundLink {
    fn new(peer: &Peer, proven: LinkProof) -> Self {
        let (config, anchors, chain) = (Arc::clone(&peer.config), Arc::clone(&peer.anchors), Arc::clone(&peer.chain));
        Self { etcd: peer.etcd, config, anchors, chain, proven }
    }

    /// Whether a link to `peer` is this one. A doubt is a finding, so none of these has one.
    fn is_of(&self, peer: &Peer) -> bool {
        self.etcd == peer.etcd
            && peer.doubt.is_none()
            && Arc::ptr_eq(&self.config, &peer.config)
            && Arc::ptr_eq(&self.anchors, &peer.anchors)
            && Arc::ptr_eq(&self.chain, &peer.chain)
    }
}
