//! Keeps a connection to one member of the etcd as long as it works, and then connects to the next.
//!
//! Config and credential are read again for each connection, so that renewed ones are used, as agents do
//! (getClientCertificateReloader in pkg/kvstore/etcd.go of cilium/cilium).

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::timeout;

use crate::diag::{Code, Diagnostic};
use crate::etcd::{Client, EtcdClientConfig, Fault, Identity, Names, Reached, Refusal, printable, unwell};
use crate::mesh::CiliumVersion;
use crate::verify::{ConfigEndpoint, Peer, Target};

/// From an endpoint's name to its first answer.
const CONNECT: Duration = Duration::from_secs(5);

/// Reads the etcd's config and credential, or returns why that failed.
pub type EtcdSource<'a> = dyn Fn() -> Result<Peer, String> + 'a;

/// Why the cluster cannot be announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Distinguishes one kind of trouble from another.
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

/// The connection, and the user that the etcd knows it by.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) client: Client,
    endpoint: String,
    user: Option<String>,
}

/// Connects and reconnects.
pub(super) struct Session<'a> {
    source: &'a EtcdSource<'a>,
    now: &'a dyn Fn() -> OffsetDateTime,
    open: Option<Open>,
    /// The endpoint to try next.
    next: usize,
}

impl<'a> Session<'a> {
    pub(super) fn new(source: &'a EtcdSource<'a>, now: &'a dyn Fn() -> OffsetDateTime) -> Self {
        Self { source, now, open: None, next: 0 }
    }

    /// Returns the existing connection, or a new one to the first member that serves.
    pub(super) async fn open(&mut self) -> Result<Open, Trouble> {
        if let Some(open) = &self.open {
            return Ok(open.clone());
        }
        let open = self.connect().await?;
        Ok(self.open.insert(open).clone())
    }

    /// Whether there is a connection that has not failed yet.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Closes a connection that failed: the next one is to another member.
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
            let help = "use the client certificate's user: remove `username` and `password` from the config";
            return Err(Trouble::new("password", "the config logs in with a password, which meshbundle does not use", help));
        }
        let identity = Identity::of(&peer, (self.now)())?;
        // The hosts file may have changed as well.
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
                    return Ok(Open { client, endpoint: endpoint.to_string(), user });
                }
                Err(fault) => troubles.push((index, fault)),
            }
        }
        troubles.sort_by_key(|(index, _)| *index);
        let mut faults = troubles.into_iter().map(|(_, fault)| fault);
        let Some(first) = faults.next() else {
            return Err(Trouble::new("config", "the config has no endpoint", "list the etcd's members: `- https://HOST:2379`"));
        };
        let mut trouble = Trouble::from(first);
        for fault in faults {
            trouble.message = format!("{}; {}", trouble.message, fault.message);
        }
        Err(trouble)
    }

    async fn member(&self, endpoint: &ConfigEndpoint, peer: &Peer, identity: &Identity, names: &Names) -> Result<Client, Fault> {
        let target = Target::parse(endpoint, &peer.config)
            .map_err(|message| Fault::new(Code::NothingToProbe, message, "write it as `https://HOST:2379`"))?;
        let way = EtcdClientConfig { target: &target, peer, identity, names };
        let mut reached = Reached::default();
        let opened = timeout(CONNECT, async {
            let connection = way.open((self.now)(), &mut reached).await?;
            match way.status(&connection, &mut reached).await? {
                Some(status) if status.leader == 0 => Err(unwell(&target.text, "it has no leader")),
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
    /// The user's name in commands.
    pub(super) fn user(&self) -> &str {
        self.user.as_deref().unwrap_or("USER")
    }

    /// The trouble of a failed request.
    pub(super) fn trouble(&self, refusal: &Refusal) -> Trouble {
        unwell(&self.endpoint, &refusal.to_string()).into()
    }

    /// The trouble of a member that did not answer in time.
    pub(super) fn late(&self, time: Duration) -> Trouble {
        unwell(&self.endpoint, &format!("it does not answer within {} s", time.as_secs())).into()
    }
}

/// The finding about the config or its files that prevents a connection.
fn unusable(peer: &Peer) -> Option<&Diagnostic> {
    // The working directory of a service does not affect its files.
    let relative = peer.local.iter().find(|finding| finding.code == Code::RelativePath && !peer.config.insecure_transport);
    peer.blocked.as_deref().or(relative)
}
