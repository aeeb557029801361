//! Values for a release whose own values are not known: a file behind those.

use super::wanted::Wanted;

/// The wanted values as YAML, in their order. What belongs together follows each other.
pub fn fragment(wanted: &[Wanted]) -> String {
    let mut text = String::new();
    let mut open: &[&str] = &[];
    for one in wanted {
        let Some((key, above)) = one.path.split_last() else { continue };
        let same = open.iter().zip(above).take_while(|(a, b)| a == b).count();
        for (depth, key) in above.iter().enumerate().skip(same) {
            text.push_str(&format!("{:width$}{key}:\n", "", width = depth * 2));
        }
        text.push_str(&entry(one, key, above.len() * 2));
        open = above;
    }
    text
}

/// One entry with its comment, indented.
pub(super) fn entry(one: &Wanted, key: &str, indent: usize) -> String {
    let why = one.why.map(|why| format!("{:indent$}# {why}\n", "")).unwrap_or_default();
    why + &one.value.block(key, indent)
}
