//! Keys of CAs and of provided credentials: whether they are keys, belong to their certificates, and are kept secret. Only their
//! public halves are known here.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{Cluster, DefaultAuthority, Label, Mesh, ProvidedCa};
use crate::x509::Certificate;

use super::super::links::{Readers, pairs_of_readers};
use super::super::outliers::list_clusters;
use super::super::provided_files::{KeyFact, ProvidedFiles};
use super::files::{report_exposed, report_unreadable};
use super::resolved::SHARED;
use super::uses::Uses;
use super::{ResolvedTrust, place_of};

/// What a key is needed for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    /// To sign, for a CA.
    Sign,
    /// To present a client certificate: agents read it with Go's `tls.LoadX509KeyPair`.
    Show,
}

struct KeyRules<'a> {
    facts: &'a ProvidedFiles,
    findings: Vec<Diagnostic>,
    /// The files that already have a finding, so that each is reported once.
    reported: BTreeSet<(Code, &'a str)>,
}

pub(super) fn check(
    mesh: &Mesh,
    readers: &Readers<'_>,
    resolved: &ResolvedTrust,
    uses: &BTreeMap<&Label, Uses>,
    facts: &ProvidedFiles,
) -> Vec<Diagnostic> {
    let mut rules = KeyRules { facts, findings: Vec::new(), reported: BTreeSet::new() };
    for (name, brought) in &mesh.trust.authorities {
        match &brought.key {
            Some(key) => rules.check_key(key, &brought.certificate, &place_of(name), Need::Sign),
            None if resolved.authorities.contains_key(name) => rules.findings.extend(report_missing(mesh, name, uses.get(name))),
            None => {}
        }
    }
    for (cluster, _) in pairs_of_readers(mesh, readers) {
        if let Some(given) = &cluster.etcd.client {
            rules.check_key(&given.key, &given.certificate, &cluster.path.field("etcd").field("client"), Need::Show);
        }
    }
    rules.findings
}

/// Whether the key of a CA belongs to a later certificate of its file: mostly the order is reversed.
pub(super) fn fits_later(facts: &ProvidedFiles, brought: &ProvidedCa) -> bool {
    let key = brought.key.as_deref().and_then(|key| facts.key_of(key).ok());
    let (Some((_, KeyFact::Signs { public })), Some(chain)) = (key, facts.certificates_of(&brought.certificate)) else {
        return false;
    };
    position_of(public, chain).is_some_and(|position| position > 0)
}

/// Which certificate of a file a key belongs to.
fn position_of(public: &[u8], chain: &[Certificate]) -> Option<usize> {
    chain.iter().position(|certificate| certificate.spki_der() == public)
}

/// A CA without a key that has to sign.
fn report_missing(mesh: &Mesh, name: &Label, uses: Option<&Uses>) -> Option<Diagnostic> {
    let uses = uses.filter(|uses| uses.signs())?;
    let what: Vec<&str> = [("servers", &uses.servers), ("clients", &uses.clients)]
        .into_iter()
        .filter_map(|(what, places)| (!places.is_empty()).then_some(what))
        .collect();
    // The first place that needs it: one entry fixes all of them.
    let at = uses.servers.first().into_iter().chain(uses.clients.first()).next()?;
    let message = format!("CA `{name}` must sign {}, but has no key", what.join(" and "));
    let finding = Diagnostic::new(Code::AuthorityCannotSign, at.clone(), message).also(place_of(name), "no key is set");
    Some(finding.help(help(mesh, name, uses)))
}

/// Clients of Helm clusters need no key of the chart's CA: values.yaml lets the etcd trust another one.
fn help(mesh: &Mesh, name: &Label, uses: &Uses) -> String {
    let of_helm: Vec<&Cluster> = mesh
        .clusters
        .iter()
        .filter(|cluster| cluster.runtime.helm().is_some() && uses.clients.iter().any(|at| cluster.path.holds(at)))
        .collect();
    let key = format!("set `trust.authorities.{name}.key`");
    let signer = match (mesh.trust.authority, of_helm.as_slice()) {
        (DefaultAuthority::Shared, [_, ..]) => SHARED.to_owned(),
        (DefaultAuthority::PerCluster, [one]) => one.name.to_string(),
        (DefaultAuthority::PerCluster, [_, ..]) => "CLUSTER".to_owned(),
        (_, []) => name.to_string(),
    };
    if signer == name.as_str() {
        return format!("{key}, or use another CA");
    }
    let shown = list_clusters(&of_helm, |cluster| format!("`{}`", cluster.name));
    let sign = format!("set `etcd.clientSigner: {signer}` for {shown}: values.yaml lets the etcd trust that CA");
    if uses.servers.is_empty() && uses.clients.len() == of_helm.len() { sign } else { format!("{sign}; for the others {key}") }
}

impl<'a> KeyRules<'a> {
    fn check_key(&mut self, file: &'a str, certificate: &'a str, place: &FieldPath, need: Need) {
        let at = place.field("key");
        let (mode, fact) = match self.facts.key_of(file) {
            Ok(known) => known,
            Err(reason) => return self.findings.push(report_unreadable(file, reason, at)),
        };
        if !matches!(fact, KeyFact::NotAKey { holds_key: false, .. }) {
            report_exposed(file, mode, &at).for_each(|finding| self.report_once(file, finding));
        }
        let (message, help) = match fact {
            KeyFact::Signs { public } => return self.check_pair(file, certificate, public, place),
            KeyFact::ShowsOnly(_) if need == Need::Show => return,
            KeyFact::ShowsOnly(reason) => (
                format!("nothing can be signed with `{file}`: {reason}"),
                "remove the key if the CA is only trusted, or sign with another CA".to_owned(),
            ),
            KeyFact::NotAKey { reason, help, .. } => (
                format!("`{file}` cannot be used as a key: {reason}"),
                help.clone().unwrap_or_else(|| "use a PEM file with an unencrypted key: PKCS#8, PKCS#1 or SEC 1".to_owned()),
            ),
        };
        let finding = Diagnostic::new(Code::NotAKey, at, message);
        self.report_once(file, finding.help(help));
    }

    /// Compares a key with the certificate that it is given with.
    fn check_pair(&mut self, file: &'a str, certificate: &'a str, public: &[u8], place: &FieldPath) {
        let Some(chain) = self.facts.certificates_of(certificate) else { return };
        if chain.first().is_none_or(|own| own.spki_der() == public) {
            return;
        }
        let help = match position_of(public, chain) {
            Some(position) => {
                format!("it is the key of certificate {} of that file: put that certificate first", position + 1)
            }
            None => "use the key of this certificate, or the certificate of this key".to_owned(),
        };
        let message = format!("`{file}` is not the key of `{certificate}`");
        let finding = Diagnostic::new(Code::KeyMismatch, place.field("key"), message);
        self.findings.push(finding.help(help));
    }

    fn report_once(&mut self, file: &'a str, finding: Diagnostic) {
        if self.reported.insert((finding.code, file)) {
            self.findings.push(finding);
        }
    }
}
