//! What the members of etcds present at their ports, and which CAs they have loaded: all ports at once, without a credential.
//!
//! etcd reads the CAs that it trusts only when it starts, and its certificates at each handshake. So the list of CAs shows what is
//! active, and not what is installed. It counts only where the server has proven that it has the member's own key: whatever else
//! answers at the address says nothing of the member.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::diag::Code;
use crate::etcd::{Asks, Fault, Names, Presented, presented};
use crate::mesh::CiliumVersion;
use crate::verify::Target;
use crate::x509::Certificate;

use super::ca_names::{KnownCas, LoadedCas};
use super::clock::Clock;
use super::member_fault;
use super::member_port::MemberPort;
use super::round::at_once;

/// What is known beside the ports.
#[derive(Debug, Clone, Default)]
pub struct KnownMesh {
    /// Every CA.
    pub cas: KnownCas,
    /// The name of every certificate of a member, by serial number.
    pub leaves: BTreeMap<String, String>,
}

/// The result for one port of a member.
pub struct MemberProbe {
    /// The port, and what is expected there.
    pub port: MemberPort,
    /// The address that the result is from, if any was found.
    pub address: Option<SocketAddr>,
    /// What was seen, or why that is nothing.
    pub seen: Result<SeenPort, Fault>,
}

/// What a server presented.
#[derive(Debug, Clone)]
pub struct SeenPort {
    /// Its certificate.
    pub leaf: Certificate,
    /// Whose that is.
    pub holder: LeafHolder,
    /// The CAs that it asks client certificates from.
    pub asks: AskedCas,
}

/// Whose certificate a server presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeafHolder {
    /// The one that was issued last for this port.
    Newest,
    /// An earlier one for the key of this port.
    Earlier,
    /// That of another port or member, by its name in the state.
    Other(String),
    /// With a key that the state does not have.
    Unknown,
}

/// The CAs that a server asks client certificates from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedCas {
    /// It asks for no certificate: it accepts everyone.
    Nobody,
    /// It asks for a certificate of any CA.
    Any,
    /// That is undetermined: why.
    Unproven(&'static str),
    /// Of these.
    Listed(LoadedCas),
    /// Another server answers, so its list says nothing.
    NotThisMember,
}

impl LeafHolder {
    /// Whether the server has the key of this port of this member.
    pub const fn is_own(&self) -> bool {
        matches!(self, Self::Newest | Self::Earlier)
    }
}

impl MemberProbe {
    /// Whether the port is as the newest bundle wants it, and no doubt is left.
    pub fn is_done(&self) -> bool {
        let listed = |asks: &AskedCas| matches!(asks, AskedCas::Listed(cas) if cas.is_as_wanted());
        self.seen.as_ref().is_ok_and(|seen| seen.holder == LeafHolder::Newest && listed(&seen.asks))
    }
}

/// How long the ports may take at most.
pub fn members_bound(ports: &[MemberPort], time: Duration) -> Duration {
    let dialled: usize = ports.iter().map(|port| port.hosts.len()).sum();
    let waves = u32::try_from(dialled.div_ceil(at_once()).max(1)).unwrap_or(u32::MAX);
    let named = ports.iter().flat_map(|port| &port.hosts).any(|host| host.parse::<IpAddr>().is_err());
    time.saturating_mul(waves.saturating_add(u32::from(named)))
}

/// Tries each port once, each address within `time`. `done` is called for each port.
///
/// # Errors
/// If the runtime cannot be created.
pub fn probe_members(
    ports: Vec<MemberPort>,
    known: KnownMesh,
    time: Duration,
    clock: Clock,
    done: &dyn Fn(),
) -> io::Result<Vec<MemberProbe>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(async {
        let shared =
            Arc::new(Shared { known, time, clock, names: Names::new(CiliumVersion::NEWEST), sockets: Semaphore::new(at_once()) });
        let mut running = JoinSet::new();
        for (position, port) in ports.into_iter().enumerate() {
            let shared = Arc::clone(&shared);
            running.spawn(async move { (position, shared.probe(port).await) });
        }
        let mut probes = BTreeMap::new();
        while let Some(joined) = running.join_next().await {
            probes.extend(joined.ok());
            done();
        }
        probes.into_values().collect()
    }))
}

