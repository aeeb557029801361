//! Certificates that were revoked, by serial number: those that whoever asks knows of.

use time::Date;

use crate::diag::{Code, Diagnostic, FilePlace};
use crate::x509::Certificate;

use super::inspection::Inspection;

/// What `seen` presents, and was revoked: `day` says when a certificate with a serial number was.
pub fn revoked(seen: &Inspection, day: &dyn Fn(&str) -> Option<Date>) -> Vec<Diagnostic> {
    let finding = |(file, leaf): (&String, &Certificate)| {
        let message = format!("the certificate `{}` was revoked on {}", leaf.subject(), day(&leaf.serial_hex())?);
        let finding = Diagnostic::of_file(Code::Revoked, FilePlace::whole(file.as_str()), message);
        Some(finding.help("install the newest bundle"))
    };
    let mut findings: Vec<Diagnostic> = presented(seen).filter_map(finding).collect();
    findings.dedup();
    findings
}

/// The leaves that `seen` presents, each with its file.
pub(super) fn presented(seen: &Inspection) -> impl Iterator<Item = (&String, &Certificate)> {
    let peers = seen.peers.iter().chain(&seen.ways).map(|peer| (&peer.file, &*peer.chain));
    let members = seen.member.iter().map(|member| (&member.file, member.chain.as_slice()));
    peers.chain(members).filter_map(|(file, chain)| Some((file, chain.first()?)))
}
