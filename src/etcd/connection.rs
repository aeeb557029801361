//! One endpoint, from its name to a connection that speaks gRPC: name, TCP, TLS, client certificate, and what of these fails.

use std::net::{IpAddr, SocketAddr};

use time::OffsetDateTime;

use crate::diag::Code;
use crate::verify::{Certificate, Peer, Target};

use super::alert;
use super::client::{Client, Refusal};
use super::dial::{dial, silent};
use super::fault::Fault;
use super::identity::Identity;
use super::messages::StatusResponse;
use super::resolve::Names;
use super::tls::{Heard, Secured, Tap, secure};

/// Where to, as whom, and by which names.
pub(crate) struct Way<'a> {
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

/// A connection that stands.
pub(crate) struct Connection {
    pub(crate) client: Client,
    heard: Heard,
}

impl Way<'_> {
    /// Connects. It waits as long as it is let.
    ///
    /// # Errors
    /// Why that does not work, and what to do.
    pub(crate) async fn open(&self, now: OffsetDateTime, reached: &mut Reached) -> Result<Connection, Fault> {
        let Self { target, peer, identity, names } = *self;
        let addresses = names.addresses(&target.host, peer).await?;
        reached.stage = Stage::Dialling(addresses.clone());
        let (stream, address) = dial(target, &addresses).await?;
        reached.address = Some(address);
        reached.stage = Stage::Handshake;
        let (stream, heard) = if target.tls {
            let Secured { stream, heard, chain } = secure(stream, address, target, peer, identity, now).await?;
            reached.chain = chain;
            (stream, heard)
        } else {
            let (stream, heard) = Tap::new(stream);
            (Box::new(stream) as _, heard)
        };
        reached.stage = Stage::Asking;
        let scheme = if target.tls { "https" } else { "http" };
        match Client::over(stream, scheme, &target.authority()).await {
            Ok(client) => Ok(Connection { client, heard }),
            Err(refusal) => Err(self.refused(&refusal, &heard)),
        }
    }

    /// What the member says of itself, if it says that to anybody.
    ///
    /// # Errors
    /// That it is no etcd, or refuses the client.
    pub(crate) async fn status(&self, connection: &Connection, reached: &mut Reached) -> Result<Option<StatusResponse>, Fault> {
        let status = match connection.client.status().await {
            Ok(status) => Some(status),
            // Later versions may check rights here; then the version stays unknown.
            Err(Refusal::Denied | Refusal::Nameless) => None,
            Err(refusal) => return Err(self.unable(connection, &refusal)),
        };
        reached.stage = Stage::Reading;
        Ok(status)
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
                Fault::new(Code::NoAnswer, format!("`{at}`: connected, but no handshake came about within {seconds} s"), node)
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
            return alert::judged(&error, target, identity);
        }
        match refusal {
            Refusal::Unwell(what) => unwell(at, what),
            Refusal::Stranger(what) => stranger(what),
            Refusal::Denied | Refusal::Nameless => unwell(at, "it denies"),
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
                // A frame of HTTP/2: SETTINGS.
                [0, _, _, 4, ..] => unwell(at, &format!("the connection breaks ({what})")),
                [] => stranger("it closes the connection without a word"),
                [b'H', b'T', b'T', b'P', ..] => stranger("it speaks HTTP/1"),
                _ => stranger(what),
            },
        }
    }
}

/// That the etcd at `at` is there, and does not do its work.
pub(crate) fn unwell(at: &str, what: &str) -> Fault {
    let help = "look at its members: `etcdctl endpoint status --cluster -w table`, `etcdctl endpoint health --cluster`";
    Fault::new(Code::EtcdUnwell, format!("`{at}`: the etcd does not serve: {what}"), help)
}
