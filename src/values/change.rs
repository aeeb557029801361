//! The lines that differ between two texts.

use similar::{ChangeTag, TextDiff};

use crate::pem::mask;

/// A unified diff without unchanged lines: these may have passwords, and what changes may not. Where a line with key material changes, it
/// is masked. Empty if nothing differs.
pub fn changed_lines(before: &str, after: &str, (old_name, new_name): (&str, &str)) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut unified = diff.unified_diff();
    let mut text = String::new();
    for hunk in unified.context_radius(0).iter_hunks() {
        if text.is_empty() {
            text.push_str(&format!("--- {old_name}\n+++ {new_name}\n"));
        }
        text.push_str(&format!("{}\n", hunk.header()));
        // What is only added is ours, and public.
        let is_secret =
            hunk.iter_changes().any(|change| change.tag() == ChangeTag::Delete && mask(change.value()) != change.value());
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches('\n');
            let line = if is_secret { mask(line) } else { line.into() };
            text.push_str(&format!("{}{line}\n", change.tag()));
        }
    }
    text
}
