//! Connects to one endpoint: resolves its name, and opens TCP, TLS and gRPC. Reports which of these steps fails.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::timeout;

use crate::diag::Code;
use crate::verify::{Peer, Target};
use crate::x509::Certificate;

use super::alert;
use super::client::{Client, Refusal};
use super::dial::{dial, silent};
use super::fault::Fault;
use super::identity::Identity;
use super::messages::StatusResponse;
use super::resolve::{Addresses, Names};
use super::tls::{Heard, Secured, Tap, secure};

/// Agents list this many keys in one request (`pkg/kvstore/etcd.go` in cilium/cilium).
const PAGE: i64 = 256;

/// A revision that no etcd reaches: at a million writes a second, it takes 140,000 years.
const NEVER: i64 = i64::MAX / 2;

/// The help where a server closes a connection without TLS.
const USE_TLS: &str = "write `https` in the endpoint; if the port is that of etcd's peers, write the one for clients";

/// The endpoint to connect to, the client's identity, and the resolver.
pub(crate) struct EtcdClientConfig<'a> {
    pub(crate) target: &'a Target,
    pub(crate) peer: &'a Peer,
    pub(crate) identity: &'a Identity,
    pub(crate) names: &'a Names,
}

/// How far a connection came, for a caller that stops waiting for it.
#[derive(Default)]
pub(crate) struct Reached {
    stage: Stage,
    /// Where the endpoint was reached.
    pub(crate) address: Option<SocketAddr>,
    /// The server's chain up to the trusted CA.
    pub(crate) chain: Vec<Certificate>,
    /// Whether the server has spoken HTTP/2: from then on agents send it requests, and do not repeat those that fail elsewhere.
    pub(crate) connected: bool,
}

/// The step that was under way when the time was over.
#[derive(Default)]
enum Stage {
    #[default]
    Resolving,
    Dialling(Vec<IpAddr>),
    Handshake,
    Asking,
    Reading,
}

/// How a page of keys arrived.
pub(crate) enum Page {
    Read,
    /// Only a part of it, in time.
    Slow,
    /// No byte of it.
    Lost,
    Refused(Refusal),
}

/// An open connection.
pub(crate) struct Connection {
    pub(crate) client: Client,
    heard: Heard,
    /// Whether the server has asked for the client's certificate; `None` without TLS.
    pub(crate) asks: Option<bool>,
}

