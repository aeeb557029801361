//! One endpoint, from its name to a connection that speaks gRPC: name, TCP, TLS, client certificate, and what of these fails.

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

/// Where to, as whom, and by which names.
pub(crate) struct EtcdClientConfig<'a> {
    pub(crate) target: &'a Target,
    pub(crate) peer: &'a Peer,
    pub(crate) identity: &'a Identity,
    pub(crate) names: &'a Names,
}

/// How far it came, for whoever stops waiting for it.
#[derive(Default)]
pub(crate) struct Reached {
    stage: Stage,
    /// Where the endpoint was reached.
    pub(crate) address: Option<SocketAddr>,
    /// The server's chain up to the anchor.
    pub(crate) chain: Vec<Certificate>,
    /// Whether it has spoken HTTP/2: from there on agents send it requests, and send those that fail nowhere else.
    pub(crate) connected: bool,
}

/// What was under way when the time was over.
#[derive(Default)]
enum Stage {
    #[default]
    Resolving,
    Dialling(Vec<IpAddr>),
    Handshake,
    Asking,
    Reading,
}

/// What came of a page of keys.
pub(crate) enum Page {
    Read,
    /// Not all of it, in time.
    Slow,
    /// Not a byte of it.
    Lost,
    Refused(Refusal),
}

/// A connection that stands.
pub(crate) struct Connection {
    pub(crate) client: Client,
    heard: Heard,
    /// Whether the server has asked for the client's certificate; `None` without TLS.
    pub(crate) asks: Option<bool>,
}

