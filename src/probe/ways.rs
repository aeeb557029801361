//! Whether TCP gets through: each address of each host once, all at the same time, and nothing is said there.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::etcd::{Fault, Names, dial_within};
use crate::mesh::CiliumVersion;
use crate::verify::Target;

use super::member_fault::unknown_name;
use super::round::at_once;

/// A host to dial.
#[derive(Debug, Clone)]
pub struct Way {
    /// An address or a name.
    pub host: String,
    /// The addresses of a name, if they are known; otherwise this machine looks them up.
    pub addresses: Vec<IpAddr>,
    /// The TCP port.
    pub port: u16,
}

/// What one address of a host gave.
#[derive(Debug)]
pub struct WayProbe {
    /// The position of its way.
    pub position: usize,
    /// The address; none of a name without any.
    pub address: Option<SocketAddr>,
    /// Whether it accepts TCP, or why not.
    pub reached: Result<(), Fault>,
}

/// How long the ways may take at most.
pub fn ways_bound(ways: &[Way], time: Duration) -> Duration {
    let dialled: usize = ways.iter().map(|way| way.addresses.len().max(1)).sum();
    let rounds = u32::try_from(dialled.div_ceil(at_once()).max(1)).unwrap_or(u32::MAX);
    let named = ways.iter().any(|way| way.addresses.is_empty());
    time.saturating_mul(rounds.saturating_add(u32::from(named)))
}

/// Dials each way once, each address within `time`, in the order of `ways`.
///
/// # Errors
/// If the runtime cannot be created.
pub fn probe_ways(ways: Vec<Way>, time: Duration) -> io::Result<Vec<WayProbe>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async {
        let shared = Arc::new(Shared { time, names: Names::new(CiliumVersion::NEWEST), sockets: Semaphore::new(at_once()) });
        let mut running = JoinSet::new();
        for (position, way) in ways.into_iter().enumerate() {
            let shared = Arc::clone(&shared);
            running.spawn(async move { (position, shared.probe(position, way).await) });
        }
        let probes: BTreeMap<usize, Vec<WayProbe>> = running.join_all().await.into_iter().collect();
        probes.into_values().flatten().collect()
    }))
}

struct Shared {
    time: Duration,
    names: Names,
    sockets: Semaphore,
}

impl Shared {
    async fn probe(self: Arc<Self>, position: usize, way: Way) -> Vec<WayProbe> {
        let Way { host, addresses, port } = way;
        let addresses = match self.addresses(&host, addresses).await {
            Ok(addresses) => addresses,
            Err(fault) => return vec![WayProbe { position, address: None, reached: Err(fault) }],
        };
        let target = Arc::new(Target::of_port(host, port));
        let mut running = JoinSet::new();
        for address in addresses {
            let (shared, target) = (Arc::clone(&self), Arc::clone(&target));
            running.spawn(async move {
                // It is never closed.
                let _leave = shared.sockets.acquire().await;
                let reached = dial_within(&target, address, shared.time).await.map(drop);
                WayProbe { position, address: Some(SocketAddr::new(address, port)), reached }
            });
        }
        let mut probes = running.join_all().await;
        probes.sort_by_key(|probe| probe.address);
        probes
    }

    async fn addresses(&self, host: &str, known: Vec<IpAddr>) -> Result<Vec<IpAddr>, Fault> {
        if !known.is_empty() {
            return Ok(known);
        }
        match timeout(self.time, self.names.resolved(host)).await {
            Ok(Ok(addresses)) => Ok(addresses.all),
            Ok(Err(reason)) => Err(unknown_name(host, &reason)),
            Err(_) => Err(unknown_name(host, &format!("no name server answers within {} s", self.time.as_secs()))),
        }
    }
}
