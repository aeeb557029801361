//! A bundle unpacked and packed again by others: readable, and told to be packed by others.

use std::collections::BTreeSet;
use std::fs;

use meshbundle::diag::Code;
use meshbundle::verify::Tree;

use crate::support::tool;
use crate::verify_archive::ours::{archives, generated};
use crate::verify_archive::{codes, read, said};

fn files(tree: &Tree) -> Vec<(String, Vec<u8>)> {
    tree.iter().filter_map(|(path, _)| Some((path.to_owned(), tree.bytes(path)?.to_vec()))).collect()
}

/// Packs a folder under a name.
const PYTHON: &str = "
import sys, tarfile
with tarfile.open(sys.argv[1], 'w:gz', format=tarfile.GNU_FORMAT) as out:
    out.add(sys.argv[2] + '/' + sys.argv[3], sys.argv[3])
";

#[test]
fn archives_packed_again_are_readable_and_not_canonical() {
    let sandbox = generated("own-authorities.yaml");
    for (bundle, bytes) in archives(&sandbox) {
        let before = read(&bytes);
        let top = sandbox.unpack(&bundle);
        let (parent, name) = (top.parent().expect("a parent"), top.file_name().expect("a name"));
        let again = sandbox.path("again.tar.gz");
        let [parent, name, again] = [parent.as_os_str(), name, again.as_os_str()].map(|word| word.to_str().expect("text"));
        let packers: [(&str, Vec<&str>); 4] = [
            ("tar", vec!["-czf", again, "-C", parent, name]),
            ("tar", vec!["-czf", again, "-C", parent, "--format=ustar", name]),
            ("busybox", vec!["tar", "-czf", again, "-C", parent, name]),
            ("python3", vec!["-c", PYTHON, again, parent, name]),
        ];
        for (program, args) in packers {
            tool(program, program, &args);
            let archive = read(&fs::read(again).expect("an archive"));
            let told = said(&archive.findings);
            assert_eq!(codes(&archive.findings), BTreeSet::from([Code::NotCanonical]), "{program} {args:?}: {told}");
            assert_eq!(archive.findings.len(), 1, "one thing is to be corrected: {told}");
            assert_eq!(archive.top, before.top);
            assert!(files(&archive.tree) == files(&before.tree), "{program} {args:?}");
        }
    }
}
