//! How far the replacement of a CA has come on links, in the reports of `verify` and `probe`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::RotationStep;
use crate::verify::{Overlap, SignedBy};

use super::rest;

/// Two CAs that are trusted beside each other while one replaces the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Overlap")]
pub struct OverlapView {
    /// The common name of the older CA, or all of its subject.
    old: String,
    /// That of the newer one.
    new: String,
    /// The step that these files are at.
    step: RotationStep,
    /// Which of them signed the certificate of this end.
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<SignedBy>,
    /// Which of them signed those of the other end.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<SignedBy>,
}

impl From<Overlap> for OverlapView {
    fn from(overlap: Overlap) -> Self {
        let step = if overlap.is_reissued() { RotationStep::Reissue } else { RotationStep::Introduce };
        let Overlap { old, new, own, other } = overlap;
        Self { old, new, step, own, other }
    }
}

impl OverlapView {
    /// What is left to do here before the next step.
    fn missing(&self) -> String {
        let is_old = |by: Option<SignedBy>| matches!(by, Some(SignedBy::Old | SignedBy::Both));
        match (self.step, is_old(self.own), is_old(self.other)) {
            (RotationStep::Introduce, ..) => "for `reissue`, all ends have to trust both".to_owned(),
            (_, true, true) => "for `retire`, both ends need certificates of the new one".to_owned(),
            (_, true, false) => "for `retire`, this end needs a certificate of the new one".to_owned(),
            (_, false, true) => "for `retire`, the other end needs certificates of the new one".to_owned(),
            (_, false, false) => "for `retire`, nothing of the old one may be in use at any end".to_owned(),
        }
    }
}

/// Links that are named in a line.
const NAMED: usize = 6;

/// Prints which CAs replace which, each with the links or members that it is about.
pub(super) fn print<'a>(out: &mut dyn Write, of: impl Iterator<Item = (&'a str, &'a OverlapView)>) -> io::Result<()> {
    let mut grouped: Vec<(&OverlapView, Vec<&str>)> = Vec::new();
    for (name, view) in of {
        match grouped.iter_mut().find(|(known, _)| *known == view) {
            Some((_, names)) => names.push(name),
            None => grouped.push((view, vec![name])),
        }
    }
    for (view, names) in grouped.iter().take(NAMED) {
        let names: Vec<_> = names.iter().map(|name| name.escape_debug()).collect();
        let links = rest::shortened(&names, NAMED);
        let (old, new) = (view.old.escape_debug(), view.new.escape_debug());
        writeln!(out, "  {links}: trusts CA `{old}` and CA `{new}`, as at `{}` of a rotation; {}", view.step, view.missing())?;
    }
    rest::print(out, "  ", grouped.len(), NAMED)
}
