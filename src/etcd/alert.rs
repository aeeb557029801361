//! Whose fault a broken handshake is: errors of TLS -> faults.
//!
//! An alert about a certificate that arrives here is about ours: etcd has looked at it. With TLS 1.3 that alert comes after
//! the client's handshake is done (RFC 8446 4.4.4, E.1).

use tokio_rustls::rustls::{AlertDescription, Error, InvalidMessage, PeerIncompatible};

use crate::diag::Code;
use crate::verify::Target;

use super::fault::Fault;
use super::identity::Identity;

/// What `error` says of the endpoint. What the verifier of the server's certificate has refused is told elsewhere.
pub(super) fn judged(error: &Error, target: &Target, identity: &Identity) -> Fault {
    let at = &target.text;
    match error {
        Error::AlertReceived(alert) => match alert {
            AlertDescription::NoApplicationProtocol => not_http2(at),
            AlertDescription::ProtocolVersion | AlertDescription::UnrecognisedName | AlertDescription::InternalError => {
                Fault::new(
                    Code::NoTls,
                    format!("`{at}`: no handshake is possible: the server says `{}`", name(*alert)),
                    format!(
                        "look at what listens there: `openssl s_client -connect {} -alpn h2`; it has to speak TLS 1.2 or 1.3",
                        target.authority()
                    ),
                )
            }
            // Agents offer a little more than this program: suites with CBC, and SHA-1 if they are old.
            AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity
            | AlertDescription::UnexpectedMessage
            | AlertDescription::DecodeError
            | AlertDescription::IllegalParameter => {
                identity.untried(target, &format!("the server says `{}` to what it offers", name(*alert)))
            }
            _ => identity.refused(at, &format!("says `{}`", name(*alert))),
        },
        // What begins like this is no record of TLS.
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion | InvalidMessage::MessageTooLarge,
        ) => plain(at),
        Error::PeerIncompatible(
            what @ (PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig),
        ) => Fault::new(
            Code::NoTls,
            format!("`{at}`: no handshake is possible: {what:?}"),
            "let what listens there speak TLS 1.2 or 1.3",
        ),
        error => identity.untried(target, &error.to_string()),
    }
}

/// That something without TLS listens there.
pub(super) fn plain(at: &str) -> Fault {
    Fault::new(
        Code::NoTls,
        format!("`{at}`: what listens there does not speak TLS"),
        "start the etcd with `--cert-file` and `--key-file`, and `https` in `--listen-client-urls`",
    )
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
