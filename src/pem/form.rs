//! Recognises files that are not PEM, or PEM of another kind than expected, and gives the command that converts them.

use super::block::{Block, CERTIFICATE, is_private_key};
use super::der::DerKind;

/// The form of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// PEM, and the label of its first block.
    Pem(String, Option<DerKind>),
    /// DER, without armor.
    Der(DerKind),
    /// The base64 of DER, without its BEGIN and END lines.
    BareBase64(DerKind),
    /// A Java key store.
    JavaKeyStore,
    /// Text in UTF-16, as Windows writes it.
    Utf16,
    /// A public key as OpenSSH writes it.
    OpensshPublicKey,
    /// JSON, as Vault and cfssl answer.
    Json,
    /// An empty file.
    Empty,
    /// Another form.
    Unknown,
}

/// What a file should contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Certificates.
    Certificates,
    /// A private key.
    Key,
}

/// The first bytes of a Java key store (`JavaKeyStore.MAGIC` of `OpenJDK`).
const JKS: &[u8] = &[0xfe, 0xed, 0xfe, 0xed];
/// Larger files are not decoded to recognise them.
const BARE_MAX: usize = 64 * 1024;

impl Form {
    /// The form of a file; `first` is its first block of PEM.
    pub(super) fn of(bytes: &[u8], first: Option<&Block>) -> Self {
        if let Some(block) = first {
            return block.form();
        }
        let text = bytes.trim_ascii();
        match bytes {
            _ if text.is_empty() => return Self::Empty,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Self::Utf16,
            _ if bytes.starts_with(JKS) => return Self::JavaKeyStore,
            _ if text.starts_with(b"{") => return Self::Json,
            _ if [&b"ssh-"[..], b"ecdsa-sha2-"].iter().any(|kind| text.starts_with(kind)) => return Self::OpensshPublicKey,
            _ => {}
        }
        if let Some(kind) = DerKind::of(bytes).filter(|kind| *kind != DerKind::EcParameters) {
            return Self::Der(kind);
        }
        let bare = Some(text).filter(|text| text.len() < BARE_MAX).and_then(super::base64::decode);
        bare.and_then(|der| DerKind::of(&der)).map_or(Self::Unknown, Self::BareBase64)
    }

    /// Whether it contains a private key without a passphrase.
    pub fn holds_key(&self) -> bool {
        matches!(self, Self::Der(kind) | Self::BareBase64(kind) if kind.is_plain_key())
    }

    /// Its name in a message: "it is …".
    pub fn name(&self) -> String {
        match self {
            Self::Pem(label, kind) => match named(label, *kind) {
                Some(what) => format!("{what}, `{}`", label.escape_debug()),
                None => format!("a PEM file of `{}`", label.escape_debug()),
            },
            Self::Der(kind) => format!("{} in DER", kind.name()),
            Self::BareBase64(kind) => format!("the base64 of {}, without BEGIN and END lines", kind.name()),
            Self::JavaKeyStore => "a Java key store".to_owned(),
            Self::Utf16 => "text in UTF-16".to_owned(),
            Self::OpensshPublicKey => "a public key of OpenSSH".to_owned(),
            Self::Json => "JSON".to_owned(),
            Self::Empty => "an empty file".to_owned(),
            Self::Unknown => "no PEM".to_owned(),
        }
    }

