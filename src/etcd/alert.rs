//! Turns a failed TLS handshake into a fault, and decides which end has caused it.
//!
//! An alert about a certificate that the server sends is about the client's: etcd has verified it. With TLS 1.3 that alert comes
//! after the client's handshake is done (RFC 8446 4.4.4, E.1).

use tokio_rustls::rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible};

use crate::diag::Code;
use crate::mesh::{CiliumVersion, Feature};
use crate::verify::Target;

use super::fault::Fault;
use super::identity::Identity;

/// The fault of the endpoint that `error` shows. Rejected server certificates are reported by [`ServerJudge`](super::server).
/// `asked` is whether the server has asked for the client's certificate, and `version` that of the agents.
pub(super) fn judge(error: &Error, target: &Target, identity: &Identity, version: CiliumVersion, asked: bool) -> Fault {
    let at = &target.text;
    match error {
        Error::AlertReceived(alert) => of_alert(*alert, target, identity, version, asked),
        // Bytes that begin like this are not a TLS record.
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion | InvalidMessage::MessageTooLarge,
        ) => plain(at),
        Error::PeerIncompatible(
            what @ (PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig),
        ) => nothing_in_common(target, VERSION, &format!("{what:?}")),
        error => identity.untried(target, &error.to_string()),
    }
}

/// What an alert means by RFC 8446 6.2, and when Go's servers send it.
fn of_alert(alert: AlertDescription, target: &Target, identity: &Identity, version: CiliumVersion, asked: bool) -> Fault {
    let (at, says) = (&target.text, format!("says `{}`", name(alert)));
    match alert {
        AlertDescription::NoApplicationProtocol => not_http2(at),
        // With TLS 1.2 Go says so of a client without a certificate (crypto/tls/handshake_server.go, processCertsFromClient).
        AlertDescription::HandshakeFailure if asked && identity.leaf().is_none() => identity.refused(at, &says),
        AlertDescription::ProtocolVersion => nothing_in_common(target, VERSION, &format!("the server {says}")),
        AlertDescription::UnrecognisedName => Fault::new(
            Code::ServerName,
            format!("`{at}`: no server there has the name `{}`: it {says}", target.host),
            "use a name that the balancer routes by SNI; clients send no SNI for an address",
        ),
        // Go's server of a certificate that its key does not belong to, among others.
        AlertDescription::InternalError => Fault::new(
            Code::EtcdUnwell,
            format!("`{at}`: the server fails in the handshake: it {says}"),
            "check the etcd's log: the files of `--cert-file` and `--key-file` may not match",
        )
        .because("the server speaks TLS, but cannot complete a handshake with any client"),
        // Agents of this version offer nothing that meshbundle has not offered.
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity
            if !asked && version.has(Feature::ModernHandshakes) =>
        {
            nothing_in_common(target, SUITE, &format!("the server {says}"))
        }
        // Older agents offer a little more: SHA-1, and some of them suites with CBC.
        AlertDescription::HandshakeFailure
        | AlertDescription::InsufficientSecurity
        | AlertDescription::UnexpectedMessage
        | AlertDescription::DecodeError
        | AlertDescription::IllegalParameter => identity.untried(target, &format!("the server {says} to what it offers")),
        _ => identity.refused(at, &says),
    }
}

/// What the two ends may not have in common, and what limits it. etcd always has TLS 1.2 or 1.3.
const VERSION: (&str, &str) = ("version", "allow TLS 1.2 or 1.3 in the balancer before the etcd (HAProxy: `ssl-max-ver`)");
const SUITE: (&str, &str) = ("cipher suite, curve or signature", "remove `--cipher-suites` from etcd's options");

/// The fault of a server that speaks TLS, but has nothing of a kind in common with agents.
fn nothing_in_common(target: &Target, (kind, help): (&str, &str), what: &str) -> Fault {
    Fault::new(
        Code::NothingInCommon,
        format!("`{}`: both ends speak TLS, but have no {kind} in common: {what}", target.text),
        format!("{help}, or check what it accepts: `openssl s_client -connect {} -alpn h2 </dev/null`", target.authority()),
    )
}

/// The fault of a server that does not speak TLS.
pub(super) fn plain(at: &str) -> Fault {
    Fault::new(
        Code::NoTls,
        format!("`{at}`: the server there does not speak TLS"),
        "start the etcd with `--cert-file` and `--key-file`, and `https` in `--listen-client-urls`; if this is the port of its peers, \
         write the one for clients",
    )
}

/// The fault of a connection that the server ended before TLS began. Servers without TLS do so, and balancers whose servers are
/// down.
pub(super) fn closed_without_alert(target: &Target, how: &std::io::Error) -> Fault {
    let how = if how.kind() == std::io::ErrorKind::ConnectionReset { "resets" } else { "closes" };
    Fault::new(
        Code::NoTls,
        format!("`{}`: the server there {how} the connection before TLS begins", target.text),
        format!(
            "check that the etcd has `--cert-file` and `https` in `--listen-client-urls`, and check proxies in between: `openssl \
             s_client -connect {} -alpn h2 </dev/null`",
            target.authority()
        ),
    )
    .because("it does not speak TLS, it is a balancer whose servers are down, or a firewall cuts the connection")
}

/// The fault of a server that speaks TLS, but does not offer HTTP/2, which gRPC needs.
pub(super) fn not_http2(at: &str) -> Fault {
    Fault::new(
        Code::NotEtcd,
        format!("`{at}`: the server speaks TLS, but not HTTP/2 (ALPN `h2`)"),
        "point the endpoint to etcd itself, or to a proxy that passes TLS or HTTP/2 through",
    )
}

/// The name of an alert as RFC 8446 6 writes it: `bad_certificate`.
fn name(alert: AlertDescription) -> String {
    let mut words = String::new();
    for c in format!("{alert:?}").chars() {
        if c.is_ascii_uppercase() && !words.is_empty() && !words.ends_with("unknown_c") {
            words.push('_');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::AlertDescription;

    #[test]
    fn alerts_have_the_names_of_the_rfc() {
        assert_eq!(super::name(AlertDescription::BadCertificate), "bad_certificate");
        assert_eq!(super::name(AlertDescription::UnknownCA), "unknown_ca");
        assert_eq!(super::name(AlertDescription::CertificateExpired), "certificate_expired");
    }
}
