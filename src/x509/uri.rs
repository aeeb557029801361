//! URI names: text -> host, or `None` if Go's `net/url.Parse` rejects it.
//!
//! With a URI SAN that it cannot parse, Go rejects the whole certificate (crypto/x509/parser.go `parseSANExtension`), and name
//! constraints compare the hosts. The rest of a URI is not read.

use std::net::Ipv6Addr;

/// The host part as `net/url` reports it (with brackets and port; empty if there is none), or `None` where
/// `net/url.Parse` fails.
pub(super) fn parse_host(uri: &str) -> Option<String> {
    let (uri, fragment) = uri.split_once('#').unwrap_or((uri, ""));
    if uri.bytes().any(|byte| byte.is_ascii_control()) || !percent_escapes_valid(fragment) {
        return None;
    }
    let (scheme, rest) = split_scheme(uri)?;
    let rest = rest.split_once('?').map_or(rest, |(path, _)| path);
    if !rest.starts_with('/') {
        // With a scheme the rest is opaque; without one, `a:b/c` would look like a scheme gone wrong.
        let first_segment = rest.split('/').next().unwrap_or("");
        let opaque = scheme.is_some();
        return (opaque || (!first_segment.contains(':') && percent_escapes_valid(rest))).then(String::new);
    }
    let (host, path) = match rest.strip_prefix("//") {
        Some(authority) if scheme.is_some() || !authority.starts_with('/') => {
            let end = authority.find('/').unwrap_or(authority.len());
            let (authority, path) = authority.split_at_checked(end)?;
            (parse_authority(scheme.unwrap_or(""), authority)?, path)
        }
        _ => (String::new(), rest),
    };
    percent_escapes_valid(path).then_some(host)
}

/// The scheme if there is one; `None` for `:...`.
fn split_scheme(uri: &str) -> Option<(Option<&str>, &str)> {
    let end = uri.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
    let starts_well = uri.starts_with(|c: char| c.is_ascii_alphabetic());
    match end.and_then(|end| uri.split_at_checked(end)) {
        Some((scheme, rest)) if rest.starts_with(':') && (scheme.is_empty() || starts_well) => {
            (!scheme.is_empty()).then(|| (Some(scheme), rest.strip_prefix(':').unwrap_or(rest)))
        }
        _ => Some((None, uri)),
    }
}

fn parse_authority(scheme: &str, authority: &str) -> Option<String> {
    let Some((user, host)) = authority.rsplit_once('@') else {
        return parse_host_port(scheme, authority);
    };
    let host = parse_host_port(scheme, host)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    (user.bytes().all(allowed) && percent_escapes_valid(user)).then_some(host)
}

fn parse_host_port(scheme: &str, host: &str) -> Option<String> {
    match host.rfind('[') {
        Some(0) => {
            let (literal, port) = host.strip_prefix('[')?.rsplit_once(']')?;
            let (address, zone) = literal.split_once("%25").map_or((literal, None), |(a, z)| (a, Some(z)));
            let address = unescape_host(address)?;
            // net/netip.ParseAddr: a zone is not empty, an IPv4 address has no brackets.
            address.parse::<Ipv6Addr>().ok()?;
            let zone = match zone {
                Some(zone) => format!("%{}", unescape_zone(zone).filter(|zone| !zone.is_empty())?),
                None => String::new(),
            };
            port_valid(port).then(|| format!("[{address}{zone}]{port}"))
        }
        Some(_) => None,
        None => {
            // Hosts with colons are tolerated outside of http, where the last colon starts the port.
            let strict = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
            let colon = if strict { host.find(':') } else { host.rfind(':') };
            let port = colon.and_then(|colon| host.get(colon..)).unwrap_or("");
            if port_valid(port) { unescape_host(host) } else { None }
        }
    }
}

/// Nothing, or a colon and digits.
fn port_valid(port: &str) -> bool {
    port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Every `%` is followed by two hexadecimal digits.
fn percent_escapes_valid(text: &str) -> bool {
    text.split('%').skip(1).all(|after| after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2)
}

/// A character that a host may have unescaped (`encoding_table.go` of net/url).
fn host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!\"$&'()*+,-.:;<=>[]_~".contains(&byte)
}

/// In a host only `%25` and bytes past ASCII may be escaped; a certificate may not have the latter in a name.
fn unescape_host(host: &str) -> Option<String> {
    let mut parts = host.split("%25");
    parts.all(|part| part.bytes().all(host_byte)).then(|| host.replace("%25", "%"))
}

/// A zone may escape characters that need no escape, and blanks, which a certificate may not have in a name.
fn unescape_zone(zone: &str) -> Option<String> {
    if !percent_escapes_valid(zone) {
        return None;
    }
    let mut out = String::new();
    let mut rest = zone;
    while let Some(c) = rest.chars().next() {
        let (taken, byte) = match rest.strip_prefix('%') {
            Some(escape) => (3, u8::from_str_radix(escape.get(..2)?, 16).ok()?),
            None => (1, u8::try_from(c).ok()?),
        };
        if !(host_byte(byte) || (taken == 3 && byte == b'%')) {
            return None;
        }
        out.push(char::from(byte));
        rest = rest.get(taken..)?;
    }
    Some(out)
}
