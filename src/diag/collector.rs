//! Collects the findings about one file. Of one kind it keeps the first ones and counts the others, so that a file full of errors
//! does not fill the memory.

use std::collections::BTreeMap;

use super::{Code, Diagnostic, FieldPath, FilePlace, Severity};

/// Findings about one file, in the order in which they came.
pub struct Collector {
    /// The number of findings kept of each code.
    most: usize,
    kept: Vec<Diagnostic>,
    seen: BTreeMap<Code, Seen>,
}

/// The findings of a code.
#[derive(Default)]
struct Seen {
    count: usize,
    /// The worst of those that were not kept.
    worst: Option<Severity>,
}

impl Collector {
    /// For a mesh: people read the first findings of a kind, and programs need only one to fail.
    pub fn of_mesh() -> Self {
        Self::new(1000)
    }

    /// For a file that other programs have made.
    pub fn of_file() -> Self {
        Self::new(100)
    }

    fn new(most: usize) -> Self {
        Self { most, kept: Vec::new(), seen: BTreeMap::new() }
    }

    /// Adds one.
    pub fn push(&mut self, finding: Diagnostic) {
        self.add(finding.code, finding.severity, || finding);
    }

    /// Adds one with the severity of its code. It is only created if it is kept.
    pub fn push_with(&mut self, code: Code, finding: impl FnOnce() -> Diagnostic) {
        self.add(code, code.entry().severity, finding);
    }

    /// The same with another severity.
    pub fn add(&mut self, code: Code, severity: Severity, finding: impl FnOnce() -> Diagnostic) {
        let seen = self.seen.entry(code).or_default();
        seen.count += 1;
        if seen.count <= self.most {
            self.kept.push(finding());
        } else {
            seen.worst = seen.worst.max(Some(severity));
        }
    }

    /// The kept findings, and for each kind one more with the number of the others. It is about the whole file, so an `accept`
    /// for the others does not cover it.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        for (code, seen) in self.seen {
            let Some(worst) = seen.worst else { continue };
            let file = self.kept.iter().find(|finding| finding.code == code).and_then(|finding| finding.place.as_ref());
            let place = file.map(|place| FilePlace::whole(&place.file));
            let message = format!("{} more findings of this kind", seen.count - self.most);
            let finding = Diagnostic { place, ..Diagnostic::new(code, FieldPath::root(), message) };
            self.kept.push(finding.severity(worst).help("fix those that are shown, then run the command again"));
        }
        self.kept
    }
}

impl Extend<Diagnostic> for Collector {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, findings: T) {
        findings.into_iter().for_each(|finding| self.push(finding));
    }
}

#[cfg(test)]
mod tests {
    use super::Collector;
    use crate::diag::{Code, Diagnostic, FilePlace};

    #[test]
    fn of_one_kind_the_first_are_kept_and_the_others_counted() {
        let mut collector = Collector::new(2);
        let finding = |code, message: &str| Diagnostic::of_file(code, FilePlace::whole("a"), message);
        for number in 0..5 {
            collector.push(finding(Code::KeyIgnored, &number.to_string()));
        }
        collector.push(finding(Code::DuplicateKey, "another"));
        let messages: Vec<String> = collector.finish().into_iter().map(|finding| finding.message).collect();
        assert_eq!(messages, ["0", "1", "another", "3 more findings of this kind"]);
    }
}
