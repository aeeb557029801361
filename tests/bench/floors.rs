//! Speed, as ratios to what the same machine does at least, all measured in this one run.
//!
//! The floors: aws-lc-rs's bare keygen-and-sign loop, and bare flate2 over the same bytes. The whole run of 255 clusters with 20
//! nodes each is held against the sum of these floors, with each shared byte compressed once.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use meshbundle::mesh::KeyAlgorithm;
use meshbundle::pack::{Archive, Compressor};
use meshbundle::pki::Authority;
use meshbundle::plan::{AuthorityRequest, LeafRequest, LeafUsage};
use time::OffsetDateTime;

const CLUSTERS: usize = 255;
const NODES: usize = 20;

fn main() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let bare_leaf = seconds_each(8_000, bare_leaf());
    let our_leaf = seconds_each(8_000, our_leaf());
    println!(
        "certificates: {:.0} a second and core, aws-lc-rs alone {:.0}: {:.2} of the floor",
        1.0 / our_leaf,
        1.0 / bare_leaf,
        bare_leaf / our_leaf
    );

    let first = generate(folder.path());
    let archive = folder.path().join("out/bundles/c001/nodes/c001-n001.tar.gz");
    let tar = gunzip(&fs::read(&archive).expect("an archive"));
    let bare_byte = best_of(5, || bare_deflate(&tar)) / tar.len() as f64;
    let files = contents(&tar);
    let shared: usize = files.iter().map(|(_, content)| content.len()).sum();
    let packed = best_of(3, || pack_twenty(&files));
    let our_byte = packed / (NODES * tar.len()) as f64;
    println!(
        "archives: {:.0} MB a second and core, bare flate2 {:.0}: {:.2} of the floor",
        1e-6 / our_byte,
        1e-6 / bare_byte,
        bare_byte / our_byte
    );

    let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
    let leaves = CLUSTERS * (CLUSTERS - 1) + CLUSTERS;
    let floor = (leaves as f64 * bare_leaf + (CLUSTERS * shared) as f64 * bare_byte) / cores;
    println!(
        "{CLUSTERS} clusters x {NODES} nodes: {:.1} s, sum of the floors {floor:.1} s on {cores} cores: {:.2} times the floor; peak {} MiB; {:.0}% of the cores busy",
        first.seconds,
        first.seconds / floor,
        first.peak_kib / 1024,
        100.0 * first.cpu_seconds / first.seconds / cores,
    );
    let second = generate(folder.path());
    println!(
        "unchanged second run: {:.1} s, {:.3} of the first; peak {} MiB",
        second.seconds,
        second.seconds / first.seconds,
        second.peak_kib / 1024,
    );
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

/// Twenty archives that share all their files, the sharing included in the time.
fn pack_twenty(files: &[(String, Vec<u8>)]) {
    let mut compressor = Compressor::new();
    let mut series = compressor.series();
    let shared: Vec<_> = files.iter().map(|(path, content)| (path, series.compress(content))).collect();
    for node in 0..NODES {
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

struct Measured {
    seconds: f64,
    cpu_seconds: f64,
    peak_kib: u64,
}

/// Runs the program over the large mesh, and watches it in `/proc`.
fn generate(folder: &Path) -> Measured {
    let mesh = folder.join("mesh.yaml");
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples/large.sh");
    let text = Command::new(script).args([CLUSTERS.to_string(), NODES.to_string()]).output().expect("the script runs").stdout;
    fs::write(&mesh, text).expect("written");
    let start = Instant::now();
    let mut child: Child = Command::new(env!("CARGO_BIN_EXE_meshbundle"))
        .args(["generate", "mesh.yaml", "--out", "out", "--create-authorities"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let (mut peak_kib, mut ticks) = (0, 0);
    let status = loop {
        if let Ok(status) = fs::read_to_string(format!("/proc/{}/status", child.id())) {
            let high =
                status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|rest| rest.split_whitespace().next());
            peak_kib = high.and_then(|kib| kib.parse().ok()).unwrap_or(peak_kib);
        }
        if let Ok(stat) = fs::read_to_string(format!("/proc/{}/stat", child.id())) {
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
            let field = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
            ticks = ticks.max(field(11) + field(12));
        }
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(status.success(), "generate failed");
    Measured { seconds: start.elapsed().as_secs_f64(), cpu_seconds: ticks as f64 / 100.0, peak_kib }
}
