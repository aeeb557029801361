//! Any bytes as what installers printed, and as the ledger's lines of evidence.
//!
//! A crash is a panic, a hang or too much memory. Beside that: a refusal has no control characters, and lines that were read are the
//! same set after they were written and read again, in any order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use meshbundle::diag::FilePlace;
use meshbundle::ledger::{EvidenceSet, Refusal, judge, receipts};
use meshbundle::plan::Inventory;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let inventory = Inventory { mesh: "m".to_owned(), id: "0".to_owned(), ..Inventory::default() };
    let mut set = EvidenceSet::default();
    for (line, receipt) in receipts(&text).receipts {
        assert!(line <= text.lines().count(), "a line of the stream");
        if let Ok(receipt) = &receipt {
            set.add(receipt.unit.clone(), receipt.evidence.clone());
        }
        if let Err(refusal) = receipt.map_err(Refusal::from).and_then(|receipt| judge(receipt, &inventory)) {
            let finding = refusal.diagnostic(FilePlace::whole("stream"), "meshbundle rollout record MESH");
            assert!(!finding.message.contains(char::is_control), "{:?}", finding.message);
        }
    }
    for set in [Some(set), EvidenceSet::read(&text).ok()].into_iter().flatten() {
        let written = set.text();
        let mut lines: Vec<&str> = written.lines().rev().collect();
        assert_eq!(EvidenceSet::read(&lines.join("\n")).ok().as_ref(), Some(&set), "{written}");
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), written.lines().count(), "each line once");
    }
});
