//! Whose fault a broken handshake is: errors of TLS -> faults.
//!
//! An alert about a certificate that arrives here is about ours: etcd has looked at it. With TLS 1.3 that alert comes after
//! the client's handshake is done (RFC 8446 4.4.4, E.1).

use tokio_rustls::rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible};

use crate::diag::Code;
use crate::mesh::{CiliumVersion, Feature};
use crate::verify::Target;

use super::fault::Fault;
use super::identity::Identity;

/// What `error` says of the endpoint. What the verifier of the server's certificate has refused is told elsewhere. `asked` is
/// whether the server has asked for the client's certificate, and `version` that of the agents.
pub(super) fn judged(error: &Error, target: &Target, identity: &Identity, version: CiliumVersion, asked: bool) -> Fault {
    let at = &target.text;
    match error {
        Error::AlertReceived(alert) => of_alert(*alert, target, identity, version, asked),
        // What begins like this is no record of TLS.
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
            format!("`{at}`: no server there is called `{}`: it {says}", target.host),
            "dial a name that the balancer routes by SNI; an address sends none",
        ),
        // Go's server of a certificate that its key does not belong to, among others.
        AlertDescription::InternalError => Fault::new(
            Code::EtcdUnwell,
            format!("`{at}`: the server fails in the handshake: it {says}"),
            "look at the etcd's log: the files of `--cert-file` and `--key-file` may not belong together",
        )
        .because("the server speaks TLS, and cannot complete a handshake with anybody"),
        // What they offer this program has offered.
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

/// What both ends may miss, and what limits it. etcd always has TLS 1.2 or 1.3.
const VERSION: (&str, &str) = ("version", "allow TLS 1.2 or 1.3 in the balancer before the etcd (HAProxy: `ssl-max-ver`)");
const SUITE: (&str, &str) = ("cipher suite, curve or signature", "leave `--cipher-suites` out of etcd's options");

/// That there is TLS, but nothing of a kind that both ends know.
fn nothing_in_common(target: &Target, (kind, help): (&str, &str), what: &str) -> Fault {
    Fault::new(
        Code::NothingInCommon,
        format!("`{}`: both ends speak TLS, and have no {kind} in common: {what}", target.text),
        format!("{help}, or see what it takes: `openssl s_client -connect {} -alpn h2 </dev/null`", target.authority()),
    )
}

/// That something without TLS listens there.
pub(super) fn plain(at: &str) -> Fault {
    Fault::new(
        Code::NoTls,
        format!("`{at}`: what listens there does not speak TLS"),
        "start the etcd with `--cert-file` and `--key-file`, and `https` in `--listen-client-urls`",
    )
}

/// That the connection ended before the server had said a word of TLS: plain servers do so, and what stands before servers that
/// are down.
pub(super) fn closed_without_alert(target: &Target, how: &std::io::Error) -> Fault {
    let how = if how.kind() == std::io::ErrorKind::ConnectionReset { "resets" } else { "closes" };
    Fault::new(
        Code::NoTls,
        format!("`{}`: what listens there {how} the connection before a word of TLS", target.text),
        format!("look at what is there, and in between: `openssl s_client -connect {} -alpn h2 </dev/null`", target.authority()),
    )
    .because("it speaks no TLS, or it is a balancer whose servers are down, or a firewall cuts the connection")
}

/// That TLS is fine, but HTTP/2 is not offered, without which there is no gRPC.
pub(super) fn not_http2(at: &str) -> Fault {
    Fault::new(
        Code::NotEtcd,
        format!("`{at}`: the server speaks TLS, but no HTTP/2 (ALPN `h2`)"),
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
    fn alerts_have_their_names_of_the_rfc() {
        assert_eq!(super::name(AlertDescription::BadCertificate), "bad_certificate");
        assert_eq!(super::name(AlertDescription::UnknownCA), "unknown_ca");
        assert_eq!(super::name(AlertDescription::CertificateExpired), "certificate_expired");
    }
}
