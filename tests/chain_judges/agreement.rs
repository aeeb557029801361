//! Ours and another judge side by side: the same verdict on everything, or a list of what is not.

use std::fmt::Debug;

use meshbundle::x509::Certificate;

use crate::support::judges::{Case, Verdict, ours};

/// Ours says of every chain what `judge` says.
pub(crate) fn on_chains(cases: &[Case], verdicts: &[Verdict], judge: &str) {
    let ours = cases.iter().map(|case| (case.name.as_str(), ours(case)));
    same(ours, verdicts, judge);
}

/// Ours can read the certificates that Go can read.
pub(crate) fn on_reading(names: &[String], ders: &[Vec<u8>], go: &[Verdict]) {
    let ours = names.iter().zip(ders).map(|(name, der)| (name.as_str(), Certificate::from_der(der)));
    same(ours, go, "Go");
}

fn same<'a, T: Debug, E: Debug>(ours: impl Iterator<Item = (&'a str, Result<T, E>)>, other: &[Verdict], judge: &str) {
    // Where one verdict is rare, agreeing means little.
    let good = other.iter().filter(|verdict| verdict.is_ok()).count();
    assert!((other.len() / 20..=other.len() * 19 / 20).contains(&good), "{good} of {} are good", other.len());
    let complaints: Vec<String> = ours
        .zip(other)
        .filter(|((_, ours), other)| ours.is_ok() != other.is_ok())
        .map(|((name, ours), other)| format!("{name}: ours says {ours:?}, {judge} says {other:?}"))
        .collect();
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), other.len(), complaints.join("\n"));
}
