//! The verdict of a link in words, for the table and for changes.

use crate::diag::Code;
use crate::probe::LinkProbe;

/// The verdict of a link that works.
pub const READY: &str = "ready";

/// `ready`, or the code and the title of the cause.
pub(super) fn verdict(cause: Option<Code>) -> String {
    cause.map_or_else(|| READY.to_owned(), |code| format!("{code} {}", code.entry().title))
}

/// How many endpoints work.
pub(super) fn working(link: &LinkProbe) -> usize {
    link.attempts.iter().filter(|attempt| attempt.fault.is_none()).count()
}
