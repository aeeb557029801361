//! Certificates and keys as they are in files: each by itself, and each with what it comes with.
//!
//! Input: the bytes of the files that a config, or an etcd's options, name. Output: the parsed parts, and findings by the rules
//! of Go's crypto/tls and crypto/x509. An error is only what the other end refuses whatever it trusts; all else is a warning
//! here, and `link` decides where the other end is known.

use time::{Duration, OffsetDateTime};

use crate::diag::{Code, Diagnostic, FilePart, FilePlace, Severity, shell_word};
use crate::pem::{Text, Want, only_certificates};

use super::expiry::{RENEW, expires_soon, longest, presented};
use super::files::Files;
use super::moment::moment;
use super::tolerated::tolerated_faults;
use super::tree::{Entry, UNREADABLE};
use super::view::View;
use crate::x509::{
    Certificate, CertificateError, ChainError, GoRules, PrivateKey, PrivateKeyError, PublicKeyKind, Usage, check_anchor,
    check_leaf, check_presented, verify_chain_by,
};

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
pub(super) struct Judge<'a> {
    now: OffsetDateTime,
    rules: GoRules,
    /// What has less time left is reported.
    soon: Duration,
    files: &'a dyn Files,
    pub(super) findings: Vec<Diagnostic>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(view: &View, files: &'a dyn Files) -> Self {
        Self { now: view.now, rules: view.rules(), soon: view.soon, files, findings: Vec::new() }
    }

    /// The CAs that a peer's certificate, shown for `usage`, is verified against. One of them that is good is enough.
    pub(super) fn anchors(&mut self, file: &File<'_>, usage: Usage) -> Vec<Certificate> {
        let anchors = self.trusted(file);
        let idle: Vec<Option<ChainError>> = anchors.iter().map(|anchor| self.idle(anchor, usage)).collect();
        let judged = || anchors.iter().zip(&idle);
        let all_useless = judged().all(|(anchor, reason)| reason.is_some() && !self.is_own_proof(anchor, usage));
        for (anchor, reason) in judged() {
            self.weak(file, anchor);
            let label = anchor.label();
            match reason {
                None => {}
                Some(reason) if all_useless => {
                    let dates = matches!(reason, ChainError::Expired { .. } | ChainError::NotYetValid { .. });
                    let code = if dates { Code::NotValidNow } else { Code::AuthorityUnfit };
                    let message = format!("no certificate can be verified against this file: {reason}");
                    self.report(code, file, message, "put the CA that signs the other end's certificate into the file");
                }
                Some(_) if self.is_own_proof(anchor, usage) => {
                    let message = format!("`{label}` is not a CA: only this exact certificate is trusted");
                    let help =
                        "trust the CA that signs the other end, or put the next certificate into the file before it is used";
                    self.report(Code::FaultPassed, file, message, help);
                }
                Some(reason) => {
                    let message = format!("no certificate can be verified against this CA: {reason}");
                    let help = format!("remove `{label}` from the file; during a rotation it may stay until the end");
                    self.report(Code::FaultPassed, file, message, &help);
                }
            }
        }
        // Which of them the other end uses is not known here: the file serves as long as the last of them.
        let in_use = judged().filter(|(_, reason)| reason.is_none()).map(|(anchor, _)| anchor);
        if let Some(last) = longest(in_use) {
            self.ends_soon(file, last, "CA");
        }
        for (position, one) in anchors.iter().enumerate() {
            let clash = |other: &&Certificate| other.subject_der() == one.subject_der() && other.spki_der() != one.spki_der();
            if anchors.iter().skip(position + 1).any(|other| clash(&other)) {
                let message = format!("two CAs in this file have the subject `{}` and different keys", one.label());
                let help = "remove the one that no longer signs, or give the new one another name when it is issued again";
                self.report(Code::SubjectClash, file, message, help);
            }
        }
        anchors
    }

    /// Why no other certificate is verified against `anchor`.
    fn idle(&self, anchor: &Certificate, usage: Usage) -> Option<ChainError> {
        check_anchor(anchor, usage, self.now, self.rules).err()
    }

    /// Whether it could be the other end's certificate itself: Go takes a leaf that is among the anchors as it is.
    fn is_own_proof(&self, anchor: &Certificate, usage: Usage) -> bool {
        check_leaf(anchor, usage, self.now, self.rules).is_ok()
            && check_presented(std::slice::from_ref(anchor), self.rules).is_ok()
    }

    /// A leaf with what travels with it.
    pub(super) fn chain(&mut self, file: &File<'_>, usage: Usage) -> Vec<Certificate> {
        let (chain, before) = (self.presented(file), self.findings.len());
        if let Err(reason) = check_presented(&chain, self.rules) {
            let help = "issue it again for an ECDSA key on P-256, or an RSA key of 2048 to 8192 bits";
            self.report(Code::CertificateRefused, file, format!("Go's TLS rejects this: {reason}"), help);
        }
        let Some((leaf, behind)) = chain.split_first() else { return chain };
        self.leaf(file, leaf, usage);
        for certificate in behind {
            self.behind(file, certificate);
        }
        for certificate in &chain {
            self.weak(file, certificate);
        }
        for certificate in presented(&chain) {
            self.ends_soon(file, certificate, "certificate");
        }
        let pairs = chain.iter().zip(behind);
        for (lower, upper) in pairs {
            if lower.issuer_der() != upper.subject_der() || lower.is_signed_by(upper) == Some(false) {
                let message = format!("`{}` is followed by `{}`, which has not signed it", lower.label(), upper.label());
                let help = "put the leaf first, then the CA that signed it, and so on up to what the other end trusts";
                self.report(Code::ChainBroken, file, message, help);
            }
        }
        if self.findings.len() == before {
            self.whole(file, &chain, usage);
        }
        chain
    }

    /// What only shows along the whole chain: path lengths, usages and names that a CA restricts, what Go does not know. The
    /// other end may trust a certificate further down.
    fn whole(&mut self, file: &File<'_>, chain: &[Certificate], usage: Usage) {
        let (Some((leaf, rest)), Some(last)) = (chain.split_first(), chain.last()) else { return };
        let anchors = std::slice::from_ref(last);
        match verify_chain_by(self.rules, leaf, rest, anchors, usage, None, self.now) {
            Err(reason) if !reason.is_doubt() => {
                let help = "issue it again, under CAs that allow it";
                self.report(Code::ChainBroken, file, format!("the chain in this file does not hold: {reason}"), help);
            }
            _ => {}
        }
    }

    /// A certificate that travels with a leaf.
    fn behind(&mut self, file: &File<'_>, certificate: &Certificate) {
        let label = certificate.label();
        let what = if self.now > certificate.not_after() {
            format!("expired on {}", certificate.not_after().date())
        } else if self.now < certificate.not_before() {
            format!("is not valid before {}", certificate.not_before().date())
        } else {
            return;
        };
        let message = format!("`{label}`, sent along with the leaf, {what}: it cannot be part of a valid chain");
        let help = format!("remove `{label}` from the file, or put its successor in its place");
        self.report_certificate(certificate, Code::FaultPassed, file, message, &help);
    }

    fn leaf(&mut self, file: &File<'_>, leaf: &Certificate, usage: Usage) {
        let label = leaf.label();
        match check_leaf(leaf, usage, self.now, self.rules) {
            Err(ChainError::Expired { not_after, .. }) => {
                let message = format!("the certificate `{label}` expired on {}", moment(not_after, self.now));
                self.report_certificate(leaf, Code::NotValidNow, file, message, RENEW);
            }
            Err(ChainError::NotYetValid { not_before, .. }) => {
                let message = format!("the certificate `{label}` is not valid before {}", moment(not_before, self.now));
                self.report_certificate(leaf, Code::NotValidNow, file, message, "wait, set the clock right, or issue it again");
            }
            Err(reason @ ChainError::CriticalExtension { .. }) => {
                let help = "issue it again without this extension, or with the extension not marked critical";
                self.report(Code::CertificateRefused, file, reason.to_string(), help);
            }
            Ok(()) | Err(_) => {}
        }
        // Dates hide usages no more than usages hide dates.
        let usages = leaf.ext_key_usages();
        let (listed, word) = match usage {
            Usage::ServerAuth => (usages.server_auth, "serverAuth"),
            Usage::ClientAuth => (usages.client_auth, "clientAuth"),
        };
        if usages.present && !listed && !usages.any {
            let message = format!("`{label}` is not for this use: its extended key usages lack {word}");
            self.report(Code::WrongUsage, file, message, &format!("issue it again with {word}"));
        }
        for (message, help) in tolerated_faults(leaf, usage) {
            self.report(Code::FaultPassed, file, message, help);
        }
    }

    /// The common name, which is the etcd user, where no password names another.
    pub(super) fn user(&mut self, file: &File<'_>, leaf: &Certificate) {
        match leaf.common_name() {
            None => {
                let message = "the certificate has no common name: etcd has no user for it";
                let finding = Diagnostic::of_file(Code::CommonName, FilePlace::whole(&file.shown), message.to_owned());
                let help =
                    "reissue it with the etcd user as common name; until then, only an etcd without authentication answers";
                // Whether the other end's etcd has authentication is not known here.
                self.findings.push(finding.severity(Severity::Warning).help(help));
            }
            Some(name) if name.chars().count() > COMMON_NAME_MAX => {
                let message = format!("the common name has {} characters, X.509 allows {COMMON_NAME_MAX}", name.chars().count());
                self.report(Code::FaultPassed, file, message, "issue it again with a shorter name");
            }
            Some(name) if name == "root" || name.starts_with("admin-") => {
                let message = format!("the common name is `{}`: that etcd user may do everything", name.escape_debug());
                let help = "issue a certificate for a dedicated read-only user, such as `remote-<cluster>`";
                self.report(Code::PrivilegedClient, file, message, help);
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
        let text = Text::read(bytes);
        self.exposed(file, *mode, &text);
        let key = match PrivateKey::read(&text) {
            Ok(key) => key,
            Err(error) => {
                let (instead, help) = text.instead(Want::Key, &shell_word(&file.shown));
                let reason = if matches!(error, PrivateKeyError::Missing) { instead } else { error.to_string() };
                let help = help.map(|help| self.files.help(help));
                let help = help.unwrap_or_else(|| "give a PEM file with a private key: PKCS#8, PKCS#1 or SEC 1".to_owned());
                self.report(Code::NotAKey, file, format!("agents cannot use this as a private key: {reason}"), &help);
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
        self.report(Code::KeyMismatch, file, message, &help);
        false
    }

    /// A file of CAs, as `tlsutil.NewCertPool` of etcd reads it.
    fn trusted(&mut self, file: &File<'_>) -> Vec<Certificate> {
        let Some(text) = self.text(file) else { return Vec::new() };
        match Certificate::anchors(&text, self.rules) {
            Ok(anchors) if anchors.is_empty() => {
                let found = "agents and etcd find no certificate in this, and trust nothing";
                self.nothing(Code::TrustsNothing, file, found, &text);
                anchors
            }
            Ok(anchors) => {
                self.unseen(file, &text);
                anchors
            }
            Err(error) => {
                let help = format!("keep the certificates alone: `{}`", only_certificates(&shell_word(&file.shown)));
                let help = self.files.help(help);
                self.report(Code::CaFileRefused, file, format!("agents and etcd cannot load this: {error}"), &help);
                Vec::new()
            }
        }
    }

    /// A file of a certificate to present, and what travels with it, as `tls.X509KeyPair` of Go reads it.
    fn presented(&mut self, file: &File<'_>) -> Vec<Certificate> {
        let Some(text) = self.text(file) else { return Vec::new() };
        let again = "have the certificate issued again, or copy the file again if it is damaged";
        match Certificate::chain(&text, self.rules) {
            Ok(chain) => {
                self.unseen(file, &text);
                return chain;
            }
            Err(error @ CertificateError::Block { number: 2.., .. }) => {
                self.report(Code::ChainUnreadable, file, format!("the other end cannot read this: {error}"), again);
            }
            Err(CertificateError::None) => {
                self.nothing(Code::NotACertificate, file, "agents find no certificate in this", &text);
            }
            Err(error) => self.report(Code::NotACertificate, file, format!("agents cannot read this: {error}"), again),
        }
        Vec::new()
    }

    /// A file without certificates, and what it is instead.
    fn nothing(&mut self, code: Code, file: &File<'_>, found: &str, text: &Text) {
        let (reason, help) = text.instead(Want::Certificates, &shell_word(&file.shown));
        let help = help.map(|help| self.files.help(help));
        let help = help.unwrap_or_else(|| "give a PEM file with certificates".to_owned());
        self.report(code, file, format!("{found}: {reason}"), &help);
    }

    /// What is in a file of certificates. A private key in it is one, too.
    fn text(&mut self, file: &File<'_>) -> Option<Text> {
        let Entry::File { bytes, mode } = file.entry else {
            self.unreadable(file);
            return None;
        };
        if bytes.len() > FILE_MAX {
            let message = format!("the file has {} bytes, more than any certificate chain can have", bytes.len());
            self.report(Code::NotACertificate, file, message, "give a PEM file with certificates");
            return None;
        }
        let text = Text::read(bytes);
        self.exposed(file, *mode, &text);
        Some(text)
    }

    /// A file that others can read, with a private key in it.
    fn exposed(&mut self, file: &File<'_>, mode: Option<u32>, text: &Text) {
        if let Some(mode) = mode.filter(|mode| mode & 0o077 != 0)
            && text.holds_key()
        {
            let message = format!("the key in it can be read by others than its owner: its mode is {:04o}", mode & 0o7777);
            let help = self.files.help(format!("`chmod 600 {}`", shell_word(&file.shown)));
            self.report(Code::KeyExposed, file, message, &help);
        }
    }

    /// The first block that Go passes over.
    fn unseen(&mut self, file: &File<'_>, text: &Text) {
        if let Some(unseen) = text.unseen.first() {
            let message = format!("Go does not see the `{}` in line {}: {}", unseen.label, unseen.line, unseen.why.cause());
            let help = self.files.help(unseen.why.help(&shell_word(&file.shown)));
            self.report(Code::BlockUnseen, file, message, &help);
        }
    }

    fn ends_soon(&mut self, file: &File<'_>, certificate: &Certificate, what: &str) {
        self.findings.extend(expires_soon(&file.shown, certificate, what, self.now, self.soon));
    }

    fn weak(&mut self, file: &File<'_>, certificate: &Certificate) {
        if let PublicKeyKind::Rsa { bits } = certificate.public_key_kind()
            && bits < RSA_MIN
        {
            let message = format!("`{}` has an RSA key of {bits} bits, below {RSA_MIN}", certificate.label());
            self.report(Code::WeakCertificate, file, message, "issue it again with a stronger key");
        }
        // An anchor's own signature is never looked at.
        if certificate.signature_algorithm().is_weak() && !certificate.is_self_issued() {
            let message = format!("`{}` is signed with {}", certificate.label(), certificate.signature_algorithm());
            self.report(Code::WeakCertificate, file, message, "issue it again with SHA-256");
        }
    }

    fn unreadable(&mut self, file: &File<'_>) {
        let reason = match file.entry {
            Entry::Unreadable(reason) => reason.clone(),
            Entry::Folder(_) => "it is a folder".to_owned(),
            Entry::Dangling(to) => {
                let message = format!("it leads to `{}`, which is not there", to.escape_debug());
                return self.report(Code::FileMissing, file, message, "put the file where the link leads");
            }
            Entry::File { .. } | Entry::Special => "it is no file".to_owned(),
        };
        let finding =
            Diagnostic::of_file(Code::FileUnreadable, FilePlace::whole(&file.shown), format!("this cannot be read: {reason}"));
        self.findings.push(finding.cause("a config names it, and agents wait for it until they can read it").help(UNREADABLE));
    }

    fn report(&mut self, code: Code, file: &File<'_>, message: String, help: &str) {
        let finding = Diagnostic::of_file(code, FilePlace::whole(&file.shown), message);
        self.findings.push(finding.help(help));
    }

    /// The same of one certificate in the file.
    fn report_certificate(&mut self, certificate: &Certificate, code: Code, file: &File<'_>, message: String, help: &str) {
        let finding = Diagnostic::of_file(code, FilePlace::whole(&file.shown), message)
            .about(FilePart::Certificate(certificate.fingerprint()));
        self.findings.push(finding.help(help));
    }
}
