//! What is reported of an archive: one finding for each kind of slip, with an example and a count, however many there are.
//!
//! Names come from a hostile file: they are shown escaped, and cut.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, FilePlace};

use super::kinds::EntryKind;

/// Characters of a name that are shown.
const SHOWN: usize = 80;

/// Findings about one archive, in the order in which they were met.
pub(super) struct Findings {
    file: String,
    reported: Vec<Reported>,
    /// Fields of tar headers that are not as meshbundle writes them.
    fields: BTreeSet<&'static str>,
}

enum Reported {
    Once(Code, String),
    Each { kind: &'static EntryKind, first: String, count: usize },
    Headers { first: String, count: usize },
}

impl Findings {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), reported: Vec::new(), fields: BTreeSet::new() }
    }

    /// Tells what there is once in an archive.
    pub(super) fn once(&mut self, code: Code, message: impl Into<String>) {
        self.reported.push(Reported::Once(code, message.into()));
    }

    /// Tells of one more entry that is of `kind`.
    pub(super) fn entry(&mut self, kind: &'static EntryKind, name: &[u8]) {
        for reported in &mut self.reported {
            if let Reported::Each { kind: known, count, .. } = reported
                && known.what == kind.what
            {
                *count += 1;
                return;
            }
        }
        self.reported.push(Reported::Each { kind, first: shown(name), count: 1 });
    }

    /// Tells of one more header with these fields unlike ours.
    pub(super) fn header(&mut self, fields: &[&'static str], name: &[u8]) {
        self.fields.extend(fields);
        for reported in &mut self.reported {
            if let Reported::Headers { count, .. } = reported {
                *count += 1;
                return;
            }
        }
        self.reported.push(Reported::Headers { first: shown(name), count: 1 });
    }

    pub(super) fn finish(self) -> Vec<Diagnostic> {
        let finding = |reported: &Reported| match reported {
            Reported::Once(code, message) => self.finding(*code, message.clone(), code.entry().why),
            Reported::Each { kind, first, count } => {
                let message = format!("`{first}` {}{}", kind.what, others("so do", "so does", *count));
                self.finding(kind.code, message, kind.cause.unwrap_or(kind.code.entry().why))
            }
            Reported::Headers { first, count } => {
                let fields = self.fields.iter().copied().collect::<Vec<_>>().join(", ");
                let more = others("neither are those of", "neither is that of", *count);
                let message = format!("the header of `{first}` is not as meshbundle writes it{more}: {fields}");
                self.finding(Code::NotCanonical, message, Code::NotCanonical.entry().why)
            }
        };
        let mut findings: Vec<Diagnostic> = self.reported.iter().map(finding).collect();
        // What another program has packed differs in many ways: that is one thing to correct.
        let canonical = |finding: &Diagnostic| finding.code == Code::NotCanonical;
        let ways: Vec<_> = findings.iter().filter(|one| canonical(one)).map(|one| one.message.clone()).collect();
        if ways.len() > 1 {
            findings.retain(|one| !canonical(one));
            let message = format!("it differs in {} ways: {}", ways.len(), ways.join("; "));
            findings.push(self.finding(Code::NotCanonical, message, Code::NotCanonical.entry().why));
        }
        findings
    }

    fn finding(&self, code: Code, message: String, cause: &str) -> Diagnostic {
        Diagnostic::of_file(code, FilePlace::whole(&self.file), message).cause(cause).help(help(code))
    }
}

fn others(many: &str, one: &str, count: usize) -> String {
    match count {
        1 => String::new(),
        2 => format!(", and {one} one other"),
        _ => format!(", and {many} {} others", count - 1),
    }
}

/// What to do about a finding of `code`.
fn help(code: Code) -> &'static str {
    match code {
        Code::NotCanonical => "use the archive as `generate` wrote it: do not unpack it and pack it again",
        Code::BytesBeside => "copy the archive again from where it was made, as it is",
        Code::HostileEntry => "do not unpack it: take the archive again from where it was made, and find out who changed it",
        Code::TooMuch => "do not unpack it: no bundle comes near that size",
        _ => "copy it again from where it was made: `sha256sum -c SHA256SUMS` there tells whether it is whole",
    }
}

/// A name that can be printed anywhere.
pub(super) fn shown(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name.get(..4 * SHOWN).unwrap_or(name)).into_owned();
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}
