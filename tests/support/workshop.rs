//! Certificates made by the OpenSSL command line, so that the table stands on nobody's code but OpenSSL's.

use std::cell::Cell;
use std::fs;

use meshbundle::x509::Certificate;
use tempfile::TempDir;

use crate::support::judges::run_openssl;

/// Extensions of an ordinary authority.
pub(crate) const CA: &str =
    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n";
/// Extensions of an ordinary etcd server's leaf.
pub(crate) const LEAF: &str = "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n\
    authorityKeyIdentifier=keyid\nsubjectAltName=DNS:etcd.mesh,IP:10.1.1.1\n";

/// Hashes, and the options of `openssl x509` that sign with them.
pub(crate) const SHA: [(&str, &str); 3] = [("sha256", "-sha256"), ("sha384", "-sha384"), ("sha512", "-sha512")];
/// The same for RSA-PSS, in the three shapes that Go accepts.
pub(crate) const PSS: [(&str, &str); 3] = [
    ("pss-sha256", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256 -sha256"),
    ("pss-sha384", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48 -sigopt rsa_mgf1_md:sha384 -sha384"),
    ("pss-sha512", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:64 -sigopt rsa_mgf1_md:sha512 -sha512"),
];

/// A directory of keys and certificates.
pub(crate) struct Workshop {
    dir: TempDir,
    made: Cell<usize>,
}

/// A key, and the options to sign with it.
#[derive(Clone)]
pub(crate) struct Key {
    file: String,
    sign: &'static str,
}

/// A certificate and its key.
pub(crate) struct Made {
    pub(crate) der: Vec<u8>,
    file: String,
    key: Key,
}

impl Key {
    /// The same key, signing with these options of `openssl x509`.
    pub(crate) fn signing(&self, sign: &'static str) -> Self {
        Self { sign, ..self.clone() }
    }
}

impl Made {
    /// The same authority, its key signing with other options.
    pub(crate) fn signing(&self, sign: &'static str) -> Self {
        Self { der: self.der.clone(), file: self.file.clone(), key: self.key.signing(sign) }
    }
}

impl Workshop {
    /// Certificates are valid for so many days from now, if not said otherwise.
    const DAYS: u32 = 100;

    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a temporary directory"), made: Cell::new(0) }
    }

    /// A new key: `EC:P-256`, `RSA:2048`, `ED25519`.
    pub(crate) fn key(&self, kind: &str) -> Key {
        let file = self.file();
        let (algorithm, parameter) = kind.split_once(':').unwrap_or((kind, ""));
        let option = match algorithm {
            "EC" => format!("-pkeyopt ec_paramgen_curve:{parameter}"),
            "RSA" => format!("-pkeyopt rsa_keygen_bits:{parameter}"),
            _ => String::new(),
        };
        self.openssl(&format!("genpkey -algorithm {algorithm} {option} -out {file}"), &[]);
        Key { file, sign: "" }
    }

    /// The same key in another form: what `openssl` writes by this command.
    pub(crate) fn rewritten(&self, key: &Key, command: &str) -> Key {
        let file = self.file();
        self.openssl(&format!("{command} -in {} -out {file}", key.file), &[]);
        Key { file, sign: key.sign }
    }

    /// An authority with a P-256 key; without an issuer it signs itself.
    pub(crate) fn authority(&self, name: &str, issuer: Option<&Made>, extensions: &str) -> Made {
        self.certificate(name, &self.key("EC:P-256"), issuer, extensions, Self::DAYS)
    }

    /// `subject`'s name and key, signed by `issuer`.
    pub(crate) fn cross_signed(&self, subject: &Made, issuer: &Made) -> Made {
        let parsed = Certificate::from_der(&subject.der).expect("a certificate");
        let name = parsed.common_name().expect("authorities here have a common name");
        self.certificate(name, &subject.key, Some(issuer), CA, Self::DAYS)
    }

    /// A leaf with a P-256 key.
    pub(crate) fn leaf(&self, issuer: &Made, extensions: &str) -> Made {
        self.certificate("leaf", &self.key("EC:P-256"), Some(issuer), extensions, Self::DAYS)
    }

    /// Any certificate. Without extensions it is of version 1.
    pub(crate) fn certificate(&self, name: &str, key: &Key, issuer: Option<&Made>, extensions: &str, days: u32) -> Made {
        let (file, config) = (self.file(), self.file());
        fs::write(self.dir.path().join(&config), extensions).expect("extensions are written");
        let config = if extensions.is_empty() { String::new() } else { format!("-extfile {config}") };
        let (own_key, signer) = (&key.file, issuer.map_or(key, |issuer| &issuer.key));
        let keys = match issuer {
            Some(issuer) => {
                let public = self.file();
                self.openssl(&format!("pkey -in {own_key} -pubout -out {public}"), &[]);
                format!("-force_pubkey {public} -CA {} -CAkey {}", issuer.file, signer.file)
            }
            None => format!("-key {own_key}"),
        };
        let command = format!("x509 -new -days {days} -out {file} {config} {keys} {}", signer.sign);
        self.openssl(&command, &["-subj", &format!("/CN={name}")]);
        let pem = fs::read(self.dir.path().join(&file)).expect("a certificate was made");
        let der = pem::parse(pem).expect("OpenSSL writes PEM").into_contents();
        Made { der, file, key: key.clone() }
    }

    /// A certificate as PEM.
    pub(crate) fn pem(&self, made: &Made) -> String {
        self.text(&made.file)
    }

    /// The key of a certificate, PKCS#8.
    pub(crate) fn key_pem(&self, made: &Made) -> String {
        self.text(&made.key.file)
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.dir.path().join(file)).expect("it was made")
    }

    /// What OpenSSL prints when it is asked something of a certificate.
    pub(crate) fn ask(&self, command: &str, of: &Made) -> String {
        self.openssl(command, &["-in", &of.file])
    }

    /// Runs OpenSSL in the directory: words, and what may hold blanks.
    fn openssl(&self, command: &str, more: &[&str]) -> String {
        run_openssl(command.split_whitespace().chain(more.iter().copied()), self.dir.path())
    }

    fn file(&self) -> String {
        self.made.set(self.made.get() + 1);
        format!("file{}", self.made.get())
    }
}
