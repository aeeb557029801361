//! `SHA256SUMS` against the files: each file has its sum, each sum its file.

use std::collections::{BTreeSet, HashMap};

use crate::diag::{Code, Collector, Diagnostic, FilePlace};

use super::super::files::BundleTree;
use super::super::tree::Entry;

const NAME: &str = "SHA256SUMS";

pub(super) fn look(bundle: &BundleTree) -> Vec<Diagnostic> {
    let mut findings = Collector::of_file();
    let mut tell = |code: Code, path: &str, message: &dyn Fn() -> String| {
        findings.push_with(code, || {
            let finding = Diagnostic::of_file(code, FilePlace::whole(bundle.shown(path)), message());
            finding.help("copy the bundle again from where it was generated")
        });
    };
    let Some(bytes) = bundle.tree.bytes(NAME) else {
        tell(Code::SumMissing, NAME, &|| format!("there is no {NAME}"));
        return findings.finish();
    };
    let text = String::from_utf8_lossy(bytes);
    let mut sums: HashMap<&str, &str> = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        // `DIGEST  PATH`, or `DIGEST *PATH` as sha256sum --binary writes it.
        let parts = line.split_once([' ', '\t']).map(|(sum, path)| (sum, path.trim_start_matches([' ', '*'])));
        match parts {
            Some((sum, path)) if is_sum(sum) => {
                if sums.insert(path, sum).is_some() {
                    tell(Code::SumMissing, NAME, &|| format!("`{}` is listed twice", path.escape_debug()));
                }
            }
            _ => tell(Code::SumMissing, NAME, &|| format!("line {} is no checksum and path", number + 1)),
        }
    }
    for (path, entry) in bundle.tree.iter() {
        let Entry::File { bytes, .. } = entry else { continue };
        if path == NAME {
            continue;
        }
        match sums.remove(path) {
            None => tell(Code::SumMissing, path, &|| format!("`{}` has no line in {NAME}", path.escape_debug())),
            Some(sum) if !sum.eq_ignore_ascii_case(bytes.sha256()) => {
                tell(Code::SumWrong, path, &|| format!("`{}` differs from its checksum in {NAME}", path.escape_debug()));
            }
            Some(_) => {}
        }
    }
    for path in sums.into_keys().collect::<BTreeSet<_>>() {
        tell(Code::SumMissing, NAME, &|| format!("`{}` is listed, and not in the bundle", path.escape_debug()));
    }
    findings.finish()
}

/// Whether it is a sum in hexadecimal. All digits are looked at together: there are a thousand lines, and nearly all are good.
fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.bytes().fold(true, |good, byte| good & byte.is_ascii_hexdigit())
}
