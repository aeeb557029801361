//! Whether brought authorities are such that Go accepts what they sign: the certificate that signs, and what stands behind it in
//! its file up to the root. A leaf travels with all but the root, and an etcd may anchor on any of them.

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::spec::Label;
use crate::verify::{Certificate, PublicKeyKind, RSA_MIN};

use super::super::checked::Authority;
use super::{Resolved, place_of};

/// Judges every brought authority, and notes those that are unfit.
pub(super) fn rules(resolved: &mut Resolved, now: OffsetDateTime) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for (name, authority) in &resolved.authorities {
        let Authority::Brought { chain, .. } = authority else { continue };
        let mut judged = Judged { name, at: place_of(name).field("certificate"), findings: Vec::new() };
        judged.signing(chain, now);
        if judged.findings.iter().any(Diagnostic::is_error) {
            resolved.unfit.insert(name.clone());
        }
        judged.behind(chain, now);
        judged.weak(chain);
        findings.append(&mut judged.findings);
    }
    findings
}

struct Judged<'a> {
    name: &'a Label,
    at: FieldPath,
    findings: Vec<Diagnostic>,
}

impl Judged<'_> {
    /// What Go demands of an anchor (`isValid` in crypto/x509/verify.go).
    fn signing(&mut self, chain: &[Certificate], now: OffsetDateTime) {
        let Some(anchor) = chain.first() else { return };
        let subject = format!("authority `{}`", self.name);
        if !anchor.is_ca() {
            let message = format!("{subject} is not a CA: its first certificate has no CA flag");
            self.unfit(message, "give the certificate that signs, first in its file");
        } else if anchor.key_usage_cert_sign() == Some(false) {
            let message = format!("{subject} may not sign certificates: keyCertSign is missing");
            self.unfit(message, "give the certificate that signs, first in its file");
        }
        self.validity(&subject, anchor, now);
    }

    /// The same of what stands behind it, and whether it is a chain at all.
    fn behind(&mut self, chain: &[Certificate], now: OffsetDateTime) {
        for (below, (lower, upper)) in (1_u32..).zip(chain.iter().zip(chain.iter().skip(1))) {
            let subject = format!("`{}`, which stands behind authority `{}`,", upper.label(), self.name);
            if lower.issuer_der() != upper.subject_der() || lower.is_signed_by(upper) == Some(false) {
                let message = format!("{subject} has not signed `{}`", lower.label());
                self.unfit(
                    message,
                    "a file holds one authority: the certificate that signs, then the one that has signed it, and so on; give others \
                    entries of their own",
                );
                return;
            }
            if !upper.is_ca() {
                self.unfit(format!("{subject} is not a CA"), "leave it out of the file, or give the authority's own certificate");
            } else if upper.key_usage_cert_sign() == Some(false) {
                let message = format!("{subject} may not sign certificates: keyCertSign is missing");
                self.unfit(message, "have it issued again with keyCertSign, or leave it out of the file");
            }
            self.validity(&subject, upper, now);
            if let Some(limit) = upper.path_len().filter(|limit| *limit < below) {
                let message = format!("{subject} allows {} below it, and here {}", authorities(limit), is_or_are(below));
                let finding = Diagnostic::new(Code::AuthorityUnfit, self.at.clone(), message);
                self.findings.push(
                    finding
                        .cause("an etcd that anchors on it refuses every client (`MaxPathLen` in Go's crypto/x509/verify.go)")
                        .help("have it issued again with a greater pathLen, or sign with an authority that stands higher"),
                );
            }
        }
    }

    fn validity(&mut self, subject: &str, certificate: &Certificate, now: OffsetDateTime) {
        if certificate.not_after() < now {
            let message = format!("{subject} has expired on {}", certificate.not_after().date());
            self.unfit(message, "give its successor's certificate");
        } else if certificate.not_before() > now {
            let message = format!("{subject} is not valid before {}", certificate.not_before().date());
            self.unfit(message, "give the certificate that is valid today, and look whether this clock is right");
        }
    }

    fn unfit(&mut self, message: String, help: &str) {
        let finding = Diagnostic::new(Code::AuthorityUnfit, self.at.clone(), message);
        self.findings.push(finding.cause(Code::AuthorityUnfit.entry().why).help(help));
    }

    fn weak(&mut self, chain: &[Certificate]) {
        for (position, certificate) in chain.iter().enumerate() {
            let subject = match position {
                0 => format!("authority `{}`", self.name),
                _ => format!("`{}`, which stands behind authority `{}`,", certificate.label(), self.name),
            };
            let weak = |message: String, cause: &str| {
                let finding = Diagnostic::new(Code::WeakAuthority, self.at.clone(), message);
                finding.cause(cause).help("have a new authority made, and move to it step by step: docs/trust.md")
            };
            if let PublicKeyKind::Rsa { bits } = certificate.public_key_kind()
                && bits < RSA_MIN
            {
                let cause = "such keys can be broken, and whoever has done so can sign clients and servers; Go refuses them below \
                    1024 bits";
                self.findings.push(weak(format!("{subject} has an RSA key of {bits} bits, below {RSA_MIN}"), cause));
            }
            if certificate.signature_algorithm().is_weak() {
                let cause = if certificate.is_self_issued() {
                    "Go does not look at an anchor's own signature, but other programs do, and what is as old is seldom sound"
                } else {
                    "Go refuses such signatures: whoever anchors on what stands above it refuses all that it signs"
                };
                let message = format!("{subject} is signed with {}", certificate.signature_algorithm());
                self.findings.push(weak(message, cause));
            }
        }
    }
}

fn authorities(count: u32) -> String {
    match count {
        0 => "no authority".to_owned(),
        1 => "1 authority".to_owned(),
        count => format!("{count} authorities"),
    }
}

fn is_or_are(count: u32) -> String {
    if count == 1 { "is 1".to_owned() } else { format!("are {count}") }
}
