//! What firewalls tell packets by: protocol and port.

use std::fmt;

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