struct Shared {
    known: KnownMesh,
    time: Duration,
    clock: Clock,
    names: Names,
    sockets: Semaphore,
}

/// What one address of a port gave.
type Tried = (Option<SocketAddr>, Result<SeenPort, Fault>);

impl Shared {
    async fn probe(self: Arc<Self>, port: MemberPort) -> MemberProbe {
        let port = Arc::new(port);
        let mut running = JoinSet::new();
        for host in port.hosts.clone() {
            let (shared, port) = (Arc::clone(&self), Arc::clone(&port));
            running.spawn(async move { shared.try_host(&port, host).await });
        }
        let tried: Vec<Tried> = running.join_all().await.into_iter().flatten().collect();
        // One address where the member itself answers is enough: one process listens at all of them. Of the others, a wrong server says
        // more than silence.
        let rank = |(address, seen): &Tried| {
            let rank = match seen {
                Ok(seen) if seen.holder.is_own() => 0,
                Ok(_) => 1,
                Err(fault) if !matches!(fault.code, Code::ConnectionRefused | Code::NoAnswer | Code::NameUnknown) => 2,
                Err(_) => 3,
            };
            (rank, *address)
        };
        let (address, seen) = tried.into_iter().min_by_key(rank).unwrap_or_else(|| (None, Err(member_fault::nowhere(&port))));
        let seen = seen.map_err(|fault| member_fault::advise(fault, &port));
        MemberProbe { port: Arc::unwrap_or_clone(port), address, seen }
    }

    /// Tries all addresses of a host.
    async fn try_host(self: Arc<Self>, port: &Arc<MemberPort>, host: String) -> Vec<Tried> {
        let addresses = match timeout(self.time, self.names.resolved(&host)).await {
            Ok(Ok(addresses)) => addresses.all,
            Ok(Err(reason)) => return vec![(None, Err(member_fault::unknown_name(&host, &reason)))],
            Err(_) => {
                let reason = format!("no name server answers within {} s", self.time.as_secs());
                return vec![(None, Err(member_fault::unknown_name(&host, &reason)))];
            }
        };
        let mut running = JoinSet::new();
        for address in addresses {
            let (shared, port, host) = (Arc::clone(&self), Arc::clone(port), host.clone());
            running.spawn(async move {
                (Some(SocketAddr::new(address, port.number)), shared.try_address(&port, host, address).await)
            });
        }
        running.join_all().await
    }

    async fn try_address(&self, port: &MemberPort, host: String, address: IpAddr) -> Result<SeenPort, Fault> {
        let target = Target::of_port(host, port.number);
        // It is never closed.
        let _leave = self.sockets.acquire().await;
        let presented = presented(&target, address, &port.anchors, self.time, self.clock.now()).await?;
        self.judge(port, presented).ok_or_else(|| member_fault::nowhere(port))
    }

    /// Whose certificate it is, and what the list of CAs says of this member.
    fn judge(&self, port: &MemberPort, Presented { chain, asks }: Presented) -> Option<SeenPort> {
        let leaf = chain.into_iter().next()?;
        let holder = if leaf == port.issued {
            LeafHolder::Newest
        } else if leaf.spki_der() == port.issued.spki_der() {
            LeafHolder::Earlier
        } else {
            self.known.leaves.get(&leaf.serial_hex()).cloned().map_or(LeafHolder::Unknown, LeafHolder::Other)
        };
        let asks = match asks {
            _ if !holder.is_own() => AskedCas::NotThisMember,
            Asks::Nothing => AskedCas::Nobody,
            Asks::Unlisted => AskedCas::Any,
            Asks::Unproven => {
                AskedCas::Unproven("the server speaks TLS 1.2, which proves no list of CAs to a client without a certificate")
            }
            Asks::TooMany => AskedCas::Unproven("it lists more CAs than any bundle has, or longer names"),
            Asks::Of(names) => AskedCas::Listed(self.known.cas.compare(&names, &port.wanted)),
        };
        Some(SeenPort { leaf, holder, asks })
    }
}
