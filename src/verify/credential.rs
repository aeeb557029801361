//! Certificates and keys as they stand in files: each by itself, and each with what it comes with.
//!
//! Input: the bytes of the files that a config, or an etcd's options, name. Output: the parsed parts, and findings by the rules
//! of Go's crypto/tls and crypto/x509. Whether the other end accepts them is `link`'s.

use time::{Duration, OffsetDateTime};

use crate::diag::{Code, Diagnostic, FilePlace};

use super::folder::UNREADABLE;
use super::moment::{moment, time_left};
use super::tree::Entry;
use super::x509::{Certificate, PrivateKey, PrivateKeyError, PublicKeyKind, Usage, verify_chain};

/// What ends sooner than this is told of.
pub const SOON: Duration = Duration::days(30);
/// Whole days that are left at `now` until `end`; negative once it has passed.
pub fn days_left(end: OffsetDateTime, now: OffsetDateTime) -> i64 {
    (end - now).whole_seconds().div_euclid(24 * 60 * 60)
}

/// RSA keys with fewer bits give less than 112 bits of security (NIST SP 800-57 part 1, table 2).
pub const RSA_MIN: usize = 2048;
/// X.520's bound for common names (RFC 5280 appendix A.1, `ub-common-name`).
const COMMON_NAME_MAX: usize = 64;
/// What TLS certificates of a peer may have in all; a file that is larger is none (`maxHandshakeCertificateMsg` in Go).
const FILE_MAX: usize = 1024 * 1024;

/// A file of a credential.
pub(super) struct File<'a> {
    /// How messages name it.
    pub(super) shown: String,
    /// What stands there.
    pub(super) entry: &'a Entry,
}

/// Collects findings about credentials at one instant.
pub(super) struct Judge {
    pub(super) now: OffsetDateTime,
    pub(super) findings: Vec<Diagnostic>,
}

impl Judge {
    pub(super) fn new(now: OffsetDateTime) -> Self {
        Self { now, findings: Vec::new() }
    }

    /// What a peer is anchored on.
    pub(super) fn anchors(&mut self, file: &File<'_>) -> Vec<Certificate> {
        let anchors = self.certificates(file);
        for anchor in &anchors {
            self.validity(file, anchor, "anchor");
            self.weak(file, anchor);
            if !anchor.is_ca() && anchor.has_basic_constraints() {
                let message = format!("the anchor `{}` is no authority: only the certificate itself is trusted", anchor.label());
                let help = "anchor on the authority that signs, or every renewal breaks the link";
                self.tell(Code::AuthorityUnfit, file, message, help);
            } else if anchor.key_usage_cert_sign() == Some(false) {
                let message = format!("the anchor `{}` may not sign certificates: keyCertSign is missing", anchor.label());
                self.tell(Code::AuthorityUnfit, file, message, "anchor on the authority that signs");
            }
        }
        for (position, one) in anchors.iter().enumerate() {
            let clash = |other: &&Certificate| other.subject_der() == one.subject_der() && other.spki_der() != one.spki_der();
            if anchors.iter().skip(position + 1).any(|other| clash(&other)) {
                let message = format!("two anchors are called `{}` and have different keys", one.label());
                let help = "drop the one that signs nothing any more, or give the new one another name when it is next issued";
                self.tell(Code::SubjectClash, file, message, help);
            }
        }
        anchors
    }

    /// A leaf with what travels with it.
    pub(super) fn chain(&mut self, file: &File<'_>, usage: Usage) -> Vec<Certificate> {
        let (chain, before) = (self.certificates(file), self.findings.len());
        for certificate in &chain {
            self.validity(file, certificate, "certificate");
            self.weak(file, certificate);
        }
        if let Some(leaf) = chain.first() {
            self.leaf(file, leaf, usage);
        }
        let pairs = chain.iter().zip(chain.iter().skip(1));
        for (lower, upper) in pairs {
            if lower.issuer_der() != upper.subject_der() || lower.is_signed_by(upper) == Some(false) {
                let message = format!("`{}` is followed by `{}`, which has not signed it", lower.label(), upper.label());
                let help = "put the leaf first, then whoever signed it, and so on up to the anchor";
                self.tell(Code::ChainBroken, file, message, help);
            }
        }
        if self.findings.len() == before {
            self.whole(file, &chain, usage);
        }
        chain
    }

