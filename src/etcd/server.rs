//! The server's certificate, judged by the rules that agents go by: Go's, not those of rustls.

use std::sync::{Arc, Mutex};

use time::OffsetDateTime;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use crate::diag::Code;
use crate::verify::{Certificate, ChainError, Peer, Target, Usage, moment, verify_chain};

use super::fault::Fault;

/// What was made of a server's certificate: the proven chain, or the fault.
pub(super) type Judgement = Result<Vec<Certificate>, Fault>;

/// Judges the server of one endpoint, and keeps what it found.
#[derive(Debug)]
pub(super) struct ServerJudge {
    anchors: Vec<Certificate>,
    /// The anchors' file, for messages.
    anchors_file: Option<String>,
    target: Target,
    /// `insecure-skip-tls-verify`: whoever answers is believed.
    anyone: bool,
    at: OffsetDateTime,
    provider: Arc<CryptoProvider>,
    judgement: Mutex<Option<Judgement>>,
}

impl ServerJudge {
    pub(super) fn new(peer: &Peer, target: &Target, at: OffsetDateTime, provider: Arc<CryptoProvider>) -> Self {
        let config = &peer.config;
        // With `insecure-transport` an `https` endpoint is dialled with the system's roots.
        let named = config.trusted_ca_file.clone().or_else(|| config.ca_file.clone()).filter(|_| !config.insecure_transport);
        Self {
            anchors: if config.insecure_transport { Vec::new() } else { peer.anchors.clone() },
            anchors_file: named,
            target: target.clone(),
            anyone: config.insecure_skip_tls_verify && !config.insecure_transport,
            at,
            provider,
            judgement: Mutex::new(None),
        }
    }

    /// What it found, if the server has shown a certificate.
    pub(super) fn judgement(&self) -> Option<Judgement> {
        self.judgement.lock().ok().and_then(|mut judgement| judgement.take())
    }

    fn judge(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Judgement {
        let at = &self.target.text;
        let read = |der: &CertificateDer<'_>| {
            Certificate::from_der(der).map_err(|error| {
                let message = format!("`{at}`: Go cannot read a certificate that the server shows: {error}");
                Fault::new(Code::ServerUnfit, message, "issue the server's certificate anew; `meshbundle generate` makes one")
            })
        };
        let leaf = read(leaf)?;
        let others = others.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if self.anyone {
            return Ok(vec![leaf]);
        }
        if self.anchors.is_empty() {
            let message = format!("`{at}`: the config has no anchors to hold `{}` against", leaf.label());
            return Err(Fault::new(Code::ServerUntrusted, message, "name the servers' authority in `trusted-ca-file`")
                .because("without anchors of their own agents trust the system's roots, which are not looked at here"));
        }
        verify_chain(&leaf, &others, &self.anchors, Usage::ServerAuth, Some(&self.target.host), self.at)
            .map_err(|error| self.fault(&leaf, &error))
    }

    fn fault(&self, leaf: &Certificate, error: &ChainError) -> Fault {
        let Target { text, host, .. } = &self.target;
        let anchors = self.anchors_file.as_deref().unwrap_or("trusted-ca-file");
        let (code, help) = match error {
            ChainError::UnknownAuthority { .. } | ChainError::SignatureMismatch { .. } => (
                Code::ServerUntrusted,
                format!("append the authority `{}` to `{anchors}`, if this is the right etcd", leaf.issuer()),
            ),
            ChainError::Host { .. } => (
                Code::ServerName,
                format!("issue the server's certificate with the SAN `{host}`, or dial it by a name that it has"),
            ),
            ChainError::Expired { .. } => (
                Code::ServerNotValidNow,
                "renew it: `meshbundle generate --renew`, and restart nothing: etcd reads it anew; or set this node's clock"
                    .to_owned(),
            ),
            ChainError::NotYetValid { .. } => {
                let now = moment(self.at, self.at);
                let help = format!(
                    "compare the clocks: here it is {now}, so this node's may be slow, or that of the issuing machine fast"
                );
                (Code::ServerNotValidNow, help)
            }
            _ => (
                Code::ServerUnfit,
                "issue the server's certificate anew; `meshbundle generate` makes one that Go takes".to_owned(),
            ),
        };
        Fault::new(code, format!("`{text}`: {error}"), help)
    }
}

impl ServerCertVerifier for ServerJudge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judgement = self.judge(end_entity, intermediates);
        let good = judgement.is_ok();
        if let Ok(mut kept) = self.judgement.lock() {
            *kept = Some(judgement);
        }
        if good { Ok(ServerCertVerified::assertion()) } else { Err(CertificateError::ApplicationVerificationFailure.into()) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
