//! Trusted CAs of one etcd: two with the same subject, and one that admits more clients than it should.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{ClusterName, Label, Mesh};
use crate::x509::Certificate;

use super::super::checked::MeshAuthority;
use super::super::links::Readers;
use super::{ResolvedTrust, place_of};

pub(super) fn check(mesh: &Mesh, readers: &Readers<'_>, resolved: &ResolvedTrust) -> Vec<Diagnostic> {
    let mut rules = TrustRules { resolved, clashes: BTreeMap::new(), wide: BTreeMap::new() };
    let known = rules.find_issued();
    for cluster in &mesh.clusters {
        let Some(trust) = resolved.trust.get(&cluster.name) else { continue };
        let (is_read, has_members) = (readers.contains_key(&cluster.name), !cluster.etcd.members.is_empty());
        if is_read {
            rules.check_clashes(&cluster.name, &trust.server_trust);
        }
        if is_read || has_members {
            rules.check_clashes(&cluster.name, &trust.client_trust);
            rules.check_wide(&cluster.name, &trust.client_trust, &known);
        }
    }
    rules.findings()
}

struct TrustRules<'a> {
    resolved: &'a ResolvedTrust,
    /// Pairs of CAs with the same subject, and the clusters whose etcds trust both.
    clashes: BTreeMap<(&'a Label, &'a Label), BTreeSet<&'a ClusterName>>,
    /// Trusted CAs, the CAs that they have issued, by subject, and the clusters whose etcds trust only the former.
    wide: BTreeMap<(&'a Label, String), BTreeSet<&'a ClusterName>>,
}

impl<'a> TrustRules<'a> {
    fn anchor(&self, name: &Label) -> Option<&'a Certificate> {
        self.resolved.authorities.get(name).and_then(MeshAuthority::anchor)
    }

    /// Two CAs with the same subject and different keys. With the same key they are one CA, renewed.
    fn check_clashes(&mut self, cluster: &'a ClusterName, names: &'a [Label]) {
        let found: Vec<_> = names.iter().filter_map(|name| Some((name, self.anchor(name)?))).collect();
        for (position, (one, a)) in found.iter().enumerate() {
            for (other, b) in found.iter().skip(position + 1) {
                if a.subject_der() == b.subject_der() && a.spki_der() != b.spki_der() {
                    let pair = if one < other { (*one, *other) } else { (*other, *one) };
                    self.clashes.entry(pair).or_default().insert(cluster);
                }
            }
        }
    }

    /// For each provided CA, the other provided CAs that it has issued.
    fn find_issued(&self) -> BTreeMap<&'a Label, Vec<&'a Certificate>> {
        let chains = self.resolved.authorities.values().filter_map(|authority| match authority {
            MeshAuthority::Provided { chain, .. } => Some(chain),
            MeshAuthority::Made => None,
        });
        let mut below: BTreeMap<&[u8], Vec<&Certificate>> = BTreeMap::new();
        for certificate in chains.flatten().filter(|certificate| certificate.is_ca() && !certificate.is_self_issued()) {
            let siblings = below.entry(certificate.issuer_der()).or_default();
            if !siblings.contains(&certificate) {
                siblings.push(certificate);
            }
        }
        let mut issued = BTreeMap::new();
        for (name, authority) in &self.resolved.authorities {
            let Some(anchor) = authority.anchor() else { continue };
            let by_name = below.get(anchor.subject_der()).map_or(&[][..], Vec::as_slice);
            let signed = by_name.iter().copied().filter(|certificate| certificate.is_signed_by(anchor) == Some(true));
            issued.insert(name, signed.collect::<Vec<_>>());
        }
        issued
    }

    /// CAs that a trusted CA has issued, and that are not trusted themselves: clients that they sign are accepted nevertheless.
    fn check_wide(&mut self, cluster: &'a ClusterName, names: &'a [Label], issued: &BTreeMap<&Label, Vec<&Certificate>>) {
        let trusted: Vec<_> = names.iter().filter_map(|name| self.anchor(name)).collect();
        for name in names {
            for lower in issued.get(name).into_iter().flatten() {
                let also_trusted =
                    trusted.iter().any(|one| one.subject_der() == lower.subject_der() && one.spki_der() == lower.spki_der());
                if !also_trusted {
                    self.wide.entry((name, lower.label())).or_default().insert(cluster);
                }
            }
        }
    }

    fn findings(&self) -> Vec<Diagnostic> {
        let clashes = self.clashes.iter().map(|((one, other), clusters)| {
            let subject = self.anchor(one).map(Certificate::label).unwrap_or_default();
            let message = format!("the CAs `{one}` and `{other}` have the same subject `{subject}`, and {} both", trust(clusters));
            Diagnostic::new(Code::SubjectClash, certificate(other), message)
                .label(format!("`{other}`"))
                .also(certificate(one), format!("`{one}`"))
                .help("give the next CA another subject, such as `…CA 2027`, and stop trusting the old one when no certificate of it is in use")
        });
        let wide = self.wide.iter().map(|((name, lower), clusters)| {
            let message =
                format!("CA `{name}` issued the CA `{lower}`, and {} it, so clients of both are accepted", trust(clusters));
            Diagnostic::new(Code::AnchorTooWide, certificate(name), message)
                .help("trust the CA that signs the clients, not the CA above it; or provide both, and list them in `clientTrust`")
        });
        clashes.chain(wide).collect()
    }
}

fn certificate(name: &Label) -> FieldPath {
    place_of(name).field("certificate")
}

/// The clusters whose etcds trust something, with the verb.
fn trust(clusters: &BTreeSet<&ClusterName>) -> String {
    match (clusters.first(), clusters.len()) {
        (Some(first), 2..) => format!("the etcds of `{first}` and {} more trust", clusters.len() - 1),
        (Some(first), _) => format!("the etcd of `{first}` trusts"),
        (None, _) => "no etcd trusts".to_owned(),
    }
}
