//! One line of the list: who dials whom, by which protocol and port, and why.

use std::fmt;

use super::needs::Purpose;
use super::party::Party;

/// Traffic that firewalls must let pass, in the direction in which it is begun.
#[derive(Debug, Clone, Copy)]
pub struct Flow<'a> {
    /// Who begins it.
    pub from: Party<'a>,
    /// Who is dialled.
    pub to: Party<'a>,
    /// Protocol and port.
    pub traffic: Traffic,
    /// What it is for; its words and source are [`Flow::why`] and [`Flow::source`].
    pub purpose: Purpose,
}

/// What a packet is, as firewalls tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Traffic {
    /// TCP to this port.
    Tcp(u16),
    /// UDP to this port.
    Udp(u16),
    /// ESP, IP protocol 50.
    Esp,
    /// ICMP and `ICMPv6` echo requests.
    Echo,
    /// Every protocol and port.
    Any,
}

/// Whether a mesh works without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// It does not.
    Required,
    /// It does, and something that is for people is missing.
    Optional,
    /// That depends on what the mesh does not say.
    Depends,
}

impl Flow<'_> {
    /// Whether the mesh works without it.
    pub const fn need(&self) -> Need {
        self.purpose.need()
    }

    /// What it is for, in words.
    pub fn why(&self) -> String {
        self.purpose.why(&self.from, &self.to)
    }

    /// Where that is documented, for the version of the agents there.
    pub fn source(&self) -> String {
        let cluster = self.to.cluster.or(self.from.cluster);
        self.purpose.source(cluster.map(|cluster| cluster.cilium.version).unwrap_or_default())
    }
}

impl Traffic {
    /// Its protocol, as firewalls call it.
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::Tcp(_) => "tcp",
            Self::Udp(_) => "udp",
            Self::Esp => "esp",
            Self::Echo => "icmp",
            Self::Any => "any",
        }
    }

    /// Its port, if the protocol has ports and one of them is meant.
    pub const fn port(self) -> Option<u16> {
        match self {
            Self::Tcp(port) | Self::Udp(port) => Some(port),
            Self::Esp | Self::Echo | Self::Any => None,
        }
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(port) | Self::Udp(port) => write!(f, "{} {port}", self.protocol()),
            Self::Echo => f.write_str("icmp echo-request"),
            Self::Esp | Self::Any => f.write_str(self.protocol()),
        }
    }
}
