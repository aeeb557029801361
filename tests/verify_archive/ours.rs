//! What `generate` writes is read without a finding, and to the tree that GNU tar unpacks.

use std::os::unix::fs::PermissionsExt;

use meshbundle::pack::{Archive, Compressor};
use meshbundle::verify::Entry;

use crate::support::Sandbox;
use crate::verify_archive::{read, said};

/// The name and the bytes of every archive of a sample.
pub(crate) fn archives(sandbox: &Sandbox) -> Vec<(String, Vec<u8>)> {
    let tree = sandbox.tree("out/bundles");
    let archives = tree.into_iter().filter_map(|(path, (_, bytes))| Some((path.strip_suffix(".tar.gz")?.to_owned(), bytes)));
    archives.collect()
}

pub(crate) fn generated(sample: &str) -> Sandbox {
    let sandbox = Sandbox::with_sample(sample);
    sandbox.generate(&[]);
    sandbox
}

#[test]
fn archives_of_samples_have_no_finding_and_the_tree_of_gnu_tar() {
    for sample in ["guide-two-clusters.yaml", "own-authorities.yaml"] {
        let sandbox = generated(sample);
        let archives = archives(&sandbox);
        assert!(archives.len() > 3, "{sample}");
        for (bundle, bytes) in archives {
            let archive = read(&bytes);
            assert!(archive.findings.is_empty(), "{bundle}: {}", said(&archive.findings));
            let top = sandbox.unpack(&bundle);
            assert_eq!(archive.top.as_deref(), top.file_name().and_then(|name| name.to_str()));
            let unpacked = walkdir::WalkDir::new(&top).min_depth(1).into_iter().map(|entry| entry.expect("readable"));
            let mut count = 0;
            for entry in unpacked {
                count += 1;
                let path = entry.path().strip_prefix(&top).expect("below").to_str().expect("text");
                let mode = entry.metadata().expect("metadata").permissions().mode() & 0o7777;
                match archive.tree.get(path) {
                    Some(Entry::Folder(found)) => assert!(entry.file_type().is_dir() && *found == Some(mode), "{path}"),
                    Some(Entry::File { mode: found, bytes }) => {
                        assert_eq!(*found, Some(mode), "{path}");
                        assert!(std::fs::read(entry.path()).expect("a file") == **bytes, "{path}");
                    }
                    _ => panic!("{bundle}: {path} is not in the tree"),
                }
            }
            assert_eq!(archive.tree.iter().count(), count, "{bundle}");
        }
    }
}

/// Five times the links that a node can have, with long names and large certificates.
#[test]
fn the_largest_bundle_is_far_from_every_limit() {
    let text =
        |seed: usize, len: usize| (0..len / 8).map(|n| format!("{:08x}", (n * 40_503) ^ (seed * 2_654_435))).collect::<String>();
    let top = format!("cluster1.{}", "n".repeat(63));
    let folder = format!("{top}/payload/var/lib/cilium/clustermesh");
    let cuts = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
    let folders: Vec<&str> = cuts.filter_map(|at| folder.get(..at)).collect();
    let remotes: Vec<String> = (0..2550).map(|n| format!("{}{n:04}", "r".repeat(28))).collect();
    let mut compressor = Compressor::new();
    let mut series = compressor.series();
    let mut files = Vec::new();
    for (n, remote) in remotes.iter().enumerate() {
        for (ending, mode, len) in [("-ca.crt", 0o644, 4000), (".crt", 0o644, 2500), (".key", 0o600, 1700)] {
            files.push((format!("{folder}/{remote}.etcd-client{ending}"), mode, series.compress(text(n, len).as_bytes())));
        }
    }
    for remote in &remotes {
        let config = format!("endpoints:\n- https://{remote}.mesh.cilium.io:2379\ntrusted-ca-file: {folder}/{remote}.crt\n");
        files.push((format!("{folder}/{remote}"), 0o644, series.compress(config.as_bytes())));
    }
    let mut archive = Archive::new();
    for folder in folders {
        archive.directory(folder, if folder == top { 0o700 } else { 0o755 }).expect("a fine entry");
    }
    for (path, mode, content) in &files {
        archive.file(path, *mode, content).expect("a fine entry");
    }
    let found = read(&archive.finish(Vec::new()).expect("memory").out);
    assert!(found.findings.is_empty(), "{}", said(&found.findings));
    assert_eq!(found.tree.iter().count(), files.len() + 5);
}
