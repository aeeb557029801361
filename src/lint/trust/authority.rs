//! Whether Go accepts what provided CAs sign: checks the certificate that signs, and those after it in its file up to the root.
//! The latter only warn: `issuable` checks whether a leaf needs them.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{Label, Mesh};
use crate::verify::RSA_MIN;
use crate::x509::{Certificate, ChainError, GoRules, PublicKeyKind, Usage, check_anchor, check_leaf, check_presented};

use super::super::checked::MeshAuthority;
use super::super::links::Readers;
use super::uses::Uses;
use super::{ResolvedTrust, place_of};

/// Judges every provided CA, and names those that are unfit: everything that depends on them would be rejected.
pub(super) fn check(
    mesh: &Mesh,
    readers: &Readers<'_>,
    resolved: &ResolvedTrust,
    uses: &BTreeMap<&Label, Uses>,
    now: OffsetDateTime,
) -> (BTreeSet<Label>, Vec<Diagnostic>) {
    let idle = find_idle(resolved, now);
    let needed = find_needed(mesh, readers, resolved, &idle);
    let (mut unfit, mut findings) = (BTreeSet::new(), Vec::new());
    for (name, authority) in &resolved.authorities {
        let MeshAuthority::Provided { chain, .. } = authority else { continue };
        let signs = uses.get(name).is_some_and(Uses::signs);
        // A CA that is only trusted, next to a good one, may be expired or useless: Go tries all of them.
        let code = if signs || needed.contains(name) { Code::AuthorityUnfit } else { Code::FaultPassed };
        let at = place_of(name).field("certificate");
        let mut judged = Judged { name, at, code, findings: Vec::new() };
        match idle.get(name) {
            Some(Idle::Pinned) if !signs => judged.check_pinned(),
            _ => judged.check_signing(chain, signs, now),
        }
        if judged.findings.iter().any(Diagnostic::is_error) {
            unfit.insert(name.clone());
        }
        judged.code = Code::FaultPassed;
        judged.check_behind(chain, now);
        judged.check_weak(chain);
        findings.append(&mut judged.findings);
    }
    (unfit, findings)
}

/// How the first certificate of a CA verifies no other.
enum Idle {
    /// It may be the other end's certificate itself, which Go accepts if it is trusted.
    Pinned,
    /// Nothing is verified with it.
    Useless,
}

fn find_idle(resolved: &ResolvedTrust, now: OffsetDateTime) -> BTreeMap<&Label, Idle> {
    const USAGES: [Usage; 2] = [Usage::ServerAuth, Usage::ClientAuth];

    let rules = GoRules::NEWEST;
    let idle = |authority: &MeshAuthority| {
        let anchor = authority.anchor()?;
        if USAGES.iter().any(|usage| check_anchor(anchor, *usage, now, rules).is_ok()) {
            return None;
        }
        let leaf = USAGES.iter().any(|usage| check_leaf(anchor, *usage, now, rules).is_ok());
        let shown = check_presented(std::slice::from_ref(anchor), rules).is_ok();
        Some(if leaf && shown { Idle::Pinned } else { Idle::Useless })
    };
    resolved.authorities.iter().filter_map(|(name, authority)| Some((name, idle(authority)?))).collect()
}

/// Useless CAs that some end trusts without a good one.
fn find_needed<'a>(
    mesh: &Mesh,
    readers: &Readers<'_>,
    resolved: &'a ResolvedTrust,
    idle: &BTreeMap<&Label, Idle>,
) -> BTreeSet<&'a Label> {
    let lists = mesh.clusters.iter().filter_map(|cluster| {
        let trust = resolved.trust.get(&cluster.name)?;
        let (is_read, own) = (readers.contains_key(&cluster.name), cluster.etcd.has_own_clients());
        let servers = (is_read || own).then_some(&trust.server_trust);
        let clients = (is_read || own || !cluster.etcd.members.is_empty()).then_some(&trust.client_trust);
        Some([servers, clients])
    });
    let useless = |name: &&Label| matches!(idle.get(*name), Some(Idle::Useless));
    lists.flatten().flatten().filter(|names| names.iter().all(|name| useless(&name))).flatten().collect()
}

struct Judged<'a> {
    name: &'a Label,
    at: FieldPath,
    /// The findings about it.
    code: Code,
    findings: Vec<Diagnostic>,
}

