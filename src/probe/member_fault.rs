//! Why a port of a member shows nothing: the faults of its connection, with what helps at a member.

use crate::diag::Code;
use crate::etcd::Fault;
use crate::verify::authority;

use super::member_port::{MemberPort, PortKind};

/// The fault with a help for the port of a member. What a connection reports by itself is for agents.
pub(super) fn advise(fault: Fault, port: &MemberPort) -> Fault {
    let MemberPort { cluster, member, kind, number, .. } = port;
    let (listen, files) = match kind {
        PortKind::Client => ("`--listen-client-urls`", "`ETCD_CERT_FILE`"),
        PortKind::Peer => ("`--listen-peer-urls`", "`ETCD_PEER_CERT_FILE`"),
    };
    let other = match kind {
        PortKind::Client => "`--client-port` names another port",
        PortKind::Peer => "`--peer-port` names another port",
    };
    let newest = format!("install the newest bundle of `{cluster}/member/{member}`, or find out which machine has this address");
    let help = match fault.code {
        Code::ConnectionRefused => format!("start the member, or let it listen there ({listen}); {other}"),
        Code::NoAnswer => format!(
            "see whether the member runs, and allow this machine to connect to port {number} there (firewall, security group); {other}"
        ),
        Code::NoTls => format!("start the member with the bundle's `etcd.env`, which sets {files}; {other}"),
        Code::ServerUntrusted | Code::ServerName => newest,
        Code::ServerUnfit => format!("install the newest bundle of `{cluster}/member/{member}`"),
        Code::CannotTry => format!("look at it yourself: `openssl s_client -connect {} </dev/null`", target(port)),
        _ => return fault,
    };
    Fault { help, ..fault }
}

/// The fault of a name that has no address.
pub(super) fn unknown_name(host: &str, reason: &str) -> Fault {
    let help = format!("enter `{host}` into `/etc/hosts` of this machine, or into its DNS");
    Fault::new(Code::NameUnknown, format!("`{host}` does not resolve: {reason}"), help)
}

/// The fault of a port without an address.
pub(super) fn nowhere(port: &MemberPort) -> Fault {
    let message = format!("`{}/member/{}` has no address that could be tried", port.cluster, port.member);
    Fault::new(Code::NameUnknown, message, "list its addresses in the mesh")
}

/// Host and port for a command.
fn target(port: &MemberPort) -> String {
    let host = port.hosts.first().map_or("HOST", String::as_str);
    authority(host, port.number)
}
