//! Verifies the server's certificate by the rules of agents: those of Go, not those of rustls.

use std::sync::Mutex;

use time::OffsetDateTime;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use crate::diag::Code;
use crate::verify::{Peer, Target, moment};
use crate::x509::{Certificate, ChainError, Usage, verify_chain};

use super::fault::Fault;
use super::go_tls;
use super::identity::Identity;

/// The verdict on a server's certificate: the verified chain, or the fault.
pub(super) type Judgement = Result<Vec<Certificate>, Fault>;

/// Judges the server of one endpoint, and keeps the verdict.
#[derive(Debug)]
pub(super) struct ServerJudge {
    anchors: Vec<Certificate>,
    /// The file of the trusted CAs, for messages.
    anchors_file: Option<String>,
    target: Target,
    /// `insecure-skip-tls-verify`: every server is accepted.
    anyone: bool,
    at: OffsetDateTime,
    identity: Identity,
    judgement: Mutex<Option<Judgement>>,
    proof: Mutex<Option<ProvenBy>>,
}

/// The version of TLS in which a server has proven that it has the key of its certificate: a certificate alone can be shown by anyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProvenBy {
    Tls12,
    Tls13,
}

impl ServerJudge {
    pub(super) fn new(peer: &Peer, target: &Target, identity: &Identity, at: OffsetDateTime) -> Self {
        let config = &peer.config;
        // With `insecure-transport` an `https` endpoint is dialled with the system's roots.
        let named = config.trusted_ca_file.as_ref().or(config.ca_file.as_ref()).filter(|_| !config.insecure_transport);
        Self {
            anchors: if config.insecure_transport { Vec::new() } else { peer.anchors.to_vec() },
            anchors_file: named.map(ToString::to_string),
            target: target.clone(),
            anyone: config.insecure_skip_tls_verify && !config.insecure_transport,
            at,
            identity: identity.clone(),
            judgement: Mutex::new(None),
            proof: Mutex::new(None),
        }
    }

    /// The verdict, if the server has presented a certificate.
    pub(super) fn judgement(&self) -> Option<Judgement> {
        self.judgement.lock().ok().and_then(|mut judgement| judgement.take())
    }

    /// How the server has proven that it has its key, if it has.
    pub(super) fn proof(&self) -> Option<ProvenBy> {
        self.proof.lock().ok().and_then(|proof| *proof)
    }

    fn read(&self, der: &CertificateDer<'_>) -> Result<Certificate, Fault> {
        Certificate::from_der(der).map_err(|error| {
            let message = format!("`{}`: Go cannot read a certificate that the server presents: {error}", self.target.text);
            Fault::new(Code::ServerUnfit, message, "issue the server's certificate again, for example with `meshbundle generate`")
        })
    }

    fn judge(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Judgement {
        let at = &self.target.text;
        let leaf = self.read(leaf)?;
        let others = others.iter().map(|der| self.read(der)).collect::<Result<Vec<_>, _>>()?;
        if self.anyone {
            return Ok(vec![leaf]);
        }
        if self.anchors.is_empty() {
            let message = format!("`{at}`: the config names no CA to verify `{}` against", leaf.label());
            return Err(Fault::new(Code::CannotTry, message, "name the file of the servers' CA in `trusted-ca-file`")
                .because("without a CA in the config, agents trust the system's root CAs, which meshbundle does not read"));
        }
        verify_chain(&leaf, &others, &self.anchors, Usage::ServerAuth, Some(&self.target.host), self.at)
            .map_err(|error| self.fault(&leaf, &error))
    }

    fn fault(&self, leaf: &Certificate, error: &ChainError) -> Fault {
        let Target { text, host, .. } = &self.target;
        let anchors = self.anchors_file.as_deref().unwrap_or("trusted-ca-file");
        let (code, help) = match error {
            doubt if doubt.is_doubt() => return self.identity.untried(&self.target, &error.to_string()),
            ChainError::UnknownAuthority { .. } | ChainError::SignatureMismatch { .. } => {
                (Code::ServerUntrusted, format!("append the CA `{}` to `{anchors}`, if this is the right etcd", leaf.issuer()))
            }
            ChainError::Host { .. } => {
                (Code::ServerName, format!("issue the server's certificate with the SAN `{host}`, or use a name that it has"))
            }
            ChainError::Expired { .. } => (
                Code::ServerNotValidNow,
                "renew it: `meshbundle generate --renew` (etcd needs no restart); or set this node's clock".to_owned(),
            ),
            ChainError::NotYetValid { .. } => {
                let now = moment(self.at, self.at);
                let help =
                    format!("compare the clocks: this node's is {now} and may be slow, or that of the issuing machine is fast");
                (Code::ServerNotValidNow, help)
            }
            _ => (Code::ServerUnfit, "issue the server's certificate again, for example with `meshbundle generate`".to_owned()),
        };
        Fault::new(code, format!("`{text}`: {error}"), help)
    }
}

impl ServerJudge {
    fn keep(&self, judgement: Judgement) -> Result<(), Error> {
        let good = judgement.is_ok();
        if let Ok(mut kept) = self.judgement.lock() {
            *kept = Some(judgement);
        }
        if good { Ok(()) } else { Err(CertificateError::ApplicationVerificationFailure.into()) }
    }

    /// Whether the server has the key of its certificate (Go's `verifyHandshakeSignature`). rustls would read the certificate by
    /// other rules.
    fn prove(&self, message: &[u8], leaf: &CertificateDer<'_>, signed: &DigitallySignedStruct) -> Result<(), Fault> {
        let leaf = self.read(leaf)?;
        let proven = go_tls::algorithm(signed.scheme).map(|how| leaf.has_signed(&how, message, signed.signature()));
        let what = match proven {
            Some(Some(true)) => return Ok(()),
            Some(None) => {
                let kind = leaf.public_key_kind();
                let what =
                    format!("the handshake is signed by {:?} with a key of kind {kind}, which cannot be checked", signed.scheme);
                return Err(self.identity.untried(&self.target, &what));
            }
            Some(Some(false)) => "its handshake is not signed with the key of its certificate".to_owned(),
            None => format!("it signs its handshake by {:?}, which Go does not offer", signed.scheme),
        };
        let message = format!("`{}`: the server `{}` cannot be trusted: {what}", self.target.text, leaf.label());
        Err(Fault::new(Code::ServerUnfit, message, "start it with the key of its certificate"))
    }

    fn proven(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        by: ProvenBy,
    ) -> Result<HandshakeSignatureValid, Error> {
        if let Err(fault) = self.prove(message, leaf, signed) {
            self.keep(Err(fault))?;
        }
        if let Ok(mut proof) = self.proof.lock() {
            *proof = Some(by);
        }
        Ok(HandshakeSignatureValid::assertion())
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
        self.keep(self.judge(end_entity, intermediates)).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.proven(message, cert, signed, ProvenBy::Tls12)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.proven(message, cert, signed, ProvenBy::Tls13)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        go_tls::schemes()
    }
}
