//! An endpoint as it is written -> host, port, and whether TLS is spoken.
//!
//! etcd's client (client/v3/internal/endpoint/endpoint.go): `https` needs TLS, `http` drops it, and without a scheme the
//! config decides. A URL is read by Go's net/url: what is before and behind host and port counts for nothing, but it must be
//! readable. It looks nothing up.

use std::net::Ipv6Addr;

use super::peer_config::{ConfigEndpoint, PeerConfig};
use super::userinfo::{HIDDEN, is_escaped};

/// Where agents connect to for an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The endpoint, for messages.
    pub text: String,
    /// A name, or an address without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Whether TLS is spoken.
    pub tls: bool,
}

impl Target {
    /// Takes `endpoint` apart. Agents dial what is behind a user and password.
    ///
    /// # Errors
    /// Why agents could not connect to it.
    pub fn parse(endpoint: &ConfigEndpoint, config: &PeerConfig) -> Result<Self, String> {
        let text = endpoint.to_string();
        let unfit = |what: &str| format!("endpoint `{}` {what}", text.escape_debug());
        if text.trim() != text {
            return Err(unfit("begins or ends with a space"));
        }
        let (tls, rest) = match text.split_once("://") {
            // Go's url.Parse makes it lower case.
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some((scheme, _)) => {
                return Err(unfit(&format!("has the scheme `{}`, which is neither `https` nor `http`", scheme.escape_debug())));
            }
            // Without a scheme it is not a URL, but host and port alone.
            None if text.contains('@') => return Err(unfit("has a user, and no scheme before it")),
            None if text.contains(['/', '?', '#']) => return Err(unfit("has a path, and no scheme before it")),
            None => (!config.insecure_transport, text.as_str()),
        };
        if !is_escaped(rest) {
            return Err(unfit("has a `%` that begins no escape such as `%2F`"));
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority == HIDDEN {
            return Err(unfit("has characters in its user or password that agents cannot read"));
        }
        // Agents dial what is behind a user and password, whose text is not kept here.
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => match authority.rsplit_once(':') {
                Some((host, _)) if host.contains(':') => return Err(unfit("has an IPv6 address without brackets")),
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        if host.is_empty() {
            return Err(unfit("has no host"));
        }
        if is_link_local(host) {
            return Err(unfit("has a link-local address, which no certificate can name: write a global address, or a name"));
        }
        // etcd's client adds no port of its own; it hangs.
        let port = port.ok_or_else(|| unfit("has no port, and there is no default"))?;
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(|| unfit(&format!("has no port `{port}`")))?;
        let host = host.to_owned();
        Ok(Self { text, host, port, tls })
    }

    /// A port that is dialled with TLS, and that no config names.
    pub fn of_port(host: String, port: u16) -> Self {
        Self { text: authority(&host, port), host, port, tls: true }
    }

    /// Host and port as an authority of a URI.
    pub fn authority(&self) -> String {
        authority(&self.host, self.port)
    }
}

/// Host and port as an authority of a URI (RFC 3986, section 3.2): an address of IPv6 is in brackets.
pub fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// `fe80::1`, with a zone or without. Without one the system does not know on which link it is; with one no SAN matches.
fn is_link_local(host: &str) -> bool {
    let address = host.split('%').next().unwrap_or(host);
    address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    use super::Target;
    use crate::verify::{ConfigEndpoint, PeerConfig};

    fn parse(text: &str) -> Option<(String, u16, bool)> {
        let target = Target::parse(&ConfigEndpoint::new(text, 1), &PeerConfig::default()).ok()?;
        Some((target.host, target.port, target.tls))
    }

    #[test]
    fn endpoints_are_read_as_etcds_client_reads_them() {
        assert_eq!(parse("https://etcd.example.net:2379"), Some(("etcd.example.net".to_owned(), 2379, true)));
        assert_eq!(parse("https://[2001:db8::1]:2379/"), Some(("2001:db8::1".to_owned(), 2379, true)));
        assert_eq!(parse("http://10.0.0.1:1"), Some(("10.0.0.1".to_owned(), 1, false)));
        assert_eq!(parse("10.0.0.1:2379"), Some(("10.0.0.1".to_owned(), 2379, true)));
        assert_eq!(parse("HTTPS://10.0.0.1:2379"), Some(("10.0.0.1".to_owned(), 2379, true)));
        assert_eq!(parse("Http://10.0.0.1:2379"), Some(("10.0.0.1".to_owned(), 2379, false)));
        assert_eq!(parse("https://bob:secret@10.0.0.1:2379"), Some(("10.0.0.1".to_owned(), 2379, true)));
        for broken in [
            "https://etcd",
            "https://:2379",
            "unix:///run/etcd",
            "https://2001:db8::1:2379",
            "https://h:0",
            "https://h:x",
            "bob:secret@10.0.0.1:2379",
            "https://[fe80::1]:2379",
            "https://[fe80::1%25eth0]:2379",
            "https://[fe80::1%eth0]:2379",
            "https://…",
            "https://h:1/%zz",
            "https://h:1 ",
            "h:1/x",
        ] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn no_message_has_the_password_of_an_endpoint() {
        for text in ["bob:secret@h:1", "https://bob:secret@h:x", "https://bob:secret@", "https://bob:secret@h:2379"] {
            let shown = match Target::parse(&ConfigEndpoint::new(text, 1), &PeerConfig::default()) {
                Ok(target) => target.text,
                Err(message) => message,
            };
            assert!(shown.contains("…@") && !shown.contains("secret"), "{shown}");
        }
    }
}
