//! Names of the DNS, as Go's `crypto/x509` accepts them.

/// Go's `domainNameValid`: printable ASCII labels, none empty, no closing dot. The empty name passes, and a
/// constraint may start with a dot.
pub(super) fn domain_name_valid(name: &str, constraint: bool) -> bool {
    if name.is_empty() {
        return true;
    }
    let name = if constraint { name.strip_prefix('.').unwrap_or(name) } else { name };
    name.split('.').all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic()))
}
