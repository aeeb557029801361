//! A finding of `verify` about local files that explains what the other end does.
//!
//! A server only says `bad_certificate`; that the client's certificate lacks clientAuth shows in the file. Input: a remote cluster
//! with the findings about its files. Output: the finding to report first. It opens nothing.

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FilePart, Severity};
use crate::etcd::Fault;
use crate::verify::Peer;

/// The finding about `peer`'s own files that explains an error of `code`.
pub(super) fn explains(peer: &Peer, code: Code, now: OffsetDateTime) -> Option<Diagnostic> {
    let found = |codes: &[Code]| peer.local.iter().find(|finding| codes.contains(&finding.code));
    let finding = match code {
        Code::CannotTry | Code::ClientMissing if peer.config.insecure_transport => {
            about(peer, &[Code::WithoutTls], FilePart::ConfigKey("insecure-transport"))
        }
        // A certificate without its key, or a key without its certificate.
        Code::ClientMissing if peer.config.cert_file.is_some() != peer.config.key_file.is_some() => {
            found(&[Code::NoClientCertificate])
        }
        Code::CannotTry if peer.anchors.is_empty() => found(&[Code::NoAnchors]),
        Code::ClientUntrusted => found(&[Code::WrongUsage, Code::CertificateRefused])
            .or_else(|| ended(peer, now))
            .or_else(|| found(&[Code::ChainBroken])),
        Code::PermissionDenied if peer.chain.first().is_some_and(|leaf| leaf.common_name().is_none()) => {
            found(&[Code::CommonName])
        }
        // CM0809 itself names the certificate and its expiry.
        _ => None,
    };
    finding.map(|finding| finding.clone().severity(Severity::Error))
}

/// The finding of an expired certificate that is sent with the leaf.
fn ended(peer: &Peer, now: OffsetDateTime) -> Option<&Diagnostic> {
    let unfit = peer.chain.iter().find(|one| now < one.not_before() || now > one.not_after())?;
    about(peer, &[Code::NotValidNow, Code::FaultPassed], FilePart::Certificate(unfit.fingerprint()))
}

/// The finding of one of `codes` about `part`.
fn about<'a>(peer: &'a Peer, codes: &[Code], part: FilePart) -> Option<&'a Diagnostic> {
    peer.local.iter().find(|finding| codes.contains(&finding.code) && finding.part == Some(part))
}

/// The fault of relative paths in a config: probe cannot know which files they mean.
pub(super) fn relative(peer: &Peer) -> Option<Fault> {
    let path = peer.config.relative_path()?;
    let message = format!("the path `{path}` is relative; probe does not know the agent's working directory");
    let fault = Fault::new(Code::NothingToProbe, message, "write the whole path, as the agent sees it");
    Some(fault.because(Code::RelativePath.entry().why))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{Code, explains};
    use crate::mesh::CiliumVersion;
    use crate::verify::{Directory, Entry, Tree, View, identify, inspect};

    #[test]
    fn a_key_explains_a_failure_however_it_is_written() {
        let view = View::new(CiliumVersion::NEWEST, datetime!(2026-11-21 12:00:00 UTC));
        for key in ["insecure-transport", "Insecure-Transport"] {
            let config = format!("endpoints:\n- https://10.2.2.2:2379\n{key}: true\n");
            let mut tree = Tree::default();
            tree.insert("oslo", Entry::File { mode: Some(0o600), bytes: config.into_bytes().into() });
            let files = Directory::new("clustermesh", tree);
            let seen = inspect(&files, identify(&files, None), &view);
            let explained = explains(&seen.peers[0], Code::ClientMissing, view.now);
            assert_eq!(explained.map(|finding| finding.code), Some(Code::WithoutTls), "{key}");
        }
    }
}
