//! All evidence that was recorded, as sorted lines of text: a union of two people's lines is what both know, and the highest counter
//! of a unit counts.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, Source};
use super::receipt::is_digest;
use super::unit::Unit;

/// The evidence with the highest counter, for each unit. Several with one counter contradict each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EvidenceSet {
    of_units: BTreeMap<Unit, BTreeSet<Evidence>>,
    /// The operator's word for units with an installer: it is beside their evidence, and does not displace it.
    words: BTreeMap<Unit, Evidence>,
}

/// A line that is not evidence.
#[derive(Debug, thiserror::Error)]
#[error("line {line} is not evidence: expected UNIT COUNTER GENERATION DIGEST DUE SOURCE")]
pub struct SetError {
    line: usize,
}

/// What is not there, in a line.
const NONE: &str = "-";

impl EvidenceSet {
    /// Reads lines as [`text`](Self::text) writes them, in any order.
    ///
    /// # Errors
    /// If a line is not evidence.
    pub fn read(text: &str) -> Result<Self, SetError> {
        let mut set = Self::default();
        for (line, content) in (1..).zip(text.lines()) {
            let (unit, evidence) = parse(content).ok_or(SetError { line })?;
            set.insert(unit, evidence);
        }
        Ok(set)
    }

    /// The lines, sorted. Each unit needs one, and one for a word.
    pub fn text(&self) -> String {
        let line = |unit: &Unit, Evidence { counter, generation, digest, due, source }: &Evidence| {
            let digest = digest.as_deref().unwrap_or(NONE);
            let due: Vec<String> = due.iter().map(ToString::to_string).collect();
            let due = if due.is_empty() { NONE.to_owned() } else { due.join(",") };
            let source = match source {
                Source::Receipt => "receipt",
                Source::ByHand => "by-hand",
                Source::Word => "word",
            };
            format!("{unit} {counter} {generation} {digest} {due} {source}\n")
        };
        let lines = self.of_units.iter().flat_map(|(unit, of_unit)| of_unit.iter().map(move |evidence| line(unit, evidence)));
        let mut lines: Vec<String> = lines.chain(self.words.iter().map(|(unit, word)| line(unit, word))).collect();
        lines.sort_unstable();
        lines.concat()
    }

    /// Adds evidence. Returns whether it was new: neither known nor older than what is known. A receipt of an earlier generation than
    /// the operator's word ends that word.
    pub fn add(&mut self, unit: Unit, evidence: Evidence) -> bool {
        let contradicts = |word: &Evidence| evidence.source != Source::Word && evidence.generation < word.generation;
        if self.words.get(&unit).is_some_and(contradicts) {
            self.words.remove(&unit);
        }
        self.insert(unit, evidence)
    }

    fn insert(&mut self, unit: Unit, evidence: Evidence) -> bool {
        if evidence.source == Source::Word {
            let newer = self.words.get(&unit).is_none_or(|word| *word < evidence);
            if newer {
                self.words.insert(unit, evidence);
            }
            return newer;
        }
        let of_unit = self.of_units.entry(unit).or_default();
        let last = of_unit.last().map(|last| last.counter);
        if last.is_some_and(|last| last > evidence.counter) {
            return false;
        }
        if last.is_some_and(|last| last < evidence.counter) {
            of_unit.clear();
        }
        // What is due may end without a new installation: the counter is a new one then, too.
        of_unit.insert(evidence)
    }

    /// Adds what is seen just now, if it is another generation or another content than what is known. Returns whether it was.
    pub fn observe(&mut self, unit: Unit, evidence: Evidence) -> bool {
        let same = |last: &Evidence| (last.generation, &last.digest) == (evidence.generation, &evidence.digest);
        let is_known = matches!(self.of(&unit), Ok(Some(last)) if same(last));
        !is_known && self.add(unit, evidence)
    }

    /// The evidence of a unit, if there is any and it does not contradict itself.
    ///
    /// # Errors
    /// If it does.
    pub fn of(&self, unit: &Unit) -> Result<Option<&Evidence>, Contradiction> {
        let of_unit = self.of_units.get(unit);
        match of_unit.map_or(0, BTreeSet::len) {
            0 | 1 => Ok(of_unit.and_then(BTreeSet::first)),
            _ => Err(Contradiction),
        }
    }

    /// The generation that the operator says is in use, or a later one. Evidence with a later counter counts instead.
    pub fn said(&self, unit: &Unit) -> Option<u64> {
        let word = self.words.get(unit)?;
        let last = self.of_units.get(unit).and_then(BTreeSet::last);
        last.is_none_or(|last| last.counter < word.counter).then_some(word.generation)
    }

    /// The counter of new evidence of `unit` at `now`, Unix seconds: it comes after all that is known.
    pub fn next_counter(&self, unit: &Unit, now: u64) -> u64 {
        let last = self.of_units.get(unit).and_then(BTreeSet::last).into_iter().chain(self.words.get(unit));
        last.fold(now, |next, last| next.max(last.counter.saturating_add(1)))
    }

    /// The evidence of steps alone: what people said about etcds that get nothing from here. What was installed on machines before a state
    /// was restored from a backup says nothing of them now.
    #[must_use]
    pub fn of_steps(self) -> Self {
        let of_units = self.of_units.into_iter().filter(|(unit, _)| unit.bundle().is_none()).collect();
        Self { of_units, words: BTreeMap::new() }
    }

    /// Every unit with evidence.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.of_units.keys()
    }
}

/// Evidence of one counter that differs, as a restored disk or a copied machine gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradiction;

fn parse(line: &str) -> Option<(Unit, Evidence)> {
    let words: Vec<&str> = line.split(' ').collect();
    let [unit, counter, generation, digest, due, source] = words.as_slice() else { return None };
    let source = match *source {
        "receipt" => Source::Receipt,
        "by-hand" => Source::ByHand,
        "word" => Source::Word,
        _ => return None,
    };
    let digest = match *digest {
        NONE => None,
        digest if is_digest(digest) => Some(digest.to_owned()),
        _ => return None,
    };
    let due = match *due {
        NONE => BTreeSet::new(),
        due => due.split(',').map(str::parse).collect::<Result<_, ()>>().ok()?,
    };
    let evidence = Evidence { counter: counter.parse().ok()?, generation: generation.parse().ok()?, digest, due, source };
    Some((unit.parse().ok()?, evidence))
}
