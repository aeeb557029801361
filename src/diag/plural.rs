//! Numbers of things, in words.

/// `1 link` or `12 links`.
pub fn plural(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
