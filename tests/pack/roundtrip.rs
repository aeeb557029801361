//! Any tree, read by the `tar` crate through flate2's decoder, and by GNU gzip.

use std::collections::HashSet;
use std::io::Read;

use flate2::bufread::GzDecoder;
use meshbundle::pack::{Compressor, MTIME};
use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use crate::pack::tools::run;
use crate::pack::tree::{Entry, pack, sample};

/// The plain bytes of an archive that is one gzip member and nothing else.
fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut rest = bytes;
    let mut plain = Vec::new();
    GzDecoder::new(&mut rest).read_to_end(&mut plain).expect("one member");
    assert!(rest.is_empty(), "{} bytes follow the member", rest.len());
    plain
}

/// The tree in a tar, where every entry has the owner and the time that all have.
fn untar(plain: &[u8]) -> Vec<Entry> {
    let mut archive = tar::Archive::new(plain);
    let entries = archive.entries().expect("a tar").map(|entry| {
        let mut entry = entry.expect("an entry");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("a content");
        let header = entry.header();
        assert_eq!((header.uid().ok(), header.gid().ok(), header.mtime().ok()), (Some(0), Some(0), Some(MTIME)));
        assert_eq!((header.username(), header.groupname()), (Ok(Some("")), Ok(Some(""))));
        let path = String::from_utf8(entry.path_bytes().into_owned()).expect("UTF-8");
        let mode = entry.header().mode().expect("a mode");
        match path.strip_suffix('/') {
            Some(path) => {
                assert!(entry.header().entry_type().is_dir() && content.is_empty());
                Entry::directory(path, mode)
            }
            None => Entry::own(&path, mode, &content),
        }
    });
    entries.collect()
}

/// The tree without what an archive does not tell.
fn plain(tree: &[Entry]) -> Vec<Entry> {
    tree.iter().map(|entry| Entry { shared: false, ..entry.clone() }).collect()
}

/// Text with much in common, noise, and runs; also of bytes that stand for headers in a series.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let size = prop_oneof![0..3_usize, 500..530_usize, 0..5_000_usize, 32_000..42_000_usize];
    prop_oneof![
        vec("(-----BEGIN|KEY-----\n|endpoints: |https://|[a-z]{2})", 0..200).prop_map(|words| words.concat().into_bytes()),
        (any::<u8>(), size.clone()).prop_map(|(byte, len)| vec![byte; len]),
        (any::<u32>(), size).prop_map(|(seed, len)| {
            let noise = (0..).map(|n: u32| (n ^ seed).wrapping_mul(2_654_435_761).to_be_bytes()[0]);
            noise.take(len).collect()
        }),
        Just(vec![0xff; 512]),
    ]
}

fn tree() -> impl Strategy<Value = Vec<Entry>> {
    let name = prop_oneof!["[a-z]{1,3}", "[a-zA-Z0-9._ü-]{1,60}x", "[a-z]{90,160}"];
    let mode = 0..0o10000_u32;
    let entry = (any::<usize>(), name, mode, proptest::option::weighted(0.8, content()), any::<bool>());
    vec(entry, 0..40).prop_map(|drafts| {
        let mut folders = vec![String::new()];
        let mut seen = HashSet::new();
        let mut tree = Vec::new();
        for (parent, name, mode, content, shared) in drafts {
            let path = format!("{}{name}", folders[parent % folders.len()]);
            if seen.insert(path.clone()) {
                if content.is_none() {
                    folders.push(format!("{path}/"));
                }
                tree.push(Entry { path, mode, shared: shared && content.is_some(), content });
            }
        }
        tree
    })
}

#[test]
fn the_sample_comes_back() {
    let tree = sample();
    assert!(untar(&gunzip(&pack(&tree, &mut Compressor::new()))) == plain(&tree));
}

/// A tar ends with two blocks of zeros; with one, GNU tar warns, and without, others do.
#[test]
fn an_empty_tree_is_an_archive() {
    assert_eq!(gunzip(&pack(&[], &mut Compressor::new())), [0; 1024]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_comes_back(tree in tree()) {
        let bytes = pack(&tree, &mut Compressor::new());
        let tar = gunzip(&bytes);
        prop_assert!(run("gzip", "gzip", &["-dc"], &bytes) == tar);
        prop_assert_eq!(untar(&tar), plain(&tree));
    }
}
