//! What a server presents in a TLS handshake, and which CAs it asks client certificates from, as a client without a credential sees it.
//!
//! Go's server lists the subjects of the CAs that it has loaded (`certificateAuthorities` in `crypto/tls/handshake_server_tls13.go`).
//! With TLS 1.3 its signature covers that list (RFC 8446 4.4.3), and it rejects the client only after it. With TLS 1.2 nothing proves
//! the list before both ends are done (RFC 5246 7.4.9), and a server that requires a certificate is never done with such a client.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::ResolvesClientCert;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ClientConfig, Error, SignatureScheme};

use crate::diag::Code;
use crate::mesh::CiliumVersion;
use crate::verify::{Peer, PeerEtcd, Target};
use crate::x509::Certificate;

use super::alert;
use super::dial::dial_within;
use super::fault::Fault;
use super::go_tls;
use super::identity::Identity;
use super::server::{ProvenBy, ServerJudge};
use super::tls::tls_error;

/// Names of CAs that are read of a list. A bundle has a few, the roots of all browsers are 150, and a handshake may hold 16,000.
const MAX_NAMES: usize = 512;
/// Longest name of a CA that is read, in bytes of DER.
const MAX_NAME: usize = 4096;

/// What a server presents.
pub(crate) struct Presented {
    /// Its chain up to the trusted CA, the leaf first. The server has proven that it has the leaf's key.
    pub(crate) chain: Vec<Certificate>,
    /// Whose certificates it asks its clients for.
    pub(crate) asks: Asks,
}

/// Whose certificates a server asks its clients for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asks {
    /// It asks for none.
    Nothing,
    /// It asks for one, and does not say of whom: Go without a file of CAs accepts those of the system's.
    Unlisted,
    /// It asks for one, and nothing proves what it says of the CAs.
    Unproven,
    /// Its list is longer than any that is read.
    TooMany,
    /// The subjects of these CAs, DER.
    Of(Vec<Vec<u8>>),
}

/// Does a handshake with the server at `address` and `target`'s port within `time`. `anchors` are the CAs that its certificate is
/// verified against.
///
/// # Errors
/// Why there is none, or why its certificate does not count.
pub(crate) async fn presented(
    target: &Target,
    address: IpAddr,
    anchors: &[Certificate],
    time: Duration,
    now: OffsetDateTime,
) -> Result<Presented, Fault> {
    let seconds = time.as_secs();
    let begun = tokio::time::Instant::now();
    let stream = dial_within(target, address, time).await?;
    let left = time.saturating_sub(begun.elapsed());
    timeout(left, handshake(stream, address, target, anchors, now)).await.unwrap_or_else(|_| {
        let message = format!("`{}`: connected, but the TLS handshake did not complete within {seconds} s", target.text);
        Err(Fault::new(Code::NoAnswer, message, format!("check it: `openssl s_client -connect {}`", target.authority())))
    })
}

async fn handshake(
    stream: TcpStream,
    address: IpAddr,
    target: &Target,
    anchors: &[Certificate],
    now: OffsetDateTime,
) -> Result<Presented, Fault> {
    let peer = anonymous(anchors);
    let identity = Identity::of(&peer, now)?;
    let judge = Arc::new(ServerJudge::new(&peer, target, &identity, now));
    let listener = Arc::new(Listener::default());
    let failed = |error: &Error| alert::judge(error, target, &identity, CiliumVersion::NEWEST, listener.asks().is_some());
    // Without ALPN: this is no connection for requests.
    let config = ClientConfig::builder_with_provider(Arc::new(go_tls::provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&judge) as _)
        .with_client_cert_resolver(Arc::clone(&listener) as _);
    let name = ServerName::try_from(target.host.clone()).unwrap_or_else(|_| ServerName::IpAddress(address.into()));
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    match (judge.judgement(), judge.proof(), connected) {
        (Some(Err(fault)), _, _) => Err(fault),
        (Some(Ok(chain)), Some(proof), done) => {
            let counts = done.is_ok() || proof == ProvenBy::Tls13;
            let asks = if counts { listener.asks().unwrap_or(Asks::Nothing) } else { Asks::Unproven };
            Ok(Presented { chain, asks })
        }
        (_, _, Err(error)) => Err(match tls_error(&error) {
            Some(error) => failed(error),
            None => alert::closed_without_alert(target, &error),
        }),
        // rustls completes no handshake without a certificate that was judged.
        (_, _, Ok(_)) => Err(alert::plain(&target.text)),
    }
}

/// A client that has no certificate.
fn anonymous(anchors: &[Certificate]) -> Peer {
    Peer {
        name: String::new(),
        file: String::new(),
        id: None,
        etcd: PeerEtcd::Remote,
        config: Arc::default(),
        anchors: anchors.into(),
        doubt: None,
        chain: Arc::default(),
        key: None,
        blocked: None,
        local: Vec::new(),
    }
}

/// Has no certificate, and notes whose the server asks for.
#[derive(Debug, Default)]
struct Listener(Mutex<Option<Asks>>);

impl Listener {
    /// None if it asks for nothing.
    fn asks(&self) -> Option<Asks> {
        self.0.lock().map_or(Some(Asks::Unproven), |asks| asks.clone())
    }
}

impl ResolvesClientCert for Listener {
    fn resolve(&self, authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let asks = match authorities {
            [] => Asks::Unlisted,
            many if many.len() > MAX_NAMES || many.iter().any(|name| name.len() > MAX_NAME) => Asks::TooMany,
            names => Asks::Of(names.iter().map(|name| name.to_vec()).collect()),
        };
        if let Ok(mut heard) = self.0.lock() {
            *heard = Some(asks);
        }
        None
    }

    fn has_certs(&self) -> bool {
        // Where it is false, rustls does not listen.
        true
    }
}
