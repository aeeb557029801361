//! Archives as `verify` reads them: ours without a finding, any changed byte with one, and whatever hostile people pack.

mod bombs;
mod bytes;
mod forge;
mod gzips;
mod help_lines;
mod hostile;
mod ours;
mod repacked;

use std::collections::BTreeSet;

use meshbundle::diag::{Code, Diagnostic};
use meshbundle::verify::{Archive, read_archive};

/// The codes of findings, each once.
fn codes(findings: &[Diagnostic]) -> BTreeSet<Code> {
    findings.iter().map(|finding| finding.code).collect()
}

/// What is said, for messages of tests.
fn said(findings: &[Diagnostic]) -> String {
    findings.iter().map(|finding| format!("{}: {}\n", finding.code, finding.message)).collect()
}

/// Reads `bytes`; demands that each finding can be shown and acted on, and that there are few.
fn read(bytes: &[u8]) -> Archive {
    let archive = read_archive(bytes, "a.tar.gz");
    assert!(archive.findings.len() <= 12, "{}", said(&archive.findings));
    for finding in &archive.findings {
        let texts = [Some(finding.message.as_str()), finding.cause.as_deref(), finding.help.as_deref()];
        for text in texts.into_iter().map(|text| text.expect("said")) {
            assert!(!text.is_empty() && text.len() < 1000 && !text.contains(char::is_control), "{text:?}");
        }
        assert_eq!(finding.place.as_ref().map(|place| place.file.as_str()), Some("a.tar.gz"));
    }
    archive
}

/// Demands that `bytes` give just this code, and a message with these words.
fn is_told(what: &str, bytes: &[u8], code: Code, words: &str) -> Archive {
    let archive = read(bytes);
    let told = said(&archive.findings);
    assert_eq!(codes(&archive.findings), BTreeSet::from([code]), "{what}: {told}");
    assert!(told.contains(words), "{what}: {told}");
    archive
}
