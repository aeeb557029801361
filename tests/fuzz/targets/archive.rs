//! Any bytes as an archive: read, and told about.
//!
//! First byte modulo 3: 0, the rest is the file; 1, it is the tar, which is put into gzip here, with sums that hold; 2, it is
//! a tar, too, and the checksum of each block that looks like a header is put right: mutations seldom keep it.
//!
//! A crash is a panic, a hang or too much memory. Beside that: the tree has plain paths only, and holds no more than was
//! allowed; findings can be shown; and a file without findings is one gzip member with nothing beside it.

#![no_main]

use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use meshbundle::verify::{Archive, Entry, read_archive};

fn judge(archive: &Archive) {
    let mut held = 0;
    for (path, entry) in archive.tree.iter() {
        assert!(path.split('/').all(|part| !["", ".", ".."].contains(&part)), "{path:?}");
        assert!(!path.contains(char::is_control), "{path:?}");
        match entry {
            Entry::Folder(mode) => assert!(mode.is_some_and(|mode| mode <= 0o7777)),
            Entry::File { mode, bytes } => {
                assert!(mode.is_some_and(|mode| mode <= 0o7777));
                held += bytes.len();
            }
            _ => panic!("an archive has files and folders only"),
        }
        let mut parents = path.match_indices('/').filter_map(|(at, _)| archive.tree.get(&path[..at]));
        assert!(parents.all(|parent| matches!(parent, Entry::Folder(_))), "{path:?} is below a file");
    }
    assert!(held <= 64 << 20, "{held} bytes");
    assert!(archive.tree.iter().next().is_none() || archive.top.is_some(), "a tree without a top folder");
    assert!(archive.findings.len() <= 40, "{} findings", archive.findings.len());
    for finding in &archive.findings {
        assert!(finding.message.len() < 1000 && !finding.message.contains(char::is_control), "{:?}", finding.message);
        assert!(finding.help.is_some() && finding.cause.is_some());
    }
}

/// Puts the checksum right of every block that has the magic of a header.
fn mended(tar: &[u8]) -> Vec<u8> {
    let mut tar = tar.to_vec();
    for block in tar.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
    }
    tar
}

fn packed(tar: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(tar).expect("memory");
    gzip.finish().expect("memory")
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let file = match kind % 3 {
        0 => rest.to_vec(),
        1 => packed(rest),
        _ => packed(&mended(rest)),
    };
    let archive = read_archive(&*file, "a.tar.gz");
    judge(&archive);
    if archive.findings.is_empty() {
        let mut left = &*file;
        let mut plain = Vec::new();
        GzDecoder::new(&mut left).read_to_end(&mut plain).expect("a gzip member");
        assert!(left.is_empty(), "bytes beside it");
    }
});