    /// The command that converts the file, whose name is `word` in a shell, if there is one.
    pub fn command(&self, want: Want, word: &str) -> Option<String> {
        let to = beside(word, "pem");
        let secret = |command: String| Some(format!("(umask 077 && {command})"));
        Some(match (self, want) {
            (Self::Utf16, _) => format!("iconv -f UTF-16 -t UTF-8 {word} > {to}"),
            (Self::Json, Want::Certificates) => format!("jq -r '.data.certificate // .cert' {word} > {to}"),
            (Self::JavaKeyStore, Want::Certificates) => format!("keytool -list -rfc -keystore {word} > {to}"),
            (Self::JavaKeyStore, Want::Key) => {
                let store = beside(word, "p12");
                return secret(format!(
                    "keytool -importkeystore -srckeystore {word} -destkeystore {store} -deststoretype PKCS12 && openssl pkcs12 -in {store} -nocerts -nodes -out {to}"
                ));
            }
            (Self::BareBase64(DerKind::Certificate), Want::Certificates) => {
                format!("openssl base64 -d -A -in {word} | openssl x509 -inform DER -out {to}")
            }
            (Self::BareBase64(kind), Want::Key) if kind.is_plain_key() => {
                return secret(format!("tr -d '\\r\\n' < {word} | openssl base64 -d -A | openssl pkey -inform DER -out {to}"));
            }
            (Self::Der(DerKind::Certificate), Want::Certificates) => format!("openssl x509 -inform DER -in {word} -out {to}"),
            (Self::Der(kind), Want::Key) if kind.is_plain_key() => {
                return secret(format!("openssl pkey -inform DER -in {word} -out {to}"));
            }
            (Self::Der(DerKind::EncryptedPkcs8), Want::Key) => {
                return secret(format!("openssl pkcs8 -inform DER -in {word} -out {to}"));
            }
            (Self::Der(DerKind::Pkcs7), Want::Certificates) => {
                format!("openssl pkcs7 -inform DER -print_certs -in {word} -out {to}")
            }
            (Self::Der(DerKind::Pkcs12), Want::Certificates) => format!("openssl pkcs12 -in {word} -nokeys -out {to}"),
            (Self::Der(DerKind::Pkcs12), Want::Key) => {
                return secret(format!("openssl pkcs12 -in {word} -nocerts -nodes -out {to}"));
            }
            (Self::Pem(_, Some(DerKind::Pkcs7)), Want::Certificates) => {
                format!("openssl pkcs7 -print_certs -in {word} -out {to}")
            }
            (Self::Pem(label, _), Want::Certificates) if label.ends_with(CERTIFICATE) => {
                format!("openssl x509 -in {word} -out {to}")
            }
            (Self::Pem(label, _), Want::Key) if label == "OPENSSH PRIVATE KEY" => {
                return secret(format!("cp {word} {to} && ssh-keygen -p -N '' -m PKCS8 -f {to}"));
            }
            (Self::Pem(label, _), Want::Key) if is_private_key(label) => {
                return secret(format!("openssl pkey -in {word} -out {to}"));
            }
            _ => return None,
        })
    }
}

/// The name of a block, by its label, or else by its content.
fn named(label: &str, kind: Option<DerKind>) -> Option<&'static str> {
    Some(match label {
        "TRUSTED CERTIFICATE" => "a certificate with OpenSSL's notes on what it is trusted for",
        "OPENSSH PRIVATE KEY" => "a key of OpenSSH",
        "PKCS7" | "CMS" => "certificates in PKCS#7",
        "X509 CRL" => "a list of revoked certificates",
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a certificate request: a CA has to sign it",
        "EC PARAMETERS" => "parameters of an elliptic curve",
        "DH PARAMETERS" | "X9.42 DH PARAMETERS" => "Diffie-Hellman parameters",
        "ENCRYPTED PRIVATE KEY" => "an encrypted private key",
        CERTIFICATE => "a certificate",
        label if is_private_key(label) => "a private key",
        label if label.ends_with("PUBLIC KEY") => "a public key",
        _ => return kind.map(DerKind::name),
    })
}

/// The command that copies only the certificates of the file `word` (a word of a shell) to another file.
pub fn only_certificates(word: &str) -> String {
    let to = beside(word, "pem");
    format!("sed -n '/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p' {word} > {to}")
}

/// The name of a file next to `word`, as a word of a shell.
fn beside(word: &str, ending: &str) -> String {
    match word.strip_suffix('\'') {
        Some(open) => format!("{open}.{ending}'"),
        None => format!("{word}.{ending}"),
    }
}

impl Block {
    /// Its form.
    pub fn form(&self) -> Form {
        Form::Pem(self.label.clone(), DerKind::of(&self.der))
    }

    /// Whether a private key without a passphrase is in it, whatever its label.
    pub(super) fn holds_key(&self) -> bool {
        DerKind::of(&self.der).is_some_and(DerKind::is_plain_key)
    }
}
