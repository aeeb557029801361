//! Who signs and who is trusted at each etcd, resolved; and whether they can.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath, nearest};
use crate::spec::{Cluster, ClusterName, DefaultAuthority, Label, Mesh};
use crate::verify::Certificate;

use super::checked::{Authority, EtcdTrust};
use super::facts::{Facts, NoCertificates};
use super::links;

/// Longest common name, in characters (`ub-common-name` in X.520 and RFC 5280 appendix A.1).
const COMMON_NAME_MAX: usize = 64;
/// Authorities of the whole mesh are called so.
const SHARED: &str = "mesh";

/// Authorities and trust of every etcd.
pub(super) struct Resolved {
    pub(super) authorities: BTreeMap<Label, Authority>,
    pub(super) trust: BTreeMap<ClusterName, EtcdTrust>,
}

pub(super) fn resolve(mesh: &Mesh, links: &links::Resolved, facts: &Facts) -> (Resolved, Vec<Diagnostic>) {
    let mut trust = Rules { mesh, facts, authorities: BTreeMap::new(), findings: Vec::new(), told: BTreeSet::new() };
    trust.lifetimes();
    let mut by_cluster = BTreeMap::new();
    let readers = links::readers(mesh, links);
    for cluster in &mesh.clusters {
        let readers = readers.get(&cluster.name).map_or(&[][..], Vec::as_slice);
        by_cluster.insert(cluster.name.clone(), trust.etcd(cluster, readers));
    }
    // What is brought along but used nowhere is still read: a typing error in its path should not wait for its first use.
    for name in mesh.trust.authorities.keys() {
        trust.authority(name, &FieldPath::root().field("trust").field("authorities").field(name.as_str()));
    }
    (Resolved { authorities: trust.authorities, trust: by_cluster }, trust.findings)
}

struct Rules<'a> {
    mesh: &'a Mesh,
    facts: &'a Facts,
    authorities: BTreeMap<Label, Authority>,
    findings: Vec<Diagnostic>,
    /// Authorities whose files were told to be wrong.
    told: BTreeSet<Label>,
}

