//! A revocation list as etcd reads it (`client/pkg/transport/listener_tls.go`, `checkCRL`): at each connection, and only its serial numbers
//! count. Who signed it, and until when it is good, do not. If it cannot be read, every client is refused.
//!
//! Up to 3.5 etcd reads it with Go's `x509.ParseCRL`, which takes PEM, DER and version 1; from 3.6 on with `x509.ParseRevocationList`, which
//! takes version 2 in DER alone.

use std::borrow::Cow;
use std::collections::HashSet;

use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::X509Version;

use crate::diag::{Code, Diagnostic, FilePlace, Severity, shell_word};
use crate::pem::Blocks;
use crate::x509::{Certificate, name_text};

use super::inspection::Inspection;
use super::revoked::presented;

/// The label of its PEM blocks.
const LABEL: &str = "X509 CRL";

/// What a revocation list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationList {
    /// Its path.
    pub file: String,
    /// The CA that signed it, as printable text.
    pub signer: String,
    /// The same as a DER Name.
    signer_der: Vec<u8>,
    /// Serial numbers in hex, without leading zeros.
    serials: HashSet<String>,
}

impl RevocationList {
    /// Whether a file is to be one: by its name, or by what is in it.
    pub fn is_one(name: &str, bytes: &[u8]) -> bool {
        std::path::Path::new(name).extension().is_some_and(|ending| ending == "crl")
            || block(bytes).is_some()
            || CertificateRevocationList::from_der(bytes).is_ok()
    }

    /// Reads the file `file`. What etcds make of it is in the findings; if none of them can read it, there is no list.
    pub fn read(file: &str, bytes: &[u8]) -> (Option<Self>, Vec<Diagnostic>) {
        let word = shell_word(file);
        if bytes.is_empty() {
            let help = "a list without entries is no empty file: `openssl ca -gencrl -crlexts SECTION`, and then in DER";
            let message = "the revocation list is empty: every etcd that reads it refuses every client";
            return (None, vec![finding(file, message).help(help)]);
        }
        let pem = block(bytes);
        let der = pem.as_deref().map_or(Cow::Borrowed(bytes), Cow::Borrowed);
        let Ok((_, list)) = CertificateRevocationList::from_der(&der) else {
            let message = "the revocation list cannot be read: every etcd that reads it refuses every client";
            return (
                None,
                vec![finding(file, message).help(format!("see what it is: `openssl asn1parse -in {word} -inform DER`"))],
            );
        };
        let mut findings = Vec::new();
        let mut from_3_6 = |what: &str, help: String| {
            let message = format!("the revocation list is {what}: etcd refuses every client from 3.6 on");
            findings.push(finding(file, &message).severity(Severity::Warning).help(help));
        };
        if pem.is_some() {
            from_3_6("PEM", format!("`openssl crl -in {word} -outform DER -out {word}.new && mv {word}.new {word}`"));
        }
        if list.version() != Some(X509Version::V2) {
            from_3_6(
                "of version 1",
                "make it with an extension, such as `crlNumber`: `openssl ca -gencrl -crlexts SECTION`".to_owned(),
            );
        }
        let signer_der = list.issuer().as_raw().to_vec();
        let hex = |serial: &[u8]| hex::encode(serial).trim_start_matches('0').to_owned();
        let serials = list.iter_revoked_certificates().map(|one| hex(one.raw_serial())).collect();
        (Some(Self { file: file.to_owned(), signer: name_text(&signer_der), signer_der, serials }), findings)
    }

    /// How many certificates it names.
    pub fn revoked(&self) -> usize {
        self.serials.len()
    }

    /// What `seen` presents, and etcds that read this list refuse.
    pub fn refused(&self, seen: &Inspection) -> Vec<Diagnostic> {
        let finding = |(file, leaf): (&String, &Certificate)| {
            if !self.serials.contains(leaf.serial_hex().trim_start_matches('0')) {
                return None;
            }
            let (subject, list, signer) = (leaf.subject(), &self.file, &self.signer);
            let message = if leaf.issuer_der() == self.signer_der {
                format!("the certificate `{subject}` is on the revocation list `{list}`: etcds that read it refuse it")
            } else {
                format!(
                    "the certificate `{subject}` has a serial number that is on the revocation list `{list}` of `{signer}`: etcds that \
                     read it refuse it, because they compare numbers alone"
                )
            };
            let place = FilePlace::whole(file.as_str());
            Some(Diagnostic::of_file(Code::Revoked, place, message).help("install a certificate that was issued since"))
        };
        let mut findings: Vec<Diagnostic> = presented(seen).filter_map(finding).collect();
        findings.dedup();
        findings
    }
}

/// The list in the first block of its kind, if the file is PEM.
fn block(bytes: &[u8]) -> Option<Vec<u8>> {
    Blocks::of(bytes).find(|block| block.label == LABEL).map(|block| block.der.to_vec())
}

fn finding(file: &str, message: &str) -> Diagnostic {
    Diagnostic::of_file(Code::RevocationListUnusable, FilePlace::whole(file), message)
}
