//! What the same machine does at least: aws-lc-rs's bare keygen-and-sign loop, its bare verification, and bare flate2 over the same bytes.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use meshbundle::mesh::KeyAlgorithm;
use meshbundle::pack::{Archive, Compressor};
use meshbundle::pki::Authority;
use meshbundle::plan::{AuthorityRequest, LeafRequest, LeafUsage};
use time::OffsetDateTime;

/// Seconds of one core, each the best of several rounds.
pub(crate) struct Floors {
    /// A new key and a signature.
    pub(crate) leaf: f64,
    /// A signature that is verified.
    pub(crate) proof: f64,
    /// The contents of an archive's files that are deflated.
    pub(crate) contents: f64,
}

/// Measures the floors over `archive`, and prints how near the parts of meshbundle are to them.
pub(crate) fn measure(archive: &[u8], nodes: usize) -> Floors {
    let (leaf, ours) = (seconds_each(8_000, bare_leaf()), seconds_each(8_000, our_leaf()));
    println!("certificates: {:.0} a second and core, aws-lc-rs alone {:.0}", 1.0 / ours, 1.0 / leaf);
    let tar = gunzip(archive);
    let byte = best_of(5, || bare_deflate(&tar)) / tar.len() as f64;
    let files = contents(&tar);
    let ours = best_of(3, || pack(&files, nodes)) / (nodes * tar.len()) as f64;
    println!("archives: {:.0} MB a second and core, flate2 alone {:.0}", 1e-6 / ours, 1e-6 / byte);
    let length: usize = files.iter().map(|(_, content)| content.len()).sum();
    Floors { leaf, proof: seconds_each(8_000, bare_proof()), contents: byte * length as f64 }
}

/// Seconds that one of `count` calls takes, on one core: the best of three rounds.
fn seconds_each(count: u32, mut call: impl FnMut()) -> f64 {
    best_of(3, || (0..count).for_each(|_| call())) / f64::from(count)
}

fn best_of(rounds: usize, mut call: impl FnMut()) -> f64 {
    let round = |()| {
        let start = Instant::now();
        call();
        start.elapsed().as_secs_f64()
    };
    std::iter::repeat_n((), rounds).map(round).fold(f64::INFINITY, f64::min)
}

fn bare_proof() -> impl FnMut() {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
    let signer = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).expect("a key");
    let message = [0x30; 400];
    let signature = signer.sign(&random, &message).expect("a signature");
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, signer.public_key().as_ref().to_vec());
    move || key.verify(&message, signature.as_ref()).expect("it is right")
}

fn bare_leaf() -> impl FnMut() {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let key = |random: &SystemRandom| {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, random).expect("a key");
        EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).expect("a key")
    };
    let signer = key(&random);
    let message = [0x30; 400];
    move || {
        std::hint::black_box(key(&random));
        std::hint::black_box(signer.sign(&random, &message).expect("a signature"));
    }
}

fn our_leaf() -> impl FnMut() {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).expect("a time");
    let algorithm = KeyAlgorithm::EcdsaP256;
    let (not_before, not_after) = (now, now + Duration::from_secs(86_400));
    let request = AuthorityRequest { common_name: "bench".into(), organization: None, algorithm, not_before, not_after };
    let made = Authority::create(&request).expect("an authority");
    let authority = Authority::load(made.certificate_pem.as_bytes(), made.key_pem.as_bytes()).expect("an authority");
    let leaf = LeafRequest {
        common_name: "remote-cluster1".into(),
        dns_names: Vec::new(),
        ip_addresses: Vec::new(),
        usage: LeafUsage::Client,
        algorithm,
        not_before,
        not_after,
    };
    move || {
        std::hint::black_box(authority.issue(&leaf).expect("a leaf"));
    }
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut tar = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut tar).expect("one gzip member");
    tar
}

fn bare_deflate(tar: &[u8]) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(tar).expect("memory");
    std::hint::black_box(encoder.finish().expect("memory"));
}

fn contents(tar: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().expect("an archive").map(|entry| entry.expect("an entry"));
    let files = entries.filter(|entry| entry.header().entry_type().is_file());
    files
        .map(|mut entry| {
            let path = entry.path().expect("a path").to_str().expect("text").to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("memory");
            (path.split_once('/').expect("a top folder").1.to_owned(), content)
        })
        .collect()
}

/// Archives that share all their files, the sharing included in the time.
fn pack(files: &[(String, Vec<u8>)], nodes: usize) {
    let mut compressor = Compressor::new();
    let mut series = compressor.series();
    let shared: Vec<_> = files.iter().map(|(path, content)| (path, series.compress(content))).collect();
    for node in 0..nodes {
        let top = format!("c001.c001-n{node:03}");
        let mut archive = Archive::new();
        let mut made = std::collections::BTreeSet::new();
        for (path, _) in &shared {
            let whole = format!("{top}/{path}");
            made.extend(whole.match_indices('/').map(|(at, _)| whole.get(..at).expect("a boundary").to_owned()));
        }
        made.iter().for_each(|folder| archive.directory(folder, 0o755).expect("memory"));
        for (path, content) in &shared {
            archive.file(&format!("{top}/{path}"), 0o644, content).expect("memory");
        }
        std::hint::black_box(archive.finish(Vec::new()).expect("memory"));
    }
}
