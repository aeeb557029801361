//! Addresses that lead to no other machine.

use std::net::IpAddr;

/// Why no other machine can be reached at an address.
pub(super) fn explain_unreachable(address: IpAddr) -> Option<&'static str> {
    match address.to_canonical() {
        address if address.is_loopback() => Some("a loopback address: every agent would connect to its own host"),
        address if address.is_unspecified() => {
            Some("the unspecified address: servers listen on it, and nothing can connect to it")
        }
        IpAddr::V4(address) if address.is_link_local() => Some("link-local: it is another machine on each network"),
        IpAddr::V6(address) if address.is_unicast_link_local() => Some("link-local: it is another machine on each network"),
        _ => None,
    }
}