impl EtcdClientConfig<'_> {
    /// Connects, without a time limit of its own.
    ///
    /// # Errors
    /// Why that does not work, and what to do.
    pub(crate) async fn open(&self, now: OffsetDateTime, reached: &mut Reached) -> Result<Connection, Fault> {
        let addresses = self.addresses().await?;
        self.open_at(&addresses.all, now, reached).await
    }

    /// The addresses of the endpoint's host.
    ///
    /// # Errors
    /// That it has none.
    pub(crate) async fn addresses(&self) -> Result<Addresses, Fault> {
        self.names.addresses(&self.target.host, self.peer).await
    }

    /// Connects with the first of `addresses` that accepts.
    ///
    /// # Errors
    /// Why that does not work, and what to do.
    pub(crate) async fn open_at(
        &self,
        addresses: &[IpAddr],
        now: OffsetDateTime,
        reached: &mut Reached,
    ) -> Result<Connection, Fault> {
        let Self { target, peer, identity, names, .. } = *self;
        reached.stage = Stage::Dialling(addresses.to_vec());
        let (stream, address) = dial(target, addresses).await?;
        reached.address = Some(address);
        reached.stage = Stage::Handshake;
        let (stream, heard, asks) = if target.tls {
            let Secured { stream, heard, chain, asks } =
                secure(stream, address, target, peer, identity, names.version(), now).await?;
            reached.chain = chain;
            (stream, heard, Some(asks))
        } else {
            let (stream, heard) = Tap::new(stream);
            (Box::new(stream) as _, heard, None)
        };
        reached.stage = Stage::Asking;
        let scheme = if target.tls { "https" } else { "http" };
        match Client::over(stream, scheme, &target.authority()).await {
            Ok(client) => Ok(Connection { client, heard, asks }),
            Err(refusal) => Err(self.refused(&refusal, &heard, asks)),
        }
    }

    /// The member's status, if it reports it to this client.
    ///
    /// # Errors
    /// If the server is not etcd, or rejects the client.
    pub(crate) async fn status(&self, connection: &Connection, reached: &mut Reached) -> Result<Option<StatusResponse>, Fault> {
        let answer = connection.client.status().await;
        reached.connected = connection.heard.is_http2();
        let status = match answer {
            Ok(status) => Some(status),
            // Later versions may check rights here; the version is then unknown.
            Err(Refusal::Denied | Refusal::Nameless) => None,
            Err(refusal) => return Err(self.unable(connection, &refusal)),
        };
        reached.stage = Stage::Reading;
        Ok(status)
    }

    /// Reads the first page of keys that agents list. Its answer is too large for one packet.
    pub(crate) async fn page(&self, connection: &Connection, prefix: &str, time: Duration) -> Page {
        let before = connection.heard.total();
        match timeout(time, connection.client.list(prefix, PAGE, false)).await {
            Ok(Ok(_)) => Page::Read,
            Ok(Err(refusal)) => Page::Refused(refusal),
            Err(_) if connection.heard.total() > before => Page::Slow,
            Err(_) => Page::Lost,
        }
    }

    /// Watches `prefix` twice at the same time, as two agents do. Returns the fault of an answer without the id of `etcd`, which
    /// agents check. A grpc-proxy answers the second watch by itself (`add` in `watch_broadcast.go`), if the first has not seen
    /// an event that the second still waits for. Both wait for a revision that no etcd reaches, so it has not.
    pub(crate) async fn watches(&self, connection: &Connection, prefix: &str, etcd: u64) -> Option<Fault> {
        let mut held = Vec::new();
        for _ in 0..2 {
            // Missing rights and broken connections show in what is read.
            let mut watch = connection.client.watch(prefix, true, NEVER).await.ok()?;
            let named = watch.begun().await.ok()?;
            if named != etcd {
                let message = format!(
                    "`{}`: a proxy answers watches itself: they come from the etcd cluster {named:x}, and reads from {etcd:x}",
                    self.target.text
                );
                let help = "point the endpoint to the members themselves, or to `etcd gateway`, which passes TLS through";
                return Some(Fault::new(Code::ProxyWatches, message, help));
            }
            held.push(watch);
        }
        None
    }

    /// The fault of an endpoint that answers reads, but has not confirmed a watch within `seconds`.
    pub(crate) fn unwatched(&self, seconds: u64) -> Fault {
        unwell(&self.target.text, &format!("it answers reads, but confirms no watch within {seconds} s"))
    }

    /// The fault of an endpoint whose small answers arrive, but whose large ones do not.
    pub(crate) fn lossy(&self, address: Option<SocketAddr>, seconds: u64) -> Fault {
        let message = format!(
            "`{}`: small answers arrive, but no page of keys within {seconds} s: large packets are lost",
            self.target.text
        );
        Fault::new(Code::LargePacketsLost, message, path_mtu(address))
    }

    /// The fault of a connection whose first requests fail.
    pub(crate) fn unable(&self, connection: &Connection, refusal: &Refusal) -> Fault {
        self.refused(refusal, &connection.heard, connection.asks)
    }

    /// The fault of an endpoint that did not come further than `reached` within `seconds`.
    pub(crate) fn late(&self, reached: &Reached, seconds: u64) -> Fault {
        let Self { target, peer, names, .. } = *self;
        let at = &target.text;
        let node =
            format!("check the machine there, and firewalls in between: `openssl s_client -connect {}`", target.authority());
        match &reached.stage {
            Stage::Resolving => {
                let message = format!("`{}` does not resolve within {seconds} s: no name server answers", target.host);
                names.unknown(&target.host, peer, &message)
            }
            Stage::Dialling(addresses) => silent(target, addresses, seconds),
            Stage::Handshake => {
                let message = format!("`{at}`: connected, but the TLS handshake did not complete within {seconds} s");
                Fault::new(Code::NoAnswer, message, format!("{node}; {}", path_mtu(reached.address))).because(
                    "the server there does not answer, or large packets are lost: the first packet of agents has 1,484 bytes",
                )
            }
            Stage::Asking => {
                Fault::new(Code::NoAnswer, format!("`{at}`: connected, but no answer of etcd within {seconds} s"), node)
            }
            Stage::Reading => unwell(at, &format!("it reports its status, but answers no read within {seconds} s")),
        }
    }

    fn refused(&self, refusal: &Refusal, heard: &Heard, asks: Option<bool>) -> Fault {
        let Self { target, identity, .. } = *self;
        let at = &target.text;
        let stranger = |what: &str| {
            let message = format!("`{at}`: the server there is not etcd: {what}");
            let help = "correct the host or port: etcd's client port is 2379, and its peer port 2380";
            let fault = Fault::new(Code::NotEtcd, message, help);
            let untold = "the connection works, without TLS as in the endpoint, but the server does not speak etcd's gRPC";
            if target.tls { fault } else { fault.because(untold) }
        };
        if let Some(error) = heard.error() {
            return alert::judge(&error, target, identity, self.names.version(), true);
        }
        match refusal {
            Refusal::Unwell(what) => unwell(at, what),
            Refusal::Stranger(what) => stranger(what),
            Refusal::Denied | Refusal::Nameless => unwell(at, "it denies"),
            Refusal::ProxyDenied => Fault::new(
                Code::PermissionDenied,
                format!("`{at}`: an etcd grpc-proxy answers, but the etcd behind it denies the proxy's requests"),
                "point the endpoint to the members themselves, or to `etcd gateway`, which passes TLS through",
            )
            .because("a grpc-proxy terminates TLS: etcd sees the certificate and user of the proxy, not of the agent"),
            Refusal::Gone(what) => match heard.first().as_slice() {
                // So does an etcd with TLS.
                [] if !target.tls => {
                    let what = "it closes the connection without an answer: it may require TLS, or be etcd's peer port";
                    Fault { help: USE_TLS.to_owned(), ..stranger(what) }
                }
                // Others send an alert.
                [0x15 | 0x16, 3, ..] if !target.tls => Fault::new(
                    Code::NotEtcd,
                    format!("`{at}`: the endpoint has `http`, but the server there requires TLS"),
                    "write `https` in the endpoint",
                )
                .because("with `http`, agents do not use TLS, and an etcd with TLS rejects them"),
                // What hyper says of a GOAWAY without an error, as servers send it when they stop.
                _ if heard.is_http2() && what.contains("not a result of an error") => unwell(at, "it is shutting down"),
                _ if heard.is_http2() => unwell(at, &format!("the connection breaks ({what})")),
                // The alert about it is lost where the server hangs up before it has read all that was written.
                [] if asks == Some(true) && identity.leaf().is_none() => identity.refused(at, "closes the connection"),
                [] => stranger("it closes the connection without an answer"),
                [b'H', b'T', b'T', b'P', ..] => stranger("it speaks HTTP/1"),
                _ => stranger(what),
            },
        }
    }
}

/// Commands that find the largest packet that passes.
fn path_mtu(address: Option<SocketAddr>) -> String {
    let host = address.map_or_else(|| "HOST".to_owned(), |address| address.ip().to_string());
    format!("compare the MTU of this node with that of the path: `ping -c 3 -M do -s 1472 {host}`, `tracepath -n {host}`")
}

/// The fault of an etcd at `at` that answers, but does not serve.
pub(crate) fn unwell(at: &str, what: &str) -> Fault {
    let help = "check its members: `etcdctl endpoint status --cluster -w table`, `etcdctl endpoint health --cluster`";
    Fault::new(Code::EtcdUnwell, format!("`{at}`: the etcd does not serve: {what}"), help)
}
