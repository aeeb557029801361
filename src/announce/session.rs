//! One connection to one member of the etcd, kept for as long as it works, and then one to the next.
//!
//! Config and credential are read anew for each connection, so that what was renewed counts, as agents do it
//! (getClientCertificateReloader in pkg/kvstore/etcd.go of cilium/cilium).

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::timeout;

use crate::diag::{Code, Diagnostic};
use crate::etcd::{Client, EtcdClientConfig, Fault, Identity, Names, Reached, Refusal, printable, unwell};
use crate::mesh::CiliumVersion;
use crate::verify::{Peer, Target};

/// From an endpoint's name to its first answer.
const CONNECT: Duration = Duration::from_secs(5);

/// Reads the etcd's config and credential, or says why it cannot.
pub type Source<'a> = dyn Fn() -> Result<Peer, String> + 'a;

/// What keeps us from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// By which one is told from another.
    pub(super) kind: String,
    message: String,
    help: String,
}

impl Trouble {
    pub(super) fn new(kind: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), help: help.into() }
    }

    fn of_finding(finding: &Diagnostic) -> Self {
        Self::new(finding.code.as_str(), finding.message.clone(), finding.help.clone().unwrap_or_default())
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::new(fault.code.as_str(), fault.message, fault.help)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, help, .. } = self;
        let text = if help.is_empty() { message.clone() } else { format!("{message}; help: {help}") };
        f.write_str(&printable(&text))
    }
}

/// The connection, and whom the etcd takes us for.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) client: Client,
    endpoint: String,
    user: Option<String>,
}

/// Connects, and connects again.
pub(super) struct Session<'a> {
    source: &'a Source<'a>,
    now: &'a dyn Fn() -> OffsetDateTime,
    open: Option<Open>,
    /// The endpoint to try next.
    next: usize,
}

impl<'a> Session<'a> {
    pub(super) fn new(source: &'a Source<'a>, now: &'a dyn Fn() -> OffsetDateTime) -> Self {
        Self { source, now, open: None, next: 0 }
    }

    /// The connection that there is, or a new one to the first member that serves.
    pub(super) async fn open(&mut self) -> Result<Open, Trouble> {
        if let Some(open) = &self.open {
            return Ok(open.clone());
        }
        let open = self.connect().await?;
        Ok(self.open.insert(open).clone())
    }

    /// Whether a connection stands that has not failed yet.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The connection does not serve: the next one is another member's.
    pub(super) fn drop_connection(&mut self) {
        if self.open.take().is_some() {
            self.next += 1;
        }
    }

    async fn connect(&mut self) -> Result<Open, Trouble> {
        let peer = (self.source)().map_err(|reason| Trouble::new("config", reason, ""))?;
        if let Some(finding) = unusable(&peer) {
            return Err(Trouble::of_finding(finding));
        }
        if peer.config.username.is_some() {
            let help = "let the client certificate name the user: take `username` and `password` out of the config";
            return Err(Trouble::new("password", "the config logs in with a password, which is not read here", help));
        }
        let identity = Identity::of(&peer, (self.now)())?;
        // The hosts file may have changed, too.
        let names = Names::new(CiliumVersion::NEWEST);
        let count = peer.config.endpoints.len();
        let mut troubles: Vec<(usize, Fault)> = Vec::new();
        for offset in 0..count {
            let index = (self.next + offset) % count;
            let Some(endpoint) = peer.config.endpoints.get(index) else { continue };
            match self.member(endpoint, &peer, &identity, &names).await {
                Ok(client) => {
                    self.next = index;
                    let user = identity.user().map(str::to_owned);
                    return Ok(Open { client, endpoint: endpoint.clone(), user });
                }
                Err(fault) => troubles.push((index, fault)),
            }
        }
        troubles.sort_by_key(|(index, _)| *index);
        let mut faults = troubles.into_iter().map(|(_, fault)| fault);
        let Some(first) = faults.next() else {
            return Err(Trouble::new("config", "the config lists no endpoint", "list the etcd's members: `- https://HOST:2379`"));
        };
        let mut trouble = Trouble::from(first);
        for fault in faults {
            trouble.message = format!("{}; {}", trouble.message, fault.message);
        }
        Err(trouble)
    }

    async fn member(&self, endpoint: &str, peer: &Peer, identity: &Identity, names: &Names) -> Result<Client, Fault> {
        let target = Target::parse(endpoint, &peer.config)
            .map_err(|message| Fault::new(Code::NothingToProbe, message, "write it as `https://HOST:2379`"))?;
        let way = EtcdClientConfig { target: &target, peer, identity, names };
        let mut reached = Reached::default();
        let opened = timeout(CONNECT, async {
            let connection = way.open((self.now)(), &mut reached).await?;
            match way.status(&connection, &mut reached).await? {
                Some(status) if status.leader == 0 => Err(unwell(endpoint, "it has no leader")),
                _ => Ok(connection.client),
            }
        });
        match opened.await {
            Ok(opened) => opened,
            Err(_) => Err(way.late(&reached, CONNECT.as_secs())),
        }
    }
}

impl Open {
    /// The user, as commands name it.
    pub(super) fn user(&self) -> &str {
        self.user.as_deref().unwrap_or("USER")
    }

    /// What a request that failed has to say.
    pub(super) fn trouble(&self, refusal: &Refusal) -> Trouble {
        unwell(&self.endpoint, &refusal.to_string()).into()
    }

    /// That a member has not answered in time.
    pub(super) fn late(&self, time: Duration) -> Trouble {
        unwell(&self.endpoint, &format!("it does not answer within {} s", time.as_secs())).into()
    }
}

/// What of the config or its files keeps us from dialling.
fn unusable(peer: &Peer) -> Option<&Diagnostic> {
    // Where a service was started decides nothing about its files.
    let relative = peer.local.iter().find(|finding| finding.code == Code::RelativePath && !peer.config.insecure_transport);
    peer.blocked.as_ref().or(relative)
}
