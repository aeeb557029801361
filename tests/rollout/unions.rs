//! The ledger in git: what two people have recorded becomes what both know, by the union of the lines.

use meshbundle::ledger::EvidenceSet;
use proptest::prelude::*;

/// Lines as the file has them, of few units and counters, so that they meet.
fn line() -> impl Strategy<Value = String> {
    let due = prop_oneof![Just("-"), Just("agent"), Just("agent,announce"), Just("etcd"), Just("withdrawal")];
    let unit = prop_oneof![Just("a/node/n1"), Just("a/member/m"), Just("a/operator"), Just("a/users")];
    (unit, 0..4u8, 0..4u8, 0..2u8, due)
        .prop_map(|(unit, counter, generation, digest, due)| format!("{unit} {counter} {generation} {digest:032} {due} receipt"))
}

fn set(lines: &[String]) -> EvidenceSet {
    EvidenceSet::read(&lines.join("\n")).expect("lines")
}

proptest! {
    /// The order of lines decides nothing, nor does it how often they are merged.
    #[test]
    fn a_union_is_what_both_know(ours in prop::collection::vec(line(), 0..8), theirs in prop::collection::vec(line(), 0..8)) {
        let whole = set(&[ours.clone(), theirs.clone()].concat());
        let (ours, theirs) = (set(&ours), set(&theirs));
        let merged: Vec<String> = [theirs.text(), ours.text()].iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
        prop_assert_eq!(set(&merged), whole.clone());
        prop_assert_eq!(EvidenceSet::read(&whole.text()).ok(), Some(whole.clone()));
        let text = whole.text();
        let mut sorted: Vec<&str> = text.lines().collect();
        sorted.sort_unstable();
        prop_assert_eq!(sorted, text.lines().collect::<Vec<_>>());
    }
}

#[test]
fn a_line_that_is_not_evidence_is_named() {
    let good = format!("a/node/n1 1 2 {:032} - receipt", 0);
    for bad in
        ["", "x", "a/node/n1 1 2 - -", "a/node/n1 x 2 - - receipt", "a/node/n1 1 2 0 - receipt", "a/node/n1 1 2 - x receipt"]
    {
        let text = format!("{good}\n{bad}\n{good}\n");
        let error = EvidenceSet::read(&text).expect_err(bad);
        assert!(error.to_string().starts_with("line 2 is not evidence"), "{error}");
    }
}
