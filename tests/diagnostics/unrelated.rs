//! A report is about the code of its file and about nothing else, so that a change of one rule changes the reports of one code.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::fixture::all;

/// What comes along, and why it has to.
const KNOCK_ON: [(&str, &[&str], &str); 13] = [
    ("CM0004-types", &["CM0510"], "a pair that cannot be read links nobody"),
    ("CM0101-hides-nothing", &["CM0105", "CM0203", "CM0401"], "it shows that a bad name hides no other error"),
    ("CM0105-beside-a-misspelt-list", &["CM0002", "CM0005"], "it shows that a misspelt list does not hide a used id"),
    ("CM0114-wireguard", &["CM0107"], "no supported version lacks what it needs"),
    ("CM0119-docker", &["CM0118"], "both are about clusters without Kubernetes"),
    ("CM0205-over-the-pods-of-many", &["CM0206"], "services over the pods of all are over local pods, too"),
    (
        "CM0313-certificate-missing",
        &["CM0314"],
        "readers behind a balancer that terminates TLS are one user, whatever its certificate",
    ),
    ("CM0404-behind-one-name", &["CM0307"], "agents dial any address of a name that a hosts file has"),
    ("CM0421-strict", &["CM0108"], "the rule is that of a version that is not released"),
    ("CM0504-by-number", &["CM0203"], "what is not accepted is still reported"),
    ("CM0505-not-acceptable", &["CM0105"], "what cannot be accepted is still reported"),
    ("CM0514-two-addresses", &["CM0307"], "both are about names that are only in a hosts file"),
    ("CM0609-taken-out", &["CM0423"], "a cluster whose credentials are taken out has none"),
];

#[test]
fn a_report_holds_only_its_own_code() {
    let mut allowed: BTreeMap<_, _> = KNOCK_ON.into_iter().map(|(name, codes, _)| (name, codes)).collect();
    let mut wrong = Vec::new();
    for fixture in all() {
        let Some(own) = fixture.code() else { continue };
        let found = fixture.codes();
        let others: BTreeSet<_> = found.iter().map(String::as_str).filter(|code| *code != own).collect();
        let expected = allowed.remove(fixture.name.as_str()).unwrap_or_default();
        if others != expected.iter().copied().collect() {
            wrong.push(format!("{}: {others:?} beside {own}, expected {expected:?}", fixture.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(allowed.is_empty(), "exceptions for no fixture: {:?}", allowed.keys());
}
