//! What `generate` writes is read without a finding, and to the tree that GNU tar unpacks.

use std::os::unix::fs::PermissionsExt;

use meshbundle::verify::Entry;

use crate::support::Sandbox;
use crate::{read, said};

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
                    Some(Entry::Folder(found)) => assert!(entry.file_type().is_dir() && *found == mode, "{path}"),
                    Some(Entry::File { mode: found, bytes }) => {
                        assert_eq!(*found, mode, "{path}");
                        assert!(std::fs::read(entry.path()).expect("a file") == **bytes, "{path}");
                    }
                    _ => panic!("{bundle}: {path} is not in the tree"),
                }
            }
            assert_eq!(archive.tree.iter().count(), count, "{bundle}");
        }
    }
}
