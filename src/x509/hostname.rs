//! Host names: whether a certificate is for a host, as Go's `Certificate.VerifyHostname`, and Go's other rules for names.
//!
//! An IP address matches IP SANs only, a name matches DNS SANs only, the common name is ignored (crypto/x509/verify.go, since Go
//! 1.15). No look-ups, no IDNA: hosts are compared as they are written.

use std::net::IpAddr;

use crate::x509::certificate::Certificate;

/// Whether `cert` is valid for `host`: an IP address (brackets allowed) or a DNS name in any case, with or without
/// its closing dot. A wildcard matches exactly the leftmost label. The empty host matches nothing.
pub fn host_matches(cert: &Certificate, host: &str) -> bool {
    let unbracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|ip| !ip.is_empty());
    if let Ok(ip) = unbracketed.unwrap_or(host).parse::<IpAddr>() {
        // Go's net.IP.Equal: an IPv4 address and its IPv4-mapped IPv6 form are one.
        return cert.ip_addresses().iter().any(|san| san.to_canonical() == ip.to_canonical());
    }
    let host_valid = valid_hostname(host.strip_suffix('.').unwrap_or(host), false);
    cert.dns_names().iter().any(|pattern| {
        if host_valid && valid_hostname(pattern, true) {
            matches_pattern(pattern, host.strip_suffix('.').unwrap_or(host))
        } else {
            // A text that is not a valid host name is compared as a whole.
            !matches!(host, "" | ".") && pattern.eq_ignore_ascii_case(host)
        }
    })
}

/// Go's `validHostname`: letters, digits, `_`, and `-` but not in front; `*` as the whole first label of a pattern.
fn valid_hostname(host: &str, pattern: bool) -> bool {
    let label_valid = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let host = if pattern { host.strip_prefix("*.").unwrap_or(host) } else { host };
    host.split('.').all(label_valid)
}

/// Go's `matchHostnames`: label by label, where a first `*` matches any one label.
fn matches_pattern(pattern: &str, host: &str) -> bool {
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(pattern), Some((_, host))) => pattern.eq_ignore_ascii_case(host),
        (Some(_), None) => false,
        (None, _) => pattern.eq_ignore_ascii_case(host),
    }
}