impl Judged<'_> {
    /// A certificate that is trusted itself, without a CA.
    fn check_pinned(&mut self) {
        let message = format!("`{}` is not a CA: only this certificate is trusted", self.name);
        self.report_unfit(message, "trust the CA that signed it, or provide the next certificate before the etcd presents it");
    }

    /// What Go requires of a trusted CA (`isValid` in crypto/x509/verify.go).
    fn check_signing(&mut self, chain: &[Certificate], signs: bool, now: OffsetDateTime) {
        let Some(anchor) = chain.first() else { return };
        let subject = format!("CA `{}`", self.name);
        // Go trusts a certificate of version 1, which has no extensions; meshbundle does not sign with it.
        let old = anchor.version() == 1 && !signs;
        if !anchor.is_ca() && !old {
            let message = format!("{subject} cannot sign: its first certificate has no CA flag");
            self.report_unfit(message, "put the certificate of the signing CA first in the file");
        } else if anchor.key_usage_cert_sign() == Some(false) {
            let message = format!("{subject} may not sign certificates: key usage keyCertSign is missing");
            self.report_unfit(message, "put the certificate of the signing CA first in the file");
        }
        let before = self.findings.len();
        self.check_validity(&subject, anchor, now);
        let reason = [Usage::ServerAuth, Usage::ClientAuth].map(|usage| check_anchor(anchor, usage, now, GoRules::NEWEST).err());
        if let ([Some(reason), Some(_)], true) = (reason, self.findings.len() == before && (anchor.is_ca() || old))
            && anchor.key_usage_cert_sign() != Some(false)
            // `keys` reports a key that cannot sign.
            && !(signs && matches!(reason, ChainError::Powerless { .. }))
        {
            self.report_unfit(format!("{subject} cannot verify anything: {reason}"), "issue it again, or trust another CA");
        }
    }

    /// Judges the certificates after the first, and whether they are a chain.
    fn check_behind(&mut self, chain: &[Certificate], now: OffsetDateTime) {
        for (below, (lower, upper)) in (1_u32..).zip(chain.iter().zip(chain.iter().skip(1))) {
            let subject = format!("`{}`, in the chain of CA `{}`,", upper.label(), self.name);
            if lower.issuer_der() != upper.subject_der() || lower.is_signed_by(upper) == Some(false) {
                let message = format!("{subject} did not sign `{}`", lower.label());
                self.report_unfit(
                    message,
                    "a file has one CA: the certificate that signs, then the one that has signed it, and so on; give others \
                    entries of their own",
                );
                return;
            }
            if !upper.is_ca() {
                self.report_unfit(
                    format!("{subject} is not a CA"),
                    "remove it from the file, or replace it by the certificate of the CA",
                );
            } else if upper.key_usage_cert_sign() == Some(false) {
                let message = format!("{subject} may not sign certificates: key usage keyCertSign is missing");
                self.report_unfit(message, "issue it again with keyCertSign, or remove it from the file");
            }
            self.check_validity(&subject, upper, now);
            if let Some(limit) = upper.path_len().filter(|limit| *limit < below) {
                let message = format!("{subject} allows {} below it, and here {}", count_authorities(limit), is_or_are(below));
                let finding = Diagnostic::new(self.code, self.at.clone(), message);
                self.findings.push(
                    finding
                        .cause(
                            "an etcd that trusts only this CA rejects every client (`MaxPathLen` in Go's crypto/x509/verify.go)",
                        )
                        .help("issue it again with a greater pathLen, or sign with a CA higher in the chain"),
                );
            }
        }
    }

    fn check_validity(&mut self, subject: &str, certificate: &Certificate, now: OffsetDateTime) {
        if certificate.not_after() < now {
            let message = format!("{subject} expired on {}", certificate.not_after().date());
            self.report_unfit(message, "set the certificate of its successor");
        } else if certificate.not_before() > now {
            let message = format!("{subject} is not valid before {}", certificate.not_before().date());
            self.report_unfit(message, "set the certificate that is valid now, and check the clock of this machine");
        }
    }

    fn report_unfit(&mut self, message: String, help: &str) {
        let finding = Diagnostic::new(self.code, self.at.clone(), message);
        self.findings.push(finding.help(help));
    }

    fn check_weak(&mut self, chain: &[Certificate]) {
        for (position, certificate) in chain.iter().enumerate() {
            let subject = match position {
                0 => format!("CA `{}`", self.name),
                _ => format!("`{}`, in the chain of CA `{}`,", certificate.label(), self.name),
            };
            let weak = |message: String, cause: &str| {
                let finding = Diagnostic::new(Code::WeakAuthority, self.at.clone(), message);
                finding.cause(cause).help("create a new CA, and move to it step by step: docs/trust.md")
            };
            if let PublicKeyKind::Rsa { bits } = certificate.public_key_kind()
                && bits < RSA_MIN
            {
                let cause = "anyone who breaks such a key can sign clients and servers; Go rejects them below \
                    1024 bits";
                self.findings.push(weak(format!("{subject} has an RSA key of {bits} bits, below {RSA_MIN}"), cause));
            }
            if certificate.signature_algorithm().is_weak() {
                let cause = if certificate.is_self_issued() {
                    "Go does not check the signature of a trusted CA, but other programs do"
                } else {
                    "Go rejects such signatures: a program that trusts the CA above it rejects every certificate that it signed"
                };
                let message = format!("{subject} is signed with {}", certificate.signature_algorithm());
                self.findings.push(weak(message, cause));
            }
        }
    }
}

fn count_authorities(count: u32) -> String {
    match count {
        0 => "no CA".to_owned(),
        1 => "1 CA".to_owned(),
        count => format!("{count} CAs"),
    }
}

fn is_or_are(count: u32) -> String {
    if count == 1 { "is 1".to_owned() } else { format!("are {count}") }
}
