//! The certificates of a mesh: those that the state has issued, and those that the mesh names. Which of them a link uses. Of those that were
//! renewed, the one counts that expires first of those that a target may have.

use std::collections::HashMap;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::plan::{AuthorityRecord, Carriers, Floors, Inventory, leaf_holder};
use crate::verify::Server;

use super::expiry::FirstExpiry;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SceneCertificate {
    /// What it is for.
    pub kind: CertificateKind,
    /// Whose it is: `CLUSTER`, `CLUSTER/MEMBER` or `CLUSTER/NODE`; the name of a CA.
    pub holder: String,
    /// The CA that signed it, if that is known; none of a CA.
    pub signer: Option<Arc<str>>,
    /// From when on it is valid.
    pub from: OffsetDateTime,
    /// Its last instant.
    pub until: OffsetDateTime,
    /// Whether meshbundle issued it.
    pub issued: bool,
    /// How many links it is the first to expire of.
    pub first_of: usize,
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CertificateKind {
    /// It signs others.
    Authority,
    /// A member presents it to clients.
    Server,
    /// A member presents it to other members.
    Member,
    /// Agents present it to remote etcds.
    Client,
    /// Clients of the local etcd present it.
    Local,
}

impl CertificateKind {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Authority => "CA",
            Self::Server => "server",
            Self::Member => "member to member",
            Self::Client => "client",
            Self::Local => "local client",
        }
    }
}

/// All certificates, and how links find theirs.
pub(super) struct Certificates {
    pub(super) all: Vec<SceneCertificate>,
    /// Places of CAs by fingerprint.
    authorities: HashMap<String, usize>,
    /// Place of the first server certificate to expire, by cluster.
    servers: HashMap<String, usize>,
    /// Place of the first client certificate to expire, by cluster and fingerprint of its CA.
    clients: HashMap<(String, String), usize>,
}

fn unix(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

impl Certificates {
    /// Those of `inventory` that targets may have by their `floors`, and `given` ones that the mesh names.
    pub(super) fn of(inventory: &Inventory, floors: &Floors, given: &[Server]) -> Self {
        let carriers = Carriers::new(inventory, floors);
        let signers: HashMap<&str, Arc<str>> =
            inventory.authorities.iter().map(|(name, record)| (record.fingerprint.as_str(), Arc::from(name.as_str()))).collect();
        let mut found = Vec::new();
        for (name, record) in &inventory.authorities {
            found.push((Use::Authority(record.fingerprint.clone()), authority(name, record)));
        }
        for (name, record) in &inventory.credentials {
            let Some((kind, holder, cluster)) = named(name) else { continue };
            let live = carriers.of(name).filter_map(|(_, age)| record.live(age)).map(|leaf| leaf.not_after).min();
            let certificate = SceneCertificate {
                kind,
                holder,
                signer: signers.get(record.signer.as_str()).cloned(),
                from: unix(record.not_before),
                until: unix(live.unwrap_or(record.not_after)),
                issued: true,
                first_of: 0,
            };
            let at = match kind {
                CertificateKind::Server => Use::Server(cluster),
                CertificateKind::Client => Use::Client(cluster, record.signer.clone()),
                CertificateKind::Authority | CertificateKind::Member | CertificateKind::Local => Use::Other,
            };
            found.push((at, certificate));
        }
        for server in given {
            let (Some(cluster), Some(leaf)) = (&server.cluster, server.chain.first()) else { continue };
            let certificate = SceneCertificate {
                kind: CertificateKind::Server,
                holder: cluster.clone(),
                signer: None,
                from: leaf.not_before(),
                until: leaf.not_after(),
                issued: false,
                first_of: 0,
            };
            found.push((Use::Server(cluster.clone()), certificate));
        }
        found.sort_by(|(_, a), (_, b)| (a.until, a.kind, &a.holder, &a.signer).cmp(&(b.until, b.kind, &b.holder, &b.signer)));
        let mut certificates =
            Self { all: Vec::new(), authorities: HashMap::new(), servers: HashMap::new(), clients: HashMap::new() };
        for (place, (at, certificate)) in found.into_iter().enumerate() {
            // They are in order of their end: the first one counts.
            match at {
                Use::Authority(fingerprint) => drop(certificates.authorities.entry(fingerprint).or_insert(place)),
                Use::Server(cluster) => drop(certificates.servers.entry(cluster).or_insert(place)),
                Use::Client(cluster, signer) => drop(certificates.clients.entry((cluster, signer)).or_insert(place)),
                Use::Other => {}
            }
            certificates.all.push(certificate);
        }
        certificates
    }

    /// The certificate that expires first of those that the agents of `reader` and the etcd of `remote` use for their link.
    pub(super) fn first(&self, inventory: &Inventory, reader: &str, remote: &str) -> Option<FirstExpiry> {
        let trust = inventory.clusters.get(remote).map(|record| &record.trust);
        let signers = trust.into_iter().flat_map(|trust| trust.server_signer.iter().chain(&trust.client_signer));
        let authorities = signers.filter_map(|fingerprint| self.authorities.get(fingerprint));
        let client = trust.and_then(|trust| {
            let signer = trust.client_signer.clone()?;
            self.clients.get(&(reader.to_owned(), signer))
        });
        let places = authorities.chain(client).chain(self.servers.get(remote));
        let first = places.filter_map(|place| Some((self.all.get(*place)?.until, *place))).min()?;
        Some(FirstExpiry { at: first.0, certificate: first.1 })
    }

    /// Notes that a link expires with the certificate at `place`.
    pub(super) fn count(&mut self, place: usize) {
        if let Some(certificate) = self.all.get_mut(place) {
            certificate.first_of += 1;
        }
    }
}

/// Where links find a certificate.
enum Use {
    Authority(String),
    Server(String),
    Client(String, String),
    Other,
}

fn authority(name: &str, record: &AuthorityRecord) -> SceneCertificate {
    SceneCertificate {
        kind: CertificateKind::Authority,
        holder: name.to_owned(),
        signer: None,
        from: unix(record.not_before),
        until: unix(record.not_after),
        issued: record.file.is_some(),
        first_of: 0,
    }
}

/// The kind of a leaf, whose it is, and the cluster that holds it, by its name in the inventory.
fn named(name: &str) -> Option<(CertificateKind, String, String)> {
    let (cluster, node) = leaf_holder(name)?;
    let parts: Vec<&str> = name.split('/').collect();
    let (kind, part) = match parts.as_slice() {
        ["server", _, member] => (CertificateKind::Server, Some(*member)),
        ["peer", _, member] => (CertificateKind::Member, Some(*member)),
        ["own", _, user] => (CertificateKind::Local, Some(*user)),
        ["client", ..] => (CertificateKind::Client, node),
        _ => return None,
    };
    let holder = part.map_or_else(|| cluster.to_owned(), |part| format!("{cluster}/{part}"));
    Some((kind, holder, cluster.to_owned()))
}
