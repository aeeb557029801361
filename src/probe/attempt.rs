//! One endpoint, from its name to its first answer: name, TCP, TLS, client certificate, etcd's status, and the first request
//! that an agent makes, which is timed.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::diag::Code;
use crate::spec::keyspace::HEARTBEAT;
use crate::verify::{Certificate, Peer, Target};

use super::alert;
use super::dial::{dial, silent};
use super::etcd::{Client, RangeResponse, Refusal, StatusResponse};
use super::fault::{Fault, printable};
use super::identity::Identity;
use super::resolve::Names;
use super::round::Settings;
use super::tls::{Heard, Secured, Tap, secure};

/// Slower answers are told.
pub(super) const SLOW: Duration = Duration::from_secs(1);
/// More than a heartbeat's prefix has.
const HEARTBEATS: i64 = 16;

/// What came of one endpoint.
#[derive(Default)]
pub struct Attempt {
    /// As it is written.
    pub endpoint: String,
    /// Where it was reached.
    pub address: Option<SocketAddr>,
    /// The version that etcd tells of itself.
    pub etcd_version: Option<String>,
    /// The id of the etcd cluster, which agents pin.
    pub cluster_id: Option<u64>,
    /// How long one answer took, the best of two or three.
    pub round_trip: Option<Duration>,
    /// Why it does not work.
    pub fault: Option<Fault>,
    /// The open connection.
    pub(super) client: Option<Client>,
    /// What listing the heartbeat has given.
    pub(super) heartbeat: Option<Result<RangeResponse, Refusal>>,
    /// The server's chain up to the anchor.
    pub(super) chain: Vec<Certificate>,
    stage: Stage,
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

impl Attempt {
    /// Tries `endpoint` of `peer` within the time of `settings`.
    pub(super) async fn make(endpoint: &str, peer: &Peer, identity: &Identity, names: &Names, settings: &Settings) -> Self {
        let mut attempt = Self { endpoint: endpoint.to_owned(), ..Self::default() };
        let target = match Target::parse(endpoint, &peer.config) {
            Ok(target) => target,
            Err(message) => {
                let fault = Fault::new(Code::NothingToProbe, message, "write it as `https://HOST:2379`");
                return Self { fault: Some(fault), ..attempt };
            }
        };
        let done = timeout(settings.timeout, attempt.run(&target, peer, identity, names, settings)).await;
        attempt.fault = match done {
            Ok(result) => result.err(),
            Err(_) => Some(attempt.late(&target, peer, names, settings.timeout.as_secs())),
        };
        if attempt.fault.is_some() {
            // A member that does not serve may well have answered.
            attempt.client = None;
            attempt.round_trip = None;
        }
        attempt
    }

    async fn run(
        &mut self,
        target: &Target,
        peer: &Peer,
        identity: &Identity,
        names: &Names,
        settings: &Settings,
    ) -> Result<(), Fault> {
        let addresses = names.addresses(&target.host, peer).await?;
        self.stage = Stage::Dialling(addresses.clone());
        let (stream, address) = dial(target, &addresses).await?;
        self.address = Some(address);
        self.stage = Stage::Handshake;
        let (stream, heard) = if target.tls {
            let now = settings.clock.now();
            let Secured { stream, heard, chain } = secure(stream, address, target, peer, identity, now).await?;
            self.chain = chain;
            (stream, heard)
        } else {
            let (stream, heard) = Tap::new(stream);
            (Box::new(stream) as _, heard)
        };
        self.stage = Stage::Asking;
        let unable = |refusal: &Refusal| refused(refusal, target, identity, &heard);
        let scheme = if target.tls { "https" } else { "http" };
        let client = Client::over(stream, scheme, &target.authority()).await.map_err(|refusal| unable(&refusal))?;
        let began = Instant::now();
        match client.status().await {
            Ok(status) => self.learn(&status, target)?,
            // Later versions may check rights here; then the version stays unknown.
            Err(Refusal::Denied | Refusal::Nameless) => {}
            Err(refusal) => return Err(unable(&refusal)),
        }
        self.stage = Stage::Reading;
        let first = began.elapsed();
        let began = Instant::now();
        let heartbeat = client.list(HEARTBEAT, HEARTBEATS, false).await;
        let mut best = began.elapsed().min(first);
        // All links are tried at once, and that alone may keep an etcd busy: only what is slow again is slow.
        if best > SLOW {
            let began = Instant::now();
            let _ = client.list(HEARTBEAT, 1, true).await;
            best = best.min(began.elapsed());
        }
        self.round_trip = Some(best);
        if let Err(refusal @ (Refusal::Gone(_) | Refusal::Stranger(_) | Refusal::Unwell(_))) = &heartbeat {
            return Err(unable(refusal));
        }
        let header = heartbeat.as_ref().ok().and_then(|answer| answer.header.as_ref());
        self.cluster_id = self.cluster_id.or(header.map(|header| header.cluster_id));
        self.heartbeat = Some(heartbeat);
        self.client = Some(client);
        Ok(())
    }

    fn learn(&mut self, status: &StatusResponse, target: &Target) -> Result<(), Fault> {
        self.etcd_version = Some(printable(&status.version));
        self.cluster_id = status.header.as_ref().map(|header| header.cluster_id);
        if status.leader == 0 {
            return Err(unwell(&target.text, "it has no leader"));
        }
        Ok(())
    }

    fn late(&self, target: &Target, peer: &Peer, names: &Names, seconds: u64) -> Fault {
        let at = &target.text;
        let node =
            format!("look at the machine there, and at what stands between: `openssl s_client -connect {}`", target.authority());
        match &self.stage {
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
}

pub(super) fn unwell(at: &str, what: &str) -> Fault {
    let help = "look at its members: `etcdctl endpoint status --cluster -w table`, `etcdctl endpoint health --cluster`";
    Fault::new(Code::EtcdUnwell, format!("`{at}`: the etcd does not serve: {what}"), help)
}

/// The fault of an endpoint whose first requests fail.
fn refused(refusal: &Refusal, target: &Target, identity: &Identity, heard: &Heard) -> Fault {
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
