//! What our reader of YAML lets pass, and the agents' does not: their library is Go's yaml.v2, of YAML 1.1, ours of 1.2.
//!
//! Text of one document -> where it breaks, and why. Only what people do by mistake is looked for; tests/conformance lists the rest.

/// The first such place.
pub(in crate::verify) fn find(text: &str) -> Option<(usize, &'static str)> {
    control(text).or_else(|| version(text)).or_else(|| tab(text))
}

/// `yaml_parser_update_buffer` in yaml.v2's readerc.go.
fn control(text: &str) -> Option<(usize, &'static str)> {
    let allowed = |letter: char| {
        matches!(letter,
            '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{85}'
            | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    };
    text.char_indices().find(|(_, letter)| !allowed(*letter)).map(|(at, _)| (at, "there is a control character"))
}

/// `%YAML` with another version than 1.1 (`yaml_parser_process_directives` in parserc.go).
fn version(text: &str) -> Option<(usize, &'static str)> {
    let asked = text.strip_prefix("%YAML")?.lines().next()?.split('#').next()?.trim();
    (asked != "1.1").then_some((0, "`%YAML` asks for another version than 1.1"))
}

/// A tab behind the dash of a list: no token starts with it (`yaml_parser_fetch_next_token` in scannerc.go). Where tabs indent,
/// our reader gives up, too.
fn tab(text: &str) -> Option<(usize, &'static str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let inner = line.trim_start_matches([' ', '-']);
        let lead = line.len() - inner.len();
        let dash = line.get(..lead).is_some_and(|lead| lead.ends_with('-'));
        if inner.starts_with('\t') && (dash || line.trim().is_empty()) {
            return Some((at + lead, "a tab is where only spaces are allowed"));
        }
        at += line.len();
    }
    None
}
