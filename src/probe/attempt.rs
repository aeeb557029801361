//! Tries one address of an endpoint, from TCP to its first answers: TLS, client certificate, etcd's status, and the first requests
//! of an agent, which are timed. Makes several connections, because a balancer may spread them.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::diag::Code;
use crate::etcd::{
    Client, Connection, EtcdClientConfig, Fault, Identity, Page, RangeResponse, Reached, Refusal, StatusResponse, printable,
    unwell,
};
use crate::mesh::Feature;
use crate::mesh::keyspace::{self, HEARTBEAT};
use crate::verify::Target;
use crate::x509::Certificate;

use super::settings::Settings;
use super::shared::Shared;

/// An answer that takes longer is reported.
pub(super) const SLOW: Duration = Duration::from_secs(1);
/// An answer that has not arrived by then is lost, if that is several round trips.
const SURE: Duration = Duration::from_secs(2);
/// More than a heartbeat's prefix has.
const HEARTBEATS: i64 = 16;
/// Connections after the first, which show whether one address leads to several etcds.
const MORE: usize = 2;

/// The result for one address of an endpoint.
#[derive(Default)]
pub struct Attempt {
    /// The endpoint, as in the config.
    pub endpoint: String,
    /// The address that was dialled, if the name resolves.
    pub address: Option<SocketAddr>,
    /// The version that etcd reports.
    pub etcd_version: Option<String>,
    /// The id of the etcd cluster, which agents pin.
    pub cluster_id: Option<u64>,
    /// How long one answer took, the best of two or three.
    pub round_trip: Option<Duration>,
    /// Why it does not work.
    pub fault: Option<Fault>,
    /// How far it came.
    pub(super) reached: Depth,
    /// Whether agents try the addresses of this endpoint in the same order every time.
    pub(super) fixed_order: bool,
    /// The etcd clusters that all connections reached.
    pub(super) clusters: BTreeSet<u64>,
    /// How far a further connection came, and why it failed, where the first did not.
    pub(super) fickle: Option<(Depth, Fault)>,
    /// Whether the server requests no client certificate.
    pub(super) open_to_all: bool,
    /// The open connection.
    pub(super) client: Option<Client>,
    /// The answer to the list request for the heartbeat.
    pub(super) heartbeat: Option<Result<RangeResponse, Refusal>>,
    /// The server's chain up to the CA that is trusted.
    pub(super) chain: Vec<Certificate>,
}

/// How far a connection came, as far as it makes a difference to an agent's client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Depth {
    /// Nothing accepted TCP: the client takes the next address.
    #[default]
    Nowhere,
    /// TCP: the client stays at this address, and its requests go to other endpoints.
    Accepted,
    /// HTTP/2: the client sends requests there, and does not repeat those that fail elsewhere.
    Connected,
}

/// How far a connection came.
fn depth(reached: &Reached) -> Depth {
    match (reached.connected, reached.address) {
        (true, _) => Depth::Connected,
        (false, Some(_)) => Depth::Accepted,
        (false, None) => Depth::Nowhere,
    }
}

/// Tries all addresses of the endpoint with `number` of the peer at `index`, each within the time of the settings.
pub(super) async fn attempts(shared: Shared, index: usize, number: usize, identity: Identity) -> Vec<Attempt> {
    let Some(peer) = shared.peers.get(index) else { return Vec::new() };
    let Some(endpoint) = peer.config.endpoints.get(number) else { return Vec::new() };
    let alone = |fault| vec![Attempt { endpoint: endpoint.to_string(), fault: Some(fault), ..Attempt::default() }];
    let target = match Target::parse(endpoint, &peer.config) {
        Ok(target) => target,
        Err(message) => return alone(Fault::new(Code::NothingToProbe, message, "write it as `https://HOST:2379`")),
    };
    let time = shared.settings.timeout;
    let way = EtcdClientConfig { target: &target, peer, identity: &identity, names: &shared.names };
    let addresses = match timeout(time, way.addresses()).await {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(fault)) => return alone(fault),
        Err(_) => return alone(way.late(&Reached::default(), time.as_secs())),
    };
    let mut running = JoinSet::new();
    for (position, address) in addresses.all.iter().enumerate() {
        let address = SocketAddr::new(*address, target.port);
        let (shared, identity, target, addresses) = (shared.clone(), identity.clone(), target.clone(), addresses.clone());
        running.spawn(async move {
            let peer = shared.peers.get(index)?;
            let _leave = shared.sockets.acquire().await.ok()?;
            let mut attempt = Attempt { endpoint: target.text.clone(), address: Some(address), ..Attempt::default() };
            attempt.fixed_order = addresses.fixed;
            let way = EtcdClientConfig { target: &target, peer, identity: &identity, names: &shared.names };
            attempt.make(&way, address, &shared.settings).await;
            if addresses.all.len() > 1 {
                attempt.fault = attempt.fault.map(|fault| fault.at(address.ip()));
            }
            Some((position, attempt))
        });
    }
    let mut attempts: Vec<_> = running.join_all().await.into_iter().flatten().collect();
    attempts.sort_by_key(|(position, _)| *position);
    attempts.into_iter().map(|(_, attempt)| attempt).collect()
}

