//! The certificates that are in files: of nodes, of members, of Secrets, or of nobody in particular. What is in a file is what is in use.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::verify::{Inspection, MemberFiles, Peer};
use crate::x509::Certificate;

use super::entry::{CertEntry, CertKind, CertLink, InUse, Issued};
use super::list::CertList;

/// A certificate in a role: one file may serve many links.
type Key = ([u8; 32], CertKind, Option<Arc<str>>);

/// Certificates of files, each once.
#[derive(Default)]
pub struct FoundCerts {
    entries: HashMap<Key, FoundCert>,
    names: HashMap<String, Arc<str>>,
}

/// A certificate, with all places that it was found in, and all links that use it.
struct FoundCert {
    entry: CertEntry,
    files: BTreeSet<String>,
    links: BTreeSet<CertLink>,
}

/// Where a certificate was found, and what for.
struct Use {
    kind: CertKind,
    cluster: Option<Arc<str>>,
    part: Option<String>,
    links: Vec<CertLink>,
}

impl FoundCerts {
    /// Adds what agents, KVStoreMesh or an etcd read.
    pub fn add(&mut self, seen: &Inspection) {
        let own = seen.own.name.as_deref().map(|name| self.name(name));
        for peer in &seen.peers {
            let remote = self.name(&peer.name);
            let is_own = own.as_ref() == Some(&remote);
            let links: Vec<CertLink> = own.iter().filter(|_| !is_own).map(|own| (Arc::clone(own), Arc::clone(&remote))).collect();
            let kind = if is_own { CertKind::Local } else { CertKind::Client };
            self.add_peer(peer, kind, own.as_ref(), &links);
        }
        for way in &seen.ways {
            self.add_peer(way, CertKind::Local, own.as_ref(), &[]);
        }
        if let Some(member) = &seen.member {
            self.add_member(member, own.as_ref());
        }
    }

    /// Adds the certificates in a file of which nothing says who reads it.
    pub fn add_file(&mut self, file: &str, certificates: &[Certificate]) {
        for certificate in certificates {
            let kind = if certificate.is_ca() { CertKind::Ca } else { CertKind::Leaf };
            self.add_one(certificate, file, Use { kind, cluster: None, part: None, links: Vec::new() }, true);
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All of them.
    pub fn list(self) -> CertList {
        let whole = |FoundCert { entry, files, links }: FoundCert| CertEntry {
            files: files.into_iter().collect(),
            links: links.into_iter().collect(),
            ..entry
        };
        CertList::new(self.entries.into_values().map(whole).collect())
    }

    fn add_peer(&mut self, peer: &Peer, kind: CertKind, own: Option<&Arc<str>>, links: &[CertLink]) {
        let presented = Use { kind, cluster: own.cloned(), part: None, links: links.to_vec() };
        self.add_chain(&peer.chain, &peer.file, presented);
        self.add_anchors(&peer.anchors, &peer.file, links);
    }

    fn add_member(&mut self, member: &MemberFiles, own: Option<&Arc<str>>) {
        let part = Some(member.name.clone());
        for (kind, chain, anchors) in
            [(CertKind::Server, &member.chain, &member.anchors), (CertKind::Peer, &member.peer_chain, &member.peer_anchors)]
        {
            let presented = Use { kind, cluster: own.cloned(), part: part.clone(), links: Vec::new() };
            self.add_chain(chain, &member.file, presented);
            self.add_anchors(anchors, &member.file, &[]);
        }
    }

    /// A leaf, and the CAs that travel with it.
    fn add_chain(&mut self, chain: &[Certificate], file: &str, presented: Use) {
        let Some((leaf, behind)) = chain.split_first() else { return };
        let links = presented.links.clone();
        self.add_one(leaf, file, presented, true);
        for upper in behind {
            self.add_one(upper, file, Use { kind: CertKind::Ca, cluster: None, part: None, links: links.clone() }, true);
        }
    }

    /// The CAs that the other end is verified against. Which of them has signed it is not known here: the last to expire counts.
    fn add_anchors(&mut self, anchors: &[Certificate], file: &str, links: &[CertLink]) {
        let last = anchors.iter().map(Certificate::not_after).max();
        for anchor in anchors {
            let ca = Use { kind: CertKind::Ca, cluster: None, part: None, links: links.to_vec() };
            self.add_one(anchor, file, ca, Some(anchor.not_after()) == last);
        }
    }

    fn add_one(&mut self, certificate: &Certificate, file: &str, found: Use, stops: bool) {
        let issued = || Issued { serial: Some(certificate.serial_hex()), not_after: certificate.not_after().unix_timestamp() };
        let key = (certificate.fingerprint(), found.kind, found.cluster.clone());
        let one = self.entries.entry(key).or_insert_with(|| {
            let entry = CertEntry {
                name: certificate.label(),
                kind: found.kind,
                cluster: found.cluster,
                part: found.part,
                signer: Some(Arc::from(certificate.issuer())),
                newest: Some(issued()),
                in_use: Some(InUse { issued: issued(), is_sure: true, at: None }),
                ..CertEntry::default()
            };
            FoundCert { entry, files: BTreeSet::new(), links: BTreeSet::new() }
        });
        one.entry.stops |= stops;
        if !one.files.contains(file) {
            one.files.insert(file.to_owned());
        }
        one.links.extend(found.links);
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        Arc::clone(self.names.entry(name.to_owned()).or_insert_with(|| Arc::from(name)))
    }
}
