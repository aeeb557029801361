//! Archives as others read them: GNU tar, GNU gzip, busybox, Python and the `tar` crate must find what was packed.

mod refusals;
mod roundtrip;
mod tools;
mod tree;

use meshbundle::pack::{Archive, Compressor, PackError};

use tree::{Entry, pack, sample};

/// The bytes of a small archive. They change only if what writes them does: this module, or a new version of flate2 or
/// zlib-rs. Then every archive that users have changes with the next run, though none of its files do. So: find out what
/// changed; if it is a dependency that brings nothing else, stay on the old one; otherwise say so in the CHANGELOG, and
/// put the new digest here.
const GOLDEN: &str = "14ef20dc1f9a531a69884fa53e2375137f4412258ef57de820081ed84cbb6311";

#[test]
fn the_bytes_are_pinned() -> Result<(), PackError> {
    let mut compressor = Compressor::new();
    let lone = compressor.compress(b"{}\n");
    let mut series = compressor.series();
    let certificate = |n: u32| {
        let lines = (0..24).map(|line| format!("{:064x}\n", u128::from(line * line + n) * 0x9e37_79b9_7f4a_7c15_f39c_c060));
        format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", lines.collect::<String>())
    };
    let files = [1, 2, 3].map(|n| series.compress(certificate(n).as_bytes()));
    let mut archive = Archive::new();
    archive.directory("cluster1.node1", 0o755)?;
    archive.file("cluster1.node1/manifest.json", 0o644, &lone)?;
    for (n, file) in files.iter().enumerate() {
        archive.file(&format!("cluster1.node1/{n}.crt"), 0o644, file)?;
    }
    assert_eq!(hex::encode(archive.finish(Vec::new())?.sha256), GOLDEN);
    Ok(())
}

/// Whatever the compressor had to do before, and however the output takes its bytes.
#[test]
fn the_same_tree_gives_the_same_bytes() {
    let tree = sample();
    let mut used = Compressor::new();
    used.series().compress(b"another cluster's");
    let bytes = pack(&tree, &mut used);
    assert!(pack(&tree, &mut used) == bytes);
    assert!(pack(&tree, &mut Compressor::new()) == bytes);
    let mut other = tree;
    other.push(Entry::file("cluster1.node1/last", 0o644, b""));
    assert!(pack(&other, &mut used) != bytes);
}

#[test]
fn length_and_digest_are_those_of_the_bytes() -> Result<(), PackError> {
    let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
    for content in [&noise[..], &noise[..3], &[]] {
        let content = Compressor::new().compress(content);
        let mut archive = Archive::new();
        archive.file("a", 0o644, &content)?;
        let finished = archive.finish(Vec::new())?;
        assert_eq!(finished.len, finished.out.len() as u64);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &finished.out);
        assert_eq!(finished.sha256, digest.as_ref());
    }
    Ok(())
}

/// What makes the module worth its code: nodes share contents, and contents share their parts.
#[test]
fn a_series_is_smaller_than_its_contents_alone() {
    let config = |n: u32| format!("endpoints:\n- https://10.0.{n}.1:2379\ntrusted-ca-file: /var/lib/clustermesh/ca.crt\n");
    let mut compressor = Compressor::new();
    let alone: Vec<_> = (0..50).map(|n| compressor.compress(config(n).as_bytes())).collect();
    let mut series = compressor.series();
    let linked: Vec<_> = (0..50).map(|n| series.compress(config(n).as_bytes())).collect();
    let [alone, linked] = [alone, linked].map(|contents| {
        let mut archive = Archive::new();
        for (n, content) in contents.iter().enumerate() {
            archive.file(&format!("cluster{n}"), 0o644, content).expect("a fine entry");
        }
        archive.finish(Vec::new()).expect("a vector takes everything").len
    });
    assert!(linked * 3 < alone * 2, "{linked} of {alone}");
}
