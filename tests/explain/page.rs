//! A page, taken apart.

use meshbundle::diag::Code;

/// The sections that each page has, in this order.
pub(crate) const SECTIONS: [&str; 4] = ["What", "Why", "Wrong", "Right"];

/// Heading and text of each section of a page.
pub(crate) fn sections(code: Code) -> Vec<(&'static str, &'static str)> {
    let parts = code.entry().page.split("\n## ").skip(1);
    parts.map(|part| part.split_once('\n').map_or((part, ""), |(heading, text)| (heading, text.trim()))).collect()
}

/// The one fenced block of a section: its language and its text.
pub(crate) fn block(code: Code, section: &str) -> (&'static str, &'static str) {
    let text = sections(code).into_iter().find(|(heading, _)| *heading == section).map_or("", |(_, text)| text);
    let parts: Vec<&str> = text.split("```").collect();
    let &[_, block, _] = parts.as_slice() else { panic!("{code}: `{section}` has not one fenced block") };
    block.split_once('\n').unwrap_or_else(|| panic!("{code}: `{section}` has an empty block"))
}

/// Whether the code is about a mesh, so that its page shows parts of one. The pages of others show commands, or a peer's config:
/// those are judged by tests/verify.
pub(crate) fn is_of_mesh(code: Code) -> bool {
    code.as_str() < "CM06"
}
