//! The record in a page, for the next one. The page is its home, because reports are made by people who may only read the state, and two
//! people's pages must not change what the other's is compared with.

use crate::scene::Summary;

/// The largest page that is read, in bytes.
pub const MAX_PAGE: u64 = 32 << 20;

/// What is before the record.
const BEGIN: &str = "<script type=\"application/json\" id=\"meshbundle-report\">";
const END: &str = "</script>";

/// The record in the page `html`, which may be any file; nothing in it is more than text.
pub fn record_in(html: &[u8]) -> Option<Summary> {
    let text = std::str::from_utf8(html).ok()?;
    let (_, rest) = text.rsplit_once(BEGIN)?;
    let (json, _) = rest.split_once(END)?;
    Summary::read(json)
}

/// The record as a script element may hold it: `<` is written as JSON's escape.
pub(super) fn embedded(summary: &Summary) -> Option<String> {
    let json = serde_json::to_string(summary).ok()?;
    let safe = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    Some(format!("{BEGIN}{safe}{END}"))
}
