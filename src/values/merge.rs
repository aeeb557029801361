//! Wanted values in a text that has others.

use crate::mesh::tree::{Value, YamlNode, parse};

use super::edit;
use super::lacking::{is_there, lacking_certificates};
use super::place::{NoPlace, find};
use super::proof::is_same_but;
use super::wanted::{Wanted, WantedValue};

/// Values of one file, aliases counted each time. The chart's own `values.yaml` has about 3,000.
pub(super) const MOST_VALUES: usize = 100_000;

/// `text` with all of them below `top`. What it had, it has afterwards: that is parsed and compared.
pub(super) fn merge(text: &str, top: &[&str], wanted: &[Wanted]) -> Result<String, NoPlace> {
    let read = |text: &str| parse(text, MOST_VALUES).map_err(|_| NoPlace::Form(top.join(".")));
    let before = read(text)?;
    let paths: Vec<Vec<&str>> = wanted.iter().map(|one| [top, &one.path].concat()).collect();
    let mut merged = text.to_owned();
    for (one, path) in wanted.iter().zip(&paths) {
        let now = read(&merged)?;
        let one = completed(&merged, &now, path, one)?;
        merged = edit::set(&merged, &now, path, &one)?;
    }
    let after = read(&merged)?;
    let borrowed: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
    if !is_same_but(&before, &after, &borrowed) {
        return Err(NoPlace::Form(top.join(".")));
    }
    for (one, path) in wanted.iter().zip(&paths) {
        let place = find(&merged, &after, path)?;
        if !place.entry.is_some_and(|entry| is_there(&entry.value, &one.value)) {
            return Err(NoPlace::Form(path.join(".")));
        }
    }
    Ok(merged)
}

/// `text` without what is at `path`, and with everything else.
pub(super) fn without(text: &str, path: &[&str]) -> Result<String, NoPlace> {
    let read = |text: &str| parse(text, MOST_VALUES).map_err(|_| NoPlace::Form(path.join(".")));
    let before = read(text)?;
    let shorter = edit::remove(text, &before, path)?;
    if is_same_but(&before, &read(&shorter)?, &[path]) { Ok(shorter) } else { Err(NoPlace::Form(path.join("."))) }
}

/// Certificates keep those that are there.
fn completed(text: &str, root: &YamlNode, path: &[&str], one: &Wanted) -> Result<Wanted, NoPlace> {
    let WantedValue::Certificates(pem) = &one.value else { return Ok(one.clone()) };
    let there = match find(text, root, path)?.entry.map(|entry| &entry.value.value) {
        Some(Value::Scalar { text, .. }) => text.clone(),
        _ => String::new(),
    };
    let lacking = lacking_certificates(&there, pem);
    let end = if there.is_empty() || there.ends_with('\n') { "" } else { "\n" };
    Ok(Wanted { value: WantedValue::Certificates(format!("{there}{end}{lacking}")), ..one.clone() })
}