impl Rules<'_> {
    fn lifetimes(&mut self) {
        let (trust, path) = (&self.mesh.trust, FieldPath::root().field("trust"));
        for (name, lifetime) in [("server", trust.server_validity), ("client", trust.client_validity)] {
            let at = path.field("validity").field(name);
            if trust.renew_before >= lifetime {
                let message = format!("renewBefore {} is not below the {name} lifetime {lifetime}", trust.renew_before);
                let finding = Diagnostic::new(Code::Lifetimes, path.field("renewBefore"), message);
                self.findings
                    .push(finding.cause("every run would find every certificate due").help("make `renewBefore` shorter"));
            }
            if lifetime > trust.authority_validity {
                let message =
                    format!("{name} certificates of {lifetime} outlive their authority of {}", trust.authority_validity);
                let finding = Diagnostic::new(Code::Lifetimes, at, message).cause(Code::Lifetimes.entry().why);
                self.findings.push(finding.help("make `authority` longer, or this one shorter"));
            }
        }
    }

    fn default_authority(&self, cluster: &Cluster) -> Label {
        match self.mesh.trust.authority {
            DefaultAuthority::Shared => Label::new(SHARED).unwrap_or_else(|_| Label::of_cluster(&cluster.name)),
            DefaultAuthority::PerCluster => Label::of_cluster(&cluster.name),
        }
    }

    /// Whether an authority of this name is made here when nobody brings it.
    fn is_default(&self, name: &Label) -> bool {
        match self.mesh.trust.authority {
            DefaultAuthority::Shared => name.as_str() == SHARED,
            DefaultAuthority::PerCluster => self.mesh.clusters.iter().any(|cluster| cluster.name.as_str() == name.as_str()),
        }
    }

    fn etcd(&mut self, cluster: &Cluster, readers: &[&Cluster]) -> EtcdTrust {
        let (etcd, path) = (&cluster.etcd, cluster.path.field("etcd"));
        let authority = etcd.authority.clone().unwrap_or_else(|| self.default_authority(cluster));
        let server_trust = etcd.server_trust.clone().unwrap_or_else(|| vec![authority.clone()]);
        let client_signer = etcd.client_signer.clone().unwrap_or_else(|| authority.clone());
        let at = |given: bool, field: &str| if given { path.field(field) } else { path.field("authority") };
        if !readers.is_empty() {
            for (position, name) in server_trust.iter().enumerate() {
                let given = etcd.server_trust.is_some();
                let at = if given { path.field("serverTrust").item(position) } else { path.field("authority") };
                self.authority(name, &at);
                self.reaches(cluster, name, &at, "agents would anchor on");
            }
            if etcd.client.is_none() {
                let at = at(etcd.client_signer.is_some(), "clientSigner");
                self.signs(&client_signer, &at, "clients");
                // Where one authority does both, it has been told above.
                if etcd.client_signer.is_some() || etcd.server_trust.is_some() {
                    self.reaches(cluster, &client_signer, &at, "clients would come from");
                }
                self.common_names(cluster, readers);
            }
        }
        if !etcd.members.is_empty() {
            self.signs(&authority, &path.field("authority"), "servers");
            self.authority(&client_signer, &at(etcd.client_signer.is_some(), "clientSigner"));
        }
        for (position, name) in etcd.client_trust.iter().enumerate() {
            self.authority(name, &path.field("clientTrust").item(position));
        }
        let mut client_trust = vec![client_signer.clone()];
        client_trust.extend(etcd.client_trust.iter().filter(|name| **name != client_signer).cloned());
        EtcdTrust { server_signer: authority, server_trust, client_signer, client_trust }
    }

    /// Looks an authority up, and reads it if it is brought along.
    fn authority(&mut self, name: &Label, at: &FieldPath) -> Option<&Authority> {
        if self.authorities.contains_key(name) {
            return self.authorities.get(name);
        }
        if let Some(brought) = self.mesh.trust.authorities.get(name) {
            if !self.told.insert(name.clone()) {
                return None;
            }
            let path = FieldPath::root().field("trust").field("authorities").field(name.as_str());
            let chain = certificates(self.facts, &brought.certificate, &path.field("certificate"), &mut self.findings)?;
            if let Some((key, reason)) = brought.key.as_ref().and_then(|key| Some((key, self.facts.key_problem(key)?))) {
                self.findings.push(unreadable(key, reason, path.field("key")));
            }
            self.fit(name, &chain, &path.field("certificate"));
            let authority = Authority::Brought { chain, certificate: brought.certificate.clone(), key: brought.key.clone() };
            return Some(self.authorities.entry(name.clone()).or_insert(authority));
        }
        if self.is_default(name) {
            return Some(self.authorities.entry(name.clone()).or_insert(Authority::Made));
        }
        let finding = Diagnostic::new(Code::NoSuchAuthority, at.clone(), format!("there is no authority `{name}`"));
        let shared = self.mesh.trust.authority == DefaultAuthority::Shared;
        let brought = self.mesh.trust.authorities.keys().map(Label::as_str);
        let own = self.mesh.clusters.iter().map(|cluster| cluster.name.as_str()).filter(|_| !shared);
        let finding = finding.help(match nearest(name.as_str(), brought.chain(own).chain(shared.then_some(SHARED))) {
            _ if shared && *name == self.mesh.name => format!("the authority that the whole mesh shares is called `{SHARED}`"),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("bring it along: `trust.authorities.{name}: {{ certificate: FILE, key: FILE }}`"),
        });
        self.findings.push(finding);
        None
    }

    /// What Go demands of an authority (`isValid` in crypto/x509/verify.go); the links' proofs would fail one by one for the
    /// same reason.
    fn fit(&mut self, name: &Label, chain: &[Certificate], at: &FieldPath) {
        let Some(anchor) = chain.first() else { return };
        let mut unfit = |what: String| {
            let message = format!("authority `{name}` {what}");
            let finding = Diagnostic::new(Code::AuthorityUnfit, at.clone(), message).cause(Code::AuthorityUnfit.entry().why);
            self.findings.push(finding.help("give the certificate that signs first in the file, and one that is valid today"));
        };
        if !anchor.is_ca() {
            unfit("is not a CA: its first certificate has no CA flag".to_owned());
        } else if anchor.key_usage_cert_sign() == Some(false) {
            unfit("may not sign certificates: keyCertSign is missing".to_owned());
        }
        if anchor.not_after() < self.facts.now {
            unfit(format!("has expired on {}", anchor.not_after().date()));
        } else if anchor.not_before() > self.facts.now {
            unfit(format!("is not valid before {}", anchor.not_before().date()));
        }
    }

    fn signs(&mut self, name: &Label, at: &FieldPath, what: &str) {
        if let Some(Authority::Brought { key: None, .. }) = self.authority(name, at) {
            let message = format!("authority `{name}` is to sign {what}, but has no key");
            let help = format!("give `trust.authorities.{name}.key`, or name another authority");
            self.findings.push(Diagnostic::new(Code::AuthorityCannotSign, at.clone(), message).help(help));
        }
    }

    /// An authority made here must reach the etcd by way of a member's bundle.
    fn reaches(&mut self, cluster: &Cluster, name: &Label, at: &FieldPath, use_of_it: &str) {
        let made = !self.mesh.trust.authorities.contains_key(name) && self.is_default(name);
        if made && cluster.etcd.members.is_empty() {
            let message = format!("{use_of_it} the authority `{name}`, which the etcd of `{}` never hears of", cluster.name);
            self.findings.push(
                Diagnostic::new(Code::AuthorityReachesNothing, at.clone(), message)
                    .cause("it is made here, and no member of that etcd gets its files from here")
                    .help(format!("list `clusters[{0}].etcd.members`, or name the authorities that this etcd has: `authority`, or `serverTrust` and `clientSigner`", cluster.name)),
            );
        }
    }

    /// The common name is the etcd user (`AuthInfoFromTLS` in etcd's server/auth/store.go).
    fn common_names(&mut self, cluster: &Cluster, readers: &[&Cluster]) {
        let template = &cluster.etcd.client_name;
        let path = cluster.path.field("etcd").field("clientName");
        for reader in readers {
            let nodes = reader.nodes.iter().map(|node| Some(&node.name));
            let name =
                nodes.chain([None]).map(|node| template.expand(&reader.name, node)).max_by_key(String::len).unwrap_or_default();
            if name.len() > COMMON_NAME_MAX {
                let message = format!("the common name `{name}` has {} characters, X.509 allows {COMMON_NAME_MAX}", name.len());
                self.findings.push(
                    Diagnostic::new(Code::CommonName, path.clone(), message).help("shorten `clientName`, or the names in it"),
                );
                return;
            }
            // Cilium's own etcd set-up gives these users the rights of root, or of the cluster's own caches
            // (pkg/kvstore/etcdinit/init.go).
            if name == "root" || name.starts_with("admin-") || name.starts_with("local-") {
                let message = format!("the common name `{name}` belongs to a user of the etcd's owner");
                self.findings.push(
                    Diagnostic::new(Code::CommonName, path.clone(), message)
                        .cause("`root` and `admin-…` may do everything, `local-…` reads the cluster's own caches")
                        .help("leave `clientName` out: `remote-{cluster}` is read-only by custom"),
                );
                return;
            }
        }
    }
}

/// The certificates in a file that the mesh names, or findings.
pub(super) fn certificates(
    facts: &Facts,
    file: &str,
    at: &FieldPath,
    findings: &mut Vec<Diagnostic>,
) -> Option<Vec<Certificate>> {
    match facts.certificates_of(file) {
        Ok(certificates) => return Some(certificates.to_vec()),
        Err(NoCertificates::Unreadable(reason)) => findings.push(unreadable(file, reason, at.clone())),
        Err(NoCertificates::NotCertificates(reason)) => {
            let message = format!("`{file}` holds no certificate: {reason}");
            let finding = Diagnostic::new(Code::NotACertificate, at.clone(), message);
            findings.push(finding.help("give a PEM file: it has `-----BEGIN CERTIFICATE-----` in it"));
        }
    }
    None
}

/// A file that cannot be read.
pub(super) fn unreadable(file: &str, reason: &str, at: FieldPath) -> Diagnostic {
    let finding = Diagnostic::new(Code::FileUnreadable, at, format!("`{file}` cannot be read: {reason}"));
    finding.help("paths are relative to the file of the mesh")
}
