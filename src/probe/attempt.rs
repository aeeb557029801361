//! One endpoint, from its name to its first answer: name, TCP, TLS, client certificate, etcd's status, and the first request
//! that an agent makes, which is timed.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::diag::Code;
use crate::etcd::{Client, Fault, Identity, Names, RangeResponse, Reached, Refusal, StatusResponse, Way, printable, unwell};
use crate::spec::keyspace::HEARTBEAT;
use crate::verify::{Certificate, Peer, Target};

use super::round::Settings;

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
        let way = Way { target: &target, peer, identity, names };
        let mut reached = Reached::default();
        let done = timeout(settings.timeout, attempt.run(&way, &mut reached, settings)).await;
        attempt.fault = match done {
            Ok(result) => result.err(),
            Err(_) => Some(way.late(&reached, settings.timeout.as_secs())),
        };
        attempt.address = reached.address;
        attempt.chain = reached.chain;
        if attempt.fault.is_some() {
            // A member that does not serve may well have answered.
            attempt.client = None;
            attempt.round_trip = None;
        }
        attempt
    }

    async fn run(&mut self, way: &Way<'_>, reached: &mut Reached, settings: &Settings) -> Result<(), Fault> {
        let connection = way.open(settings.clock.now(), reached).await?;
        let client = &connection.client;
        let began = Instant::now();
        if let Some(status) = way.status(&connection, reached).await? {
            self.learn(&status, way.target)?;
        }
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
            return Err(way.unable(&connection, refusal));
        }
        let header = heartbeat.as_ref().ok().and_then(|answer| answer.header.as_ref());
        self.cluster_id = self.cluster_id.or(header.map(|header| header.cluster_id));
        self.heartbeat = Some(heartbeat);
        self.client = Some(connection.client);
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
}
