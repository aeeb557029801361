//! Any bytes as certificates: read, asked for everything they say, and proven against one another.
//!
//! Odd first byte: the rest is text, as a file would be. Even: the rest is DER, several certificates, each after its length in
//! two bytes: mutations of base64 hardly ever get as far as the parser.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::x509::{Certificate, Usage, host_matches, verify_chain};
use time::{Duration, OffsetDateTime};

fn pieces(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (piece, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

fn ask(certificate: &Certificate) {
    let _ = (certificate.subject(), certificate.issuer(), certificate.common_name(), certificate.serial_hex());
    let _ = (certificate.not_before().to_string(), certificate.not_after().to_string(), certificate.fingerprint());
    let _ = (certificate.is_ca(), certificate.path_len(), certificate.ext_key_usages(), certificate.public_key_kind());
    let _ = (format!("{certificate:?}"), certificate.subject_key_id(), certificate.authority_key_id());
    for host in ["etcd.example.net", "10.1.1.1", "::1", "*.example.net", ""] {
        let _ = host_matches(certificate, host);
    }
    for host in certificate.dns_names() {
        let _ = host_matches(certificate, host);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let certificates = if kind % 2 == 1 {
        let _ = Certificate::anchors_from_pem(rest);
        Certificate::chain_from_pem(rest).unwrap_or_default()
    } else {
        pieces(rest).into_iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
    };
    certificates.iter().for_each(ask);
    let (Some(leaf), Some(anchor)) = (certificates.first(), certificates.last()) else { return };
    let middle = certificates.get(1..).unwrap_or_default();
    let anchors = std::slice::from_ref(anchor);
    // The middle of the leaf's own validity: the dates are then no reason to stop.
    let half: Duration = (leaf.not_after() - leaf.not_before()) / 2;
    let at = leaf.not_before().checked_add(half).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let host = leaf.dns_names().first().map(String::as_str);
    for (usage, host) in [(Usage::ServerAuth, host), (Usage::ClientAuth, None)] {
        match verify_chain(leaf, middle, anchors, usage, host, at) {
            Ok(chain) => assert!(chain.first() == Some(leaf) && chain.last() == Some(anchor), "a chain from leaf to anchor"),
            Err(error) => drop(error.to_string()),
        }
    }
});