    /// What only shows along the whole chain: path lengths, usages and names that an authority restricts, what Go does not know.
    fn whole(&mut self, file: &File<'_>, chain: &[Certificate], usage: Usage) {
        let (Some((leaf, rest)), Some(last)) = (chain.split_first(), chain.last()) else { return };
        if let Err(reason) = verify_chain(leaf, rest, std::slice::from_ref(last), usage, None, self.now) {
            let help = "issue it again, under authorities that allow it";
            self.tell(Code::ChainBroken, file, format!("the chain does not hold: {reason}"), help);
        }
    }

    fn leaf(&mut self, file: &File<'_>, leaf: &Certificate, usage: Usage) {
        if leaf.is_ca() {
            let message = format!("the first certificate, `{}`, is an authority's", leaf.label());
            return self.tell(Code::ChainBroken, file, message, "put the leaf first: the certificate that the key belongs to");
        }
        let usages = leaf.ext_key_usages();
        let (listed, word) = match usage {
            Usage::ServerAuth => (usages.server_auth, "serverAuth"),
            Usage::ClientAuth => (usages.client_auth, "clientAuth"),
        };
        if usages.present && !listed && !usages.any {
            let message = format!("`{}` is not for this use: its extended key usages lack {word}", leaf.label());
            self.tell(Code::WrongUsage, file, message, &format!("issue it again with {word}"));
        }
        if usage == Usage::ServerAuth && usages.present && !usages.client_auth && !usages.any {
            let message = format!("`{}` lacks clientAuth, and etcd dials itself with it", leaf.label());
            self.tell(Code::WrongUsage, file, message, "issue it again with serverAuth and clientAuth");
        }
        if leaf.key_usage_digital_signature() == Some(false) {
            let message = format!("`{}` may not sign a handshake: digitalSignature is missing", leaf.label());
            self.tell(Code::WrongUsage, file, message, "issue it again with the key usage digitalSignature");
        }
        if usage == Usage::ClientAuth {
            self.user(file, leaf);
        }
    }

    /// The common name, which is the etcd user.
    fn user(&mut self, file: &File<'_>, leaf: &Certificate) {
        match leaf.common_name() {
            None => {
                let message = "the certificate has no common name, so etcd knows no user for it".to_owned();
                self.tell(Code::CommonName, file, message, "issue it again with the etcd user as common name");
            }
            Some(name) if name.chars().count() > COMMON_NAME_MAX => {
                let message = format!("the common name has {} characters, {COMMON_NAME_MAX} are allowed", name.chars().count());
                self.tell(Code::CommonName, file, message, "issue it again with a shorter name");
            }
            Some(name) if name == "root" || name.starts_with("admin-") => {
                let message = format!("the common name is `{}`: that etcd user may do everything", name.escape_debug());
                let help = "issue one for a user of its own that may only read, such as `remote-<cluster>`";
                self.tell(Code::PrivilegedClient, file, message, help);
            }
            Some(_) => {}
        }
    }

    /// A key, and whether it is the leaf's.
    pub(super) fn key(&mut self, file: &File<'_>, chain: &[Certificate]) -> bool {
        let Entry::File { mode, bytes } = file.entry else {
            self.unreadable(file);
            return false;
        };
        let read = PrivateKey::from_pem(bytes);
        if mode & 0o077 != 0 && !matches!(read, Err(PrivateKeyError::Missing)) {
            let message = format!("the key can be read by others than its owner: its mode is {:04o}", mode & 0o7777);
            self.tell(Code::KeyExposed, file, message, "`chmod 600` it");
        }
        let key = match read {
            Ok(key) => key,
            Err(error) => {
                let help = match error {
                    PrivateKeyError::Encrypted => "decrypt it: nobody can be asked for the passphrase when the agent starts",
                    _ => "give a PEM file with one private key: PKCS#8, PKCS#1 or SEC 1",
                };
                self.tell(Code::NotAKey, file, format!("this is no key that agents could use: {error}"), help);
                return false;
            }
        };
        let Some(leaf) = chain.first() else { return true };
        if key.is_of(leaf) != Some(false) {
            return true;
        }
        let help = match chain.iter().position(|certificate| key.is_of(certificate) == Some(true)) {
            Some(position) => format!("it is the key of certificate {} of the file: put that one first", position + 1),
            None => "give the key that this certificate was made with".to_owned(),
        };
        let message = format!("this is not the key of `{}`", leaf.label());
        self.tell(Code::KeyMismatch, file, message, &help);
        false
    }

