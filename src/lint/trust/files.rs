//! Files that the mesh names: their certificates, or findings about files that have none.

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::verify::Certificate;

use super::super::facts::{Facts, NoCertificates};

/// The certificates in a file that the mesh names, or findings.
pub(in super::super) fn certificates(
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
