//! Makes a TLS stream from a TCP stream as Go's client does, or reports why that fails.
//!
//! TLS 1.2 or newer (`MinVersion` in etcd's client/v3/yaml), ALPN `h2`, no SNI for addresses. The stream is read after the
//! handshake: with TLS 1.3 the client learns only then that its certificate is rejected.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, Error};

use crate::mesh::CiliumVersion;
use crate::verify::{Peer, Target};
use crate::x509::Certificate;

use super::alert;
use super::fault::Fault;
use super::go_tls;
use super::identity::{Identity, Presenter};
use super::server::ServerJudge;

/// A stream that can carry gRPC.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// How long to wait for the server's first bytes before the client begins. Go's servers begin at once; a proxy may wait for the
/// client.
const FIRST_WORD: Duration = Duration::from_millis(500);

/// What a connection has received: the first bytes, and the first TLS error.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    first: Vec<u8>,
    error: Option<Error>,
    total: usize,
}

impl Heard {
    /// The first error of TLS.
    pub(super) fn error(&self) -> Option<Error> {
        self.0.lock().ok()?.error.clone()
    }

    /// The first bytes.
    pub(super) fn first(&self) -> Vec<u8> {
        self.0.lock().map(|heard| heard.first.clone()).unwrap_or_default()
    }

    /// The number of bytes.
    pub(super) fn total(&self) -> usize {
        self.0.lock().map(|heard| heard.total).unwrap_or_default()
    }

    /// Whether it began with a SETTINGS frame, as every server of HTTP/2 does (RFC 9113 3.4).
    pub(super) fn is_http2(&self) -> bool {
        matches!(self.first().as_slice(), [0, _, _, 4, ..])
    }

    fn note(&self, result: &io::Result<()>, bytes: &[u8]) {
        let Ok(mut heard) = self.0.lock() else { return };
        heard.total = heard.total.saturating_add(bytes.len());
        if heard.first.is_empty() {
            heard.first.extend(bytes.iter().take(16));
        }
        if let Err(error) = result
            && heard.error.is_none()
        {
            heard.error = tls_error(error).cloned();
        }
    }
}

/// A stream whose bytes are noted.
pub(super) struct Tap<S> {
    inner: S,
    heard: Heard,
}

impl<S> Tap<S> {
    pub(super) fn new(inner: S) -> (Self, Heard) {
        let heard = Heard::default();
        (Self { inner, heard: heard.clone() }, heard)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        if let Poll::Ready(result) = &polled {
            self.heard.note(result, buf.filled().get(before..).unwrap_or_default());
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// A connection after its TLS handshake.
pub(super) struct Secured {
    pub(super) stream: Box<dyn Stream>,
    pub(super) heard: Heard,
    /// The server's chain up to the trusted CA.
    pub(super) chain: Vec<Certificate>,
    /// Whether the server has asked for the client's certificate.
    pub(super) asks: bool,
}

/// Does the TLS handshake, and waits for the server's first bytes.
///
/// # Errors
/// Why that fails, and which end has caused it.
pub(super) async fn secure(
    stream: TcpStream,
    address: SocketAddr,
    target: &Target,
    peer: &Peer,
    identity: &Identity,
    version: CiliumVersion,
    now: OffsetDateTime,
) -> Result<Secured, Fault> {
    let judge = Arc::new(ServerJudge::new(peer, target, identity, now));
    let presenter = Arc::new(Presenter::new(identity));
    let mut config = ClientConfig::builder_with_provider(Arc::new(go_tls::provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| alert::judge(&error, target, identity, version, false))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&judge) as _)
        .with_client_cert_resolver(Arc::clone(&presenter) as _);
    config.alpn_protocols = vec![b"h2".to_vec()];
    // SNI holds DNS names only: addresses are dialled without it.
    let host = target.host.strip_suffix('.').unwrap_or(&target.host).to_owned();
    let name = ServerName::try_from(host).unwrap_or_else(|_| ServerName::IpAddress(address.ip().into()));
    let stream = match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(stream) => stream,
        Err(error) => {
            return Err(match (judge.judgement(), tls_error(&error)) {
                (Some(Err(fault)), _) => fault,
                (_, Some(error)) => alert::judge(error, target, identity, version, presenter.asked()),
                // The server closed the connection before TLS began.
                (None, None) => alert::closed_without_alert(target, &error),
                (Some(Ok(_)), None) => identity.refused(&target.text, &format!("ends the handshake ({error})")),
            });
        }
    };
    let chain = judge.judgement().and_then(Result::ok).unwrap_or_default();
    let offered = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let (tapped, heard) = Tap::new(stream);
    let mut stream = BufReader::new(tapped);
    let _ = tokio::time::timeout(FIRST_WORD, stream.fill_buf()).await;
    if let Some(error) = heard.error() {
        return Err(alert::judge(&error, target, identity, version, presenter.asked()));
    }
    // Agents since grpc-go 1.67 insist on it, and every etcd offers it.
    if !offered {
        return Err(alert::not_http2(&target.text));
    }
    Ok(Secured { stream: Box::new(stream), heard, chain, asks: presenter.asked() })
}

/// The error of TLS that ended a handshake, if one did.
pub(super) fn tls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}
