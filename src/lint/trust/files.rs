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

/// A path as a word for a shell: what a help says is pasted.
pub(crate) fn shell_word(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._+-".contains(&byte);
    if path.bytes().all(plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'./{}'", path.replace('\'', r"'\''")).replacen("'.//", "'/", 1)
    }
}

/// A file that cannot be read.
pub(super) fn unreadable(file: &str, reason: &str, at: FieldPath) -> Diagnostic {
    let finding = Diagnostic::new(Code::FileUnreadable, at, format!("`{file}` cannot be read: {reason}"));
    finding.help("paths are relative to the file of the mesh")
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn a_shell_reads_a_path_as_one_word() {
        for (path, word) in [
            ("ca/corp.key", "ca/corp.key"),
            ("/etc/ca/corp.key", "/etc/ca/corp.key"),
            ("-rf", "'./-rf'"),
            ("my ca.key", "'./my ca.key'"),
            ("/my ca.key", "'/my ca.key'"),
            ("a;reboot", "'./a;reboot'"),
            ("it's.key", r"'./it'\''s.key'"),
        ] {
            assert_eq!(shell_word(path), word);
        }
    }
}
