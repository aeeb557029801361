//! The CAs that a server lists by their subjects, compared with those that it should have.
//!
//! A list has names and no keys. So a subject identifies a CA only if no other known CA has it.

use std::collections::{BTreeMap, BTreeSet};

use crate::x509::{Certificate, name_text};

/// Longest text of a subject that is not known here, in characters.
const MAX_TEXT: usize = 160;

/// A CA that a member should have loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedCa {
    /// Its name in the mesh or the state; the beginning of its fingerprint, if neither has it any more.
    pub name: String,
    /// Its certificate, if it is at hand.
    pub certificate: Option<Certificate>,
}

/// All CAs that are known, by subject: what the mesh and the state have, and had as far as there is a file.
#[derive(Debug, Clone, Default)]
pub struct KnownCas {
    of_subjects: BTreeMap<Vec<u8>, Vec<(String, Certificate)>>,
}

/// A list of CAs, compared with what is wanted. Each CA is in one place, and each place is sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadedCas {
    /// Loaded, as they should be.
    pub loaded: Vec<String>,
    /// Not loaded, and they should be.
    pub missing: Vec<String>,
    /// Loaded, and the newest bundle has them no longer.
    pub left: Vec<String>,
    /// Subjects of loaded CAs that neither the mesh nor the state knows.
    pub strangers: Vec<String>,
    /// Whether they are loaded is undetermined: several CAs have this subject, or the certificate is not at hand.
    pub undecided: Vec<String>,
}

impl KnownCas {
    /// Adds a CA under a name. One certificate counts once, whatever its names are.
    pub fn add(&mut self, name: impl Into<String>, certificate: Certificate) {
        let same = self.of_subjects.entry(certificate.subject_der().to_vec()).or_default();
        if !same.iter().any(|(_, known)| *known == certificate) {
            same.push((name.into(), certificate));
        }
    }

    /// Compares `listed`, the subjects of a list as DER, with the CAs that are `wanted`.
    pub(super) fn compare(&self, listed: &[Vec<u8>], wanted: &[WantedCa]) -> LoadedCas {
        let listed: BTreeSet<&[u8]> = listed.iter().map(Vec::as_slice).collect();
        let mut cas = LoadedCas::default();
        let mut judged: BTreeSet<&[u8]> = BTreeSet::new();
        for WantedCa { name, certificate } in wanted {
            let subject = certificate.as_ref().map(Certificate::subject_der);
            judged.extend(subject);
            let place = match subject {
                Some(subject) if !listed.contains(subject) => &mut cas.missing,
                Some(subject) if self.having(subject).len() == 1 => &mut cas.loaded,
                _ => &mut cas.undecided,
            };
            place.push(name.clone());
        }
        for subject in listed.difference(&judged) {
            match self.having(subject) {
                [] => cas.strangers.push(shown(subject)),
                [(name, _)] => cas.left.push(name.clone()),
                _ => cas.undecided.push(shown(subject)),
            }
        }
        let LoadedCas { loaded, missing, left, strangers, undecided } = &mut cas;
        [loaded, missing, left, strangers, undecided].into_iter().for_each(|list| list.sort_unstable());
        cas
    }

    fn having(&self, subject: &[u8]) -> &[(String, Certificate)] {
        self.of_subjects.get(subject).map_or(&[], Vec::as_slice)
    }
}

impl LoadedCas {
    /// Whether exactly the wanted CAs are loaded, and no doubt is left.
    pub fn is_as_wanted(&self) -> bool {
        let Self { loaded: _, missing, left, strangers, undecided } = self;
        [missing, left, strangers, undecided].into_iter().all(Vec::is_empty)
    }
}

/// A subject that a server chose, as short printable text.
fn shown(subject: &[u8]) -> String {
    let text = name_text(subject);
    let short: String = text.chars().take(MAX_TEXT).collect();
    match (text.is_empty(), short.len() < text.len()) {
        (true, _) => "a name that cannot be read".to_owned(),
        (false, true) => format!("{short}…"),
        (false, false) => short,
    }
}
