//! Values for a release whose own values are not known: a file behind those.

use super::wanted::Wanted;

/// The wanted values as YAML, in their order. What belongs together follows each other.
pub fn fragment(wanted: &[Wanted]) -> String {
    let mut text = String::new();
    let mut open: &[&str] = &[];
    for one in wanted {
        let Some((_, above)) = one.path.split_last() else { continue };
        let same = open.iter().zip(above).take_while(|(a, b)| a == b).count();
        text.push_str(&nested(one.path.get(same..).unwrap_or_default(), one, same * 2));
        open = above;
    }
    text
}

/// The entry with its comment in block style, below the mappings of `path`, the first of which is indented by `indent` spaces.
pub(super) fn nested(path: &[&str], one: &Wanted, indent: usize) -> String {
    let Some((key, above)) = path.split_last() else { return String::new() };
    let mut text = String::new();
    for (depth, key) in above.iter().enumerate() {
        text.push_str(&format!("{:width$}{key}:\n", "", width = indent + depth * 2));
    }
    let indent = indent + above.len() * 2;
    let why = one.why.map(|why| format!("{:indent$}# {why}\n", "")).unwrap_or_default();
    text + &why + &one.value.block(key, indent)
}
