//! What the agent presents to etcd: always its certificate, whichever CAs the server asks for.
//!
//! Cilium sets Go's `GetClientCertificate` (getClientCertificateReloader in pkg/kvstore/etcd.go), so the CAs that the server lists
//! do not matter. A key that meshbundle's TLS cannot use is reported, and the link stays undetermined.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use time::OffsetDateTime;
use tokio_rustls::rustls::SignatureScheme;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::crypto::aws_lc_rs::sign::any_supported_type;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;

use crate::diag::Code;
use crate::pem::DerKind;
use crate::verify::{Peer, PeerConfig, Target, moment};
use crate::x509::{Certificate, PrivateKey};

use super::fault::Fault;

/// A client's certificate with its key, or none.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    certified: Option<Arc<CertifiedKey>>,
    leaf: Option<Certificate>,
    file: String,
    /// Options with which etcdctl presents the same.
    etcdctl: String,
    now: OffsetDateTime,
}

impl Identity {
    /// The identity of `peer`'s config.
    ///
    /// # Errors
    /// If a part of it is missing or broken, so that agents do not connect.
    pub(crate) fn of(peer: &Peer, now: OffsetDateTime) -> Result<Self, Fault> {
        let config = &peer.config;
        let file = config.cert_file.as_ref().map(ToString::to_string).unwrap_or_default();
        let anonymous = Self { certified: None, leaf: None, file: file.clone(), etcdctl: etcdctl(config), now };
        // With `insecure-transport` etcd's client makes no TLS config, and it loads a certificate only with its key
        // (client/v3/yaml): there is nothing to present.
        if config.insecure_transport || config.cert_file.is_none() || config.key_file.is_none() {
            return Ok(anonymous);
        }
        let broken = |what: &str, help: &str| Fault::new(Code::NothingToProbe, what.to_owned(), help.to_owned());
        let again = "install the bundle again; `meshbundle verify` reports which file is wrong";
        let Some(leaf) = peer.chain.first() else {
            return Err(broken(&format!("there is no client certificate at `{file}`"), again));
        };
        let key_file = config.key_file.as_ref().map(ToString::to_string).unwrap_or_default();
        let Some(der) = &peer.key else {
            return Err(broken(&format!("there is no key at `{key_file}`"), again));
        };
        match PrivateKey::from_der(der).map(|key| key.is_of(leaf)) {
            Ok(Some(true) | None) => {}
            Ok(Some(false)) => {
                let what = format!("the key at `{key_file}` does not belong to the certificate at `{file}`");
                return Err(broken(&what, again));
            }
            Err(error) => return Err(broken(&format!("the key at `{key_file}` cannot be used: {error}"), again)),
        }
        let key = private_key(der).and_then(|der| any_supported_type(&der).ok());
        let Some(key) = key else {
            let kind = leaf.public_key_kind();
            let message = format!("the key at `{key_file}` has a kind that meshbundle's TLS cannot use: {kind}");
            return Err(Fault::new(
                Code::CannotTry,
                message,
                anonymous.ask(&config.endpoints.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
            ));
        };
        let chain = peer.chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec())).collect();
        Ok(Self { certified: Some(Arc::new(CertifiedKey::new(chain, key))), leaf: Some(leaf.clone()), ..anonymous })
    }

    /// The fault of an endpoint that meshbundle cannot judge: neither the etcd nor the config is known to be wrong.
    pub(crate) fn untried(&self, target: &Target, what: &str) -> Fault {
        Fault::new(Code::CannotTry, format!("`{}`: meshbundle cannot try it: {what}", target.text), self.ask(&target.text))
    }

    /// The command that tries an endpoint with Go's TLS.
    fn ask(&self, endpoint: &str) -> String {
        format!("try it with etcdctl: `ETCDCTL_API=3 etcdctl --endpoints {}{} endpoint health`", word(endpoint), self.etcdctl)
    }

    /// The certificate that is presented.
    pub(crate) fn leaf(&self) -> Option<&Certificate> {
        self.leaf.as_ref()
    }

    /// etcd's user: the common name.
    pub(crate) fn user(&self) -> Option<&str> {
        self.leaf.as_ref()?.common_name()
    }

    /// The fault of a client that the server at `at` rejects; `how` is what the server does.
    pub(crate) fn refused(&self, at: &str, how: &str) -> Fault {
        let Some(leaf) = &self.leaf else {
            return Fault::new(
                Code::ClientMissing,
                format!("`{at}`: the server requires a client certificate, but the config has none: it {how}"),
                "set `cert-file` and `key-file` in the config, or install the bundle again",
            );
        };
        let (label, file) = (leaf.label(), &self.file);
        if self.now < leaf.not_before() || self.now > leaf.not_after() {
            let early = self.now < leaf.not_before();
            let what = if early { "is valid from" } else { "expired on" };
            let day = moment(if early { leaf.not_before() } else { leaf.not_after() }, self.now);
            let message = format!("`{at}`: the server {how}: the client certificate `{label}` in `{file}` {what} {day}");
            let help = if early {
                let now = moment(self.now, self.now);
                format!("compare the clocks: this node's is {now} and may be slow, or that of the issuing machine is fast")
            } else {
                "renew it: `meshbundle generate --renew`, then install the new bundle; or set this node's clock".to_owned()
            };
            return Fault::new(Code::ClientNotValidNow, message, help);
        }
        Fault::new(
            Code::ClientUntrusted,
            format!("`{at}`: the server {how}: it rejects the client certificate `{label}` in `{file}`"),
            format!(
                "if it is the right certificate, append its CA `{}` to the file of etcd's `trusted-ca-file`, and restart etcd; \
                 if not, install the cluster's newest bundle here",
                leaf.issuer()
            ),
        )
    }
}

/// The files of a config as options of etcdctl.
fn etcdctl(config: &PeerConfig) -> String {
    [
        ("cacert", config.trusted_ca_file.as_ref().or(config.ca_file.as_ref())),
        ("cert", config.cert_file.as_ref()),
        ("key", config.key_file.as_ref()),
    ]
    .into_iter()
    .filter_map(|(option, file)| Some(format!(" --{option} {}", word(file?.as_str()))))
    .collect()
}

/// One word for a shell.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Finds the format of a key by its content: Go ignores the label of its PEM block (`parsePrivateKey` in crypto/tls/tls.go).
fn private_key(der: &[u8]) -> Option<PrivateKeyDer<'_>> {
    Some(match DerKind::of(der)? {
        DerKind::Pkcs8 => PrivateKeyDer::Pkcs8(der.into()),
        DerKind::Pkcs1 => PrivateKeyDer::Pkcs1(der.into()),
        DerKind::Sec1 => PrivateKeyDer::Sec1(der.into()),
        _ => return None,
    })
}

/// Presents an identity in one handshake, and notes whether the server has asked for it.
#[derive(Debug)]
pub(super) struct Presenter {
    certified: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
}

impl Presenter {
    pub(super) fn new(identity: &Identity) -> Self {
        Self { certified: identity.certified.clone(), asked: AtomicBool::new(false) }
    }

    pub(super) fn asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Presenter {
    fn resolve(&self, _authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.certified.clone()
    }

    fn has_certs(&self) -> bool {
        // Where it is false, rustls does not ask for any.
        true
    }
}
