//! Collects the findings about one file, and keeps a file that is wrong everywhere from filling the memory: of one kind it
//! keeps the first ones, and counts the others.

use std::collections::BTreeMap;

use super::{Code, Diagnostic, FieldPath, FilePlace, Severity};

/// Findings about one file, in the order in which they came.
pub struct Collector {
    /// So many of each code are kept.
    most: usize,
    kept: Vec<Diagnostic>,
    seen: BTreeMap<Code, Seen>,
}

/// What is known of a code.
#[derive(Default)]
struct Seen {
    count: usize,
    /// The worst of those that were not kept.
    worst: Option<Severity>,
}

impl Collector {
    /// Of a mesh: people read the first findings of a kind, and programs need no more to fail.
    pub fn of_mesh() -> Self {
        Self::new(1000)
    }

    /// Of a file that others have made.
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

    /// Adds one with the severity of its code. It is only made if it is kept.
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

    /// What was kept, and how many more there are of a kind. That is a finding of its own, about the whole file, so that nobody
    /// accepts it by accepting the others.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        for (code, seen) in self.seen {
            let Some(worst) = seen.worst else { continue };
            let file = self.kept.iter().find(|finding| finding.code == code).and_then(|finding| finding.place.as_ref());
            let place = file.map(|place| FilePlace::whole(&place.file));
            let message = format!("{} more findings of this kind", seen.count - self.most);
            let finding = Diagnostic { place, ..Diagnostic::new(code, FieldPath::root(), message) };
            self.kept.push(finding.severity(worst).help("fix those that are shown, then run it again"));
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