    fn certificates(&mut self, file: &File<'_>) -> Vec<Certificate> {
        let Entry::File { bytes, .. } = file.entry else {
            self.unreadable(file);
            return Vec::new();
        };
        if bytes.len() > FILE_MAX {
            let message = format!("{} bytes are more than any chain of certificates has", bytes.len());
            self.tell(Code::NotACertificate, file, message, "give a PEM file with certificates");
            return Vec::new();
        }
        match Certificate::all_from_pem(bytes) {
            Ok(certificates) => certificates,
            Err(error) => {
                self.tell(
                    Code::NotACertificate,
                    file,
                    format!("agents cannot read this: {error}"),
                    "give a PEM file with certificates",
                );
                Vec::new()
            }
        }
    }

    fn validity(&mut self, file: &File<'_>, certificate: &Certificate, what: &str) {
        let (label, day) = (certificate.label(), |at: OffsetDateTime| moment(at, self.now));
        if self.now > certificate.not_after() {
            let message = format!("the {what} `{label}` expired on {}", day(certificate.not_after()));
            let help = "renew it: `meshbundle generate --renew`, then install the new bundle";
            self.tell(Code::NotValidNow, file, message, help);
        } else if self.now < certificate.not_before() {
            let message = format!("the {what} `{label}` is not valid before {}", day(certificate.not_before()));
            self.tell(Code::NotValidNow, file, message, "wait, set the clock right, or issue it again");
        } else if certificate.not_after() - self.now < SOON {
            let left = time_left(certificate.not_after(), self.now);
            let message = format!("the {what} `{label}` ends on {}, {left}", day(certificate.not_after()));
            let help = "renew it before it ends: `meshbundle generate --renew`, then install the new bundle";
            self.tell(Code::EndsSoon, file, message, help);
        }
    }

    fn weak(&mut self, file: &File<'_>, certificate: &Certificate) {
        if let PublicKeyKind::Rsa { bits } = certificate.public_key_kind()
            && bits < RSA_MIN
        {
            let message = format!("`{}` has an RSA key of {bits} bits, below {RSA_MIN}", certificate.label());
            self.tell(Code::WeakCertificate, file, message, "issue it again with a stronger key");
        }
        // An anchor's own signature is never looked at.
        if certificate.signature_algorithm().is_weak() && !certificate.is_self_issued() {
            let message = format!("`{}` is signed with {}", certificate.label(), certificate.signature_algorithm());
            self.tell(Code::WeakCertificate, file, message, "issue it again with SHA-256");
        }
    }

    fn unreadable(&mut self, file: &File<'_>) {
        let reason = match file.entry {
            Entry::Unreadable(reason) => reason.clone(),
            Entry::Folder(_) => "it is a folder".to_owned(),
            Entry::Dangling(to) => {
                let message = format!("it leads to `{}`, which is not there", to.escape_debug());
                return self.tell(Code::FileMissing, file, message, "put the file where the link leads");
            }
            Entry::File { .. } | Entry::Special => "it is no file".to_owned(),
        };
        let finding =
            Diagnostic::of_file(Code::FileUnreadable, FilePlace::whole(&file.shown), format!("this cannot be read: {reason}"));
        self.findings.push(finding.cause("a config names it, and agents wait for it until they can read it").help(UNREADABLE));
    }

    fn tell(&mut self, code: Code, file: &File<'_>, message: String, help: &str) {
        let finding = Diagnostic::of_file(code, FilePlace::whole(&file.shown), message);
        self.findings.push(finding.cause(code.entry().why).help(help));
    }
}