impl Attempt {
    async fn make(&mut self, way: &EtcdClientConfig<'_>, address: SocketAddr, settings: &Settings) {
        let mut reached = Reached::default();
        let began = Instant::now();
        let left = || settings.timeout.saturating_sub(began.elapsed());
        let done = timeout(settings.timeout, self.run(way, address, &mut reached, settings)).await;
        let late = || Err(way.late(&reached, settings.timeout.as_secs()));
        match done.unwrap_or_else(|_| late()) {
            Ok(connection) => {
                // In a short remaining time, lost packets look like slow ones.
                let sure = SURE.max(5 * self.round_trip.unwrap_or_default());
                let time = left().max(sure.min(settings.timeout));
                let watched = timeout(time, self.watches(way, &connection, settings)).await;
                let page = self.page(way, &connection, time).await;
                self.fault = match watched {
                    Ok(fault) => fault.or(page),
                    Err(_) => page.or_else(|| Some(way.unwatched(time.as_secs()))),
                };
                self.client = Some(connection.client).filter(|_| self.fault.is_none());
            }
            Err(fault) => self.fault = Some(fault),
        }
        self.reached = depth(&reached);
        self.chain = reached.chain;
        if self.fault.is_some() {
            // A member that does not serve may well have answered.
            self.round_trip = None;
        }
        // A slow endpoint may be late only because others are tried at the same time.
        if self.reached > Depth::Nowhere && left() > settings.timeout / 2 {
            self.again(way, address, left(), settings).await;
        }
    }

    async fn run(
        &mut self,
        way: &EtcdClientConfig<'_>,
        address: SocketAddr,
        reached: &mut Reached,
        settings: &Settings,
    ) -> Result<Connection, Fault> {
        let connection = way.open_at(&[address.ip()], settings.clock.now(), reached).await?;
        self.open_to_all = connection.asks == Some(false);
        let began = Instant::now();
        if let Some(status) = way.status(&connection, reached).await? {
            self.learn(&status, way.target)?;
        }
        let first = began.elapsed();
        let began = Instant::now();
        let heartbeat = connection.client.list(HEARTBEAT, HEARTBEATS, false).await;
        let mut best = began.elapsed().min(first);
        // All links are tried at once, and that alone may keep an etcd busy: only what is slow again is slow.
        if best > SLOW {
            let began = Instant::now();
            let _ = connection.client.list(HEARTBEAT, 1, true).await;
            best = best.min(began.elapsed());
        }
        self.round_trip = Some(best);
        if let Err(refusal) = &heartbeat
            && refusal.is_broken()
        {
            return Err(way.unable(&connection, refusal));
        }
        let header = heartbeat.as_ref().ok().and_then(|answer| answer.header.as_ref());
        self.cluster_id = self.cluster_id.or(header.map(|header| header.cluster_id));
        self.clusters.extend(self.cluster_id);
        self.heartbeat = Some(heartbeat);
        Ok(connection)
    }

    /// Watches as several agents do, for versions that check which etcd cluster answers.
    async fn watches(&self, way: &EtcdClientConfig<'_>, connection: &Connection, settings: &Settings) -> Option<Fault> {
        let header = self.heartbeat.as_ref()?.as_ref().ok()?.header.as_ref()?;
        if !settings.version.has(Feature::PinnedEtcdCluster) {
            return None;
        }
        way.watches(connection, HEARTBEAT, header.cluster_id).await
    }

    /// Lists as agents do, so that the answer takes large packets. The rights that agents need are checked later.
    async fn page(&mut self, way: &EtcdClientConfig<'_>, connection: &Connection, time: Duration) -> Option<Fault> {
        // What kvstoremesh copies is below another prefix; one of the two is empty.
        for cached in [false, true] {
            let range = keyspace::state(&way.peer.name, cached, true).into_iter().next()?;
            match way.page(connection, &range.key, time).await {
                // It arrives, but needs more time than is left.
                Page::Slow => self.round_trip = self.round_trip.max(Some(time)),
                Page::Refused(refusal) if refusal.is_broken() => return Some(way.unable(connection, &refusal)),
                Page::Read | Page::Refused(_) => {}
                Page::Lost => return Some(way.lossy(self.address, time.as_secs())),
            }
        }
        None
    }

    /// Connects more than once: several etcds, or a member that cannot answer, may be behind one address. Each connection stays
    /// open until all are made, because balancers send the next one elsewhere.
    async fn again(&mut self, way: &EtcdClientConfig<'_>, address: SocketAddr, left: Duration, settings: &Settings) {
        let mut held = Vec::new();
        let until = Instant::now() + left;
        for _ in 0..MORE {
            let mut reached = Reached::default();
            let asked = timeout(until.saturating_duration_since(Instant::now()), async {
                let connection = way.open_at(&[address.ip()], settings.clock.now(), &mut reached).await?;
                let status = way.status(&connection, &mut reached).await?;
                if let Some(header) = status.as_ref().and_then(|status| status.header.as_ref()) {
                    self.clusters.insert(header.cluster_id);
                }
                match status {
                    Some(status) if status.leader == 0 => Err(unwell(&way.target.text, "it has no leader")),
                    _ => Ok(connection),
                }
            });
            let asked = asked.await;
            match asked.unwrap_or_else(|_| Err(way.late(&reached, settings.timeout.as_secs()))) {
                Ok(connection) => held.push(connection),
                Err(fault) => {
                    let depth = depth(&reached);
                    if self.fault.is_none() && self.fickle.as_ref().is_none_or(|(known, _)| *known < depth) {
                        self.fickle = Some((depth, fault));
                    }
                }
            }
        }
    }

    fn learn(&mut self, status: &StatusResponse, target: &Target) -> Result<(), Fault> {
        self.etcd_version = Some(printable(&status.version));
        self.cluster_id = status.header.as_ref().map(|header| header.cluster_id);
        self.clusters.extend(self.cluster_id);
        if status.leader == 0 {
            return Err(unwell(&target.text, "it has no leader"));
        }
        Ok(())
    }
}
