//! Any bytes as a key, and as an authority: read, and made to sign.
//!
//! First byte modulo 4: 0, the rest is text as a file would be; 1 to 3, it is the DER of a block with one of the labels that keys
//! have. Whatever is read as a key is the same key after it was written and read again; whatever loads as an authority
//! issues, or says why not, and what it issues can be read if the authority can.

#![no_main]

#[path = "../authority.rs"]
mod authority;

use authority::{NOW, authority};
use libfuzzer_sys::fuzz_target;
use meshbundle::mesh::KeyAlgorithm;
use meshbundle::pki::{Authority, PrivateKey};
use meshbundle::plan::{LeafRequest, LeafUsage};
use meshbundle::x509::Certificate;
use time::Duration;

const LABELS: [&str; 3] = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let quad = |chunk: &[u8]| {
        let bits = chunk.iter().enumerate().fold(0, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
        (0..4)
            .map(move |at| if at <= chunk.len() { char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]) } else { '=' })
            .collect::<String>()
    };
    bytes.chunks(3).map(quad).collect()
}

fn issue(authority: &Authority, chain: &[u8]) {
    let request = LeafRequest {
        common_name: "remote-cluster1".to_owned(),
        dns_names: vec!["localhost".to_owned()],
        ip_addresses: Vec::new(),
        usage: LeafUsage::Client,
        algorithm: KeyAlgorithm::Ed25519,
        not_before: NOW,
        not_after: NOW + Duration::days(1),
    };
    let Ok(issued) = authority.issue(&request) else { return };
    // `lint` has refused an authority that `verify` cannot read before anything is issued; its name would be in the leaf.
    if Certificate::chain_from_pem(chain).is_ok() {
        Certificate::from_der(&issued.leaf_der).expect("what was issued can be read");
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let text = match usize::from(kind % 4).checked_sub(1) {
        None => rest.to_vec(),
        Some(label) => {
            let label = LABELS[label];
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", base64(rest)).into_bytes()
        }
    };
    if let Ok(key) = PrivateKey::from_pem(&text) {
        let again = PrivateKey::from_pem(key.to_pem().as_bytes()).expect("a key that was written can be read");
        assert!(*key.to_der() == *again.to_der(), "the same key");
    }
    // The text as an authority's chain, as its key, and as both in one file.
    for (chain, key) in [
        (authority().certificate_pem.as_bytes(), text.as_slice()),
        (text.as_slice(), authority().key_pem.as_bytes()),
        (text.as_slice(), text.as_slice()),
    ] {
        if let Ok(authority) = Authority::load(chain, key) {
            issue(&authority, chain);
        }
    }
});
