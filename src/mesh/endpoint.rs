//! Endpoints of an etcd: full URLs with scheme, host and port, as etcd's client needs them, and the hosts in them.

use std::fmt;
use std::net::IpAddr;

/// A host that is dialled, and that a server certificate must cover.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// An address: needs an IP SAN.
    Ip(IpAddr),
    /// A name in lower case: needs a DNS SAN, and must resolve.
    Name(String),
}

impl Host {
    /// Reads an address, IPv6 without brackets, or a DNS name.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        let name = text.to_ascii_lowercase();
        // Go rejects a name that ends with a number, and curl and browsers read it as an IPv4 address.
        if name.split('.').next_back().is_some_and(|last| !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(format!("`{}` is neither an address nor a name", text.escape_debug()));
        }
        let label_ok = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if name.len() > 253 || !name.split('.').all(label_ok) {
            return Err(format!("`{}` is not a DNS name", text.escape_debug()));
        }
        Ok(Self::Name(name))
    }

    /// The name, if it is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Ip(_) => None,
            Self::Name(name) => Some(name),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// etcd's client port (IANA).
const DEFAULT_PORT: u16 = 2379;

/// `https://host:port`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// Host that is dialled.
    pub host: Host,
    /// TCP port; etcd's client has no default.
    pub port: u16,
}

/// Why a text is not an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEndpoint {
    /// What is wrong with it.
    pub reason: String,
    /// The corrected text, if there is one.
    pub suggestion: Option<String>,
    /// Whether only the scheme `http` is wrong.
    pub plain_http: bool,
}

impl Endpoint {
    /// etcd's client port.
    pub const DEFAULT_PORT: u16 = DEFAULT_PORT;

    /// Reads a full URL.
    ///
    /// # Errors
    /// What is wrong, with the corrected text if there is one.
    pub fn new(text: &str) -> Result<Self, BadEndpoint> {
        let bad = |reason: String, suggestion: Option<String>| BadEndpoint { reason, suggestion, plain_http: false };
        let Some((scheme, rest)) = text.split_once("://") else {
            let suggestion =
                Self::new(&format!("https://{text}")).ok().or_else(|| Self::new(&format!("https://{text}:{DEFAULT_PORT}")).ok());
            return Err(bad("it has no scheme".into(), suggestion.map(|endpoint| endpoint.to_string())));
        };
        if scheme == "http" {
            let suggestion = Self::new(&format!("https://{rest}")).ok().map(|endpoint| endpoint.to_string());
            return Err(BadEndpoint {
                reason: "http has no TLS, so certificates have no effect".into(),
                suggestion,
                plain_http: true,
            });
        }
        if scheme.eq_ignore_ascii_case("https") && scheme != "https" {
            let suggestion = Self::new(&format!("https://{rest}")).ok().map(|endpoint| endpoint.to_string());
            return Err(bad("its scheme is in capitals".into(), suggestion));
        }
        if scheme != "https" {
            return Err(bad(format!("its scheme is `{}`", scheme.escape_debug()), None));
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '@']) {
            return Err(bad("it has more than scheme, host and port".into(), None));
        }
        let (host, port) = if let Some(inner) = authority.strip_prefix('[') {
            let Some((address, after)) = inner.split_once(']') else {
                return Err(bad("its bracket is never closed".into(), None));
            };
            match address.parse::<IpAddr>() {
                Ok(address @ IpAddr::V6(_)) => (Host::Ip(address), after.strip_prefix(':')),
                _ => return Err(bad(format!("`{}` is not an IPv6 address", address.escape_debug()), None)),
            }
        } else if authority.parse::<std::net::Ipv6Addr>().is_ok() || authority.matches(':').count() > 1 {
            return Err(bad("an IPv6 address needs brackets".into(), bracketed(authority)));
        } else {
            let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
            let undotted = host.strip_suffix('.').filter(|host| Host::new(host).is_ok());
            if let Some(name) = undotted {
                let port = port.map_or_else(|| DEFAULT_PORT.to_string(), str::to_owned);
                let suggestion = Self::new(&format!("https://{name}:{port}")).ok().map(|endpoint| endpoint.to_string());
                return Err(bad("its name ends with a dot".into(), suggestion));
            }
            (Host::new(host).map_err(|reason| bad(reason, None))?, port)
        };
        let Some(port) = port else {
            return Err(bad("it has no port".into(), Some(Self { host, port: DEFAULT_PORT }.to_string())));
        };
        match port.parse::<u16>() {
            Ok(number) if number != 0 && port.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Self { host, port: number }),
            _ => Err(bad(format!("`{}` is not a port", port.escape_debug()), None)),
        }
    }
}

/// `fd00::1` or `fd00::1:2379` with brackets, if the text can be read as one of them. If the whole text is an address, only
/// etcd's port is taken for a port.
fn bracketed(text: &str) -> Option<String> {
    let whole = text.parse::<std::net::Ipv6Addr>();
    if let Some((address, port)) = text.rsplit_once(':')
        && let (Ok(address), Ok(port)) = (address.parse::<std::net::Ipv6Addr>(), port.parse::<u16>())
        && (whole.is_err() || port == DEFAULT_PORT)
    {
        return Some(format!("https://[{address}]:{port}"));
    }
    Some(format!("https://[{}]:{DEFAULT_PORT}", whole.ok()?))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Ip(IpAddr::V6(address)) => write!(f, "https://[{address}]:{}", self.port),
            host => write!(f, "https://{host}:{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn full_urls_only() {
        for good in ["https://10.1.1.1:2379", "https://[fd00::1]:2379", "https://etcd.example.net:32379", "https://a:1/"] {
            assert!(Endpoint::new(good).is_ok(), "{good}");
        }
        for bad in [
            "10.1.1.1:2379",
            "https://10.1.1.1",
            "http://10.1.1.1:2379",
            "https://fd00::1:2379",
            "https://[fd00::1]",
            "https://a:0",
            "https://a:99999",
            "https://a:+1",
            "https://u@a:1",
            "https://a:1/x",
            "https://a:1?x",
            "https://[10.1.1.1]:1",
            "https://:1",
            "https://a b:1",
            "https://1.2.3:1",
            "unix:///x",
            "https://a:<no value>",
        ] {
            assert!(Endpoint::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_corrected_text_is_suggested() {
        let cure = |text| Endpoint::new(text).expect_err("not full").suggestion;
        assert_eq!(cure("10.1.1.1:2379").as_deref(), Some("https://10.1.1.1:2379"));
        assert_eq!(cure("etcd").as_deref(), Some("https://etcd:2379"));
        assert_eq!(cure("https://fd00::2").as_deref(), Some("https://[fd00::2]:2379"));
        assert_eq!(cure("https://fd00::2:2379").as_deref(), Some("https://[fd00::2]:2379"));
        assert_eq!(cure("https://fd00::2:5").as_deref(), Some("https://[fd00::2:5]:2379"));
        assert_eq!(cure("https://fd00::2:32379").as_deref(), Some("https://[fd00::2]:32379"));
        assert_eq!(cure("http://10.1.1.1:2379").as_deref(), Some("https://10.1.1.1:2379"));
    }
}
