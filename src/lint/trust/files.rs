//! Files that the mesh names: their certificates, findings about files without any, and other content.

use crate::diag::{Code, Diagnostic, FieldPath, shell_word};
use crate::pem::only_certificates;
use crate::x509::Certificate;

use super::super::provided_files::{CertificateFile, NoCertificates, ProvidedFiles};

/// The certificates in a file that the mesh names, or findings.
pub(in super::super) fn read_certificates(
    facts: &ProvidedFiles,
    file: &str,
    at: &FieldPath,
    findings: &mut Vec<Diagnostic>,
) -> Option<Vec<Certificate>> {
    let read = match facts.certificate_file(file) {
        Ok(read) => read,
        Err(reason) => {
            findings.push(report_unreadable(file, reason, at.clone()));
            return None;
        }
    };
    findings.extend(report_exposed(file, read.mode, at).filter(|_| read.holds_key));
    match &read.certificates {
        Ok(certificates) => {
            findings.extend(report_unseen(file, read, at));
            Some(certificates.clone())
        }
        Err(NoCertificates { reason, help }) => {
            let message = format!("`{file}` has no usable certificates: {reason}");
            let finding = Diagnostic::new(Code::NotACertificate, at.clone(), message);
            findings.push(finding.help(help.clone().unwrap_or_else(|| {
                "use a PEM file with certificates: it has `-----BEGIN CERTIFICATE-----` at the start of a line".to_owned()
            })));
            None
        }
    }
}

/// Blocks that Go does not see, and meshbundle neither.
fn report_unseen(file: &str, read: &CertificateFile, at: &FieldPath) -> Option<Diagnostic> {
    let first = read.unseen.first()?;
    let message = format!("Go does not see the `{}` in line {} of `{file}`: {}", first.label, first.line, first.why.cause());
    let finding = Diagnostic::new(Code::BlockUnseen, at.clone(), message);
    Some(finding.help(first.why.help(&shell_word(file))))
}

/// Content of a CA file that is not a certificate: meshbundle skips it, but no etcd could load the same file.
pub(super) fn report_foreign(facts: &ProvidedFiles, file: &str, at: &FieldPath) -> Option<Diagnostic> {
    let read = facts.certificate_file(file).ok()?;
    let (line, what) = read.foreign.first().filter(|_| read.certificates.is_ok())?;
    let message = format!("line {line} of `{file}` begins something that is not a certificate: {what}");
    let finding = Diagnostic::new(Code::ForeignBlock, at.clone(), message);
    Some(finding.help(format!("keep only the certificates: `{}`", only_certificates(&shell_word(file)))))
}

/// A file with a private key in it that others can read.
pub(super) fn report_exposed(file: &str, mode: u32, at: &FieldPath) -> impl Iterator<Item = Diagnostic> {
    let finding = || {
        let message = format!("`{file}` has mode {:04o}: other users can read it", mode & 0o7777);
        let finding = Diagnostic::new(Code::KeyExposed, at.clone(), message);
        finding.help(format!("`chmod 600 {}`", shell_word(file)))
    };
    (mode & 0o077 != 0).then(finding).into_iter()
}

/// A file that cannot be read.
pub(super) fn report_unreadable(file: &str, reason: &str, at: FieldPath) -> Diagnostic {
    let finding = Diagnostic::new(Code::FileUnreadable, at, format!("`{file}` cannot be read: {reason}"));
    finding.help("correct the path: it is relative to the folder of mesh.yaml")
}