impl EtcdClientConfig<'_> {
    /// Connects. It waits as long as it is let.
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
            Err(refusal) => Err(self.refused(&refusal, &heard)),
        }
    }

    /// What the member says of itself, if it says that to anybody.
    ///
    /// # Errors
    /// That it is no etcd, or refuses the client.
    pub(crate) async fn status(&self, connection: &Connection, reached: &mut Reached) -> Result<Option<StatusResponse>, Fault> {
        let answer = connection.client.status().await;
        reached.connected = connection.heard.is_http2();
        let status = match answer {
            Ok(status) => Some(status),
            // Later versions may check rights here; then the version stays unknown.
            Err(Refusal::Denied | Refusal::Nameless) => None,
            Err(refusal) => return Err(self.unable(connection, &refusal)),
        };
        reached.stage = Stage::Reading;
        Ok(status)
    }

    /// The first page of what agents list, whose answer is too large for one packet.
    pub(crate) async fn page(&self, connection: &Connection, prefix: &str, time: Duration) -> Page {
        let before = connection.heard.total();
        match timeout(time, connection.client.list(prefix, PAGE, false)).await {
            Ok(Ok(_)) => Page::Read,
            Ok(Err(refusal)) => Page::Refused(refusal),
            Err(_) if connection.heard.total() > before => Page::Slow,
            Err(_) => Page::Lost,
        }
    }

    /// Watches `prefix` twice at a time, as two agents do, and returns the fault of an answer without the id of `etcd`, by which
    /// agents know it. A grpc-proxy answers the second watch by itself (`add` in `watch_broadcast.go`).
    pub(crate) async fn watches(&self, connection: &Connection, prefix: &str, etcd: u64, revision: i64) -> Option<Fault> {
        let mut held = Vec::new();
        for _ in 0..2 {
            // Rights, and connections that break, are judged by what is read.
            let mut watch = connection.client.watch(prefix, true, revision).await.ok()?;
            let named = watch.begun().await.ok()?;
            if named != etcd {
                let message = format!(
                    "`{}`: a proxy answers watches in its own name: it names the etcd cluster {named:x}, and reads come from {etcd:x}",
                    self.target.text
                );
                let help = "point the endpoint to the members themselves, or to `etcd gateway`, which passes TLS through";
                return Some(Fault::new(Code::ProxyWatches, message, help));
            }
            held.push(watch);
        }
        None
    }

    /// The fault of an endpoint whose small answers arrive, and large ones do not.
    pub(crate) fn lossy(&self, address: Option<SocketAddr>, seconds: u64) -> Fault {
        let message = format!(
            "`{}`: small answers arrive, and nothing of a page of keys within {seconds} s: large packets are lost",
            self.target.text
        );
        Fault::new(Code::LargePacketsLost, message, path_mtu(address))
    }

    /// The fault of a connection whose first requests fail.
    pub(crate) fn unable(&self, connection: &Connection, refusal: &Refusal) -> Fault {
        self.refused(refusal, &connection.heard)
    }

    /// The fault of an endpoint that did not come further than `reached` within `seconds`.
    pub(crate) fn late(&self, reached: &Reached, seconds: u64) -> Fault {
        let Self { target, peer, names, .. } = *self;
        let at = &target.text;
        let node =
            format!("look at the machine there, and at what stands between: `openssl s_client -connect {}`", target.authority());
        match &reached.stage {
            Stage::Resolving => {
                let message = format!("`{}` does not resolve within {seconds} s: no name server answers", target.host);
                names.unknown(&target.host, peer, &message)
            }
            Stage::Dialling(addresses) => silent(target, addresses, seconds),
            Stage::Handshake => {
                let message = format!("`{at}`: connected, but no TLS handshake came about within {seconds} s");
                Fault::new(Code::NoAnswer, message, format!("{node}; {}", path_mtu(reached.address)))
                    .because("what listens there is mute, or large packets are lost: the first one of agents has 1,484 bytes")
            }
            Stage::Asking => {
                Fault::new(Code::NoAnswer, format!("`{at}`: connected, but no answer of etcd within {seconds} s"), node)
            }
            Stage::Reading => unwell(at, &format!("it tells its status, but reads nothing within {seconds} s")),
        }
    }

    fn refused(&self, refusal: &Refusal, heard: &Heard) -> Fault {
        let Self { target, identity, .. } = *self;
        let at = &target.text;
        let stranger = |what: &str| {
            let message = format!("`{at}`: what answers is not etcd: {what}");
            let help = "correct host or port: etcd's port for clients is 2379, and 2380 is that of its peers";
            let fault = Fault::new(Code::NotEtcd, message, help);
            let untold = "the connection stands, without TLS as the endpoint says, but what answers does not speak etcd's gRPC";
            if target.tls { fault } else { fault.because(untold) }
        };
        if let Some(error) = heard.error() {
            return alert::judged(&error, target, identity, self.names.version(), true);
        }
        match refusal {
            Refusal::Unwell(what) => unwell(at, what),
            Refusal::Stranger(what) => stranger(what),
            Refusal::Denied | Refusal::Nameless => unwell(at, "it denies"),
            Refusal::ProxyDenied => Fault::new(
                Code::PermissionDenied,
                format!("`{at}`: an etcd grpc-proxy answers, and the etcd behind it denies what it asks in its own name"),
                "point the endpoint to the members themselves, or to `etcd gateway`, which passes TLS through",
            )
            .because(
                "a grpc-proxy ends TLS: etcd sees the proxy's certificate, never the agent's, and so the agent's user is lost",
            ),
            Refusal::Gone(what) => match heard.first().as_slice() {
                // So does an etcd with TLS.
                [] if !target.tls => stranger("it closes without a word: perhaps it wants TLS, or is the port of etcd's peers"),
                // Others send an alert.
                [0x15 | 0x16, 3, ..] if !target.tls => Fault::new(
                    Code::NotEtcd,
                    format!("`{at}`: the endpoint says `http`, and what listens there wants TLS"),
                    "write `https` in the endpoint",
                )
                .because("with `http` agents speak no TLS, and an etcd with TLS does not understand them"),
                _ if heard.is_http2() => unwell(at, &format!("the connection breaks ({what})")),
                [] => stranger("it closes the connection without a word"),
                [b'H', b'T', b'T', b'P', ..] => stranger("it speaks HTTP/1"),
                _ => stranger(what),
            },
        }
    }
}

/// How the largest packet that gets through is found.
fn path_mtu(address: Option<SocketAddr>) -> String {
    let host = address.map_or_else(|| "HOST".to_owned(), |address| address.ip().to_string());
    format!("compare the MTU of this node with that of the path: `ping -c 3 -M do -s 1472 {host}`, `tracepath -n {host}`")
}

/// That the etcd at `at` is there, and does not do its work.
pub(crate) fn unwell(at: &str, what: &str) -> Fault {
    let help = "look at its members: `etcdctl endpoint status --cluster -w table`, `etcdctl endpoint health --cluster`";
    Fault::new(Code::EtcdUnwell, format!("`{at}`: the etcd does not serve: {what}"), help)
}
