//! Receipts in the output of other programs: ssh and a loop, Ansible's JSON or YAML, `docker logs`. All other lines are passed over.

use super::receipt::{MAX_LENGTH, Receipt, ReceiptError};

/// Longest stream, in bytes: ten thousand nodes with a page of output each.
pub const MAX_STREAM: u64 = 64 * 1024 * 1024;

/// How a receipt begins.
const BEGIN: &str = "{\"receipt\":";
/// How it begins inside a string of JSON, as Ansible prints it.
const BEGIN_QUOTED: &str = "{\\\"receipt\\\":";

/// What a stream holds.
pub struct Found {
    /// Each receipt, with the number of its line, from 1.
    pub receipts: Vec<(usize, Result<Receipt, ReceiptError>)>,
    /// Lines without a receipt.
    pub passed_over: usize,
}

/// Finds the receipts in `text`.
pub fn receipts(text: &str) -> Found {
    let mut found = Found { receipts: Vec::new(), passed_over: 0 };
    for (number, line) in (1..).zip(text.lines()) {
        let before = found.receipts.len();
        let (mut rest, mut at) = (line, next(line));
        while let Some((start, quoted)) = at {
            rest = rest.get(start..).unwrap_or_default();
            // A receipt holds no other object, and no brace in a string.
            let end = rest.bytes().take(2 * MAX_LENGTH).position(|byte| byte == b'}').map_or(rest.len(), |end| end + 1);
            let text = rest.get(..end).unwrap_or_default();
            let receipt = if quoted { Receipt::read(&text.replace("\\\"", "\"")) } else { Receipt::read(text) };
            found.receipts.push((number, receipt));
            rest = rest.get(end..).unwrap_or_default();
            at = next(rest);
        }
        found.passed_over += usize::from(found.receipts.len() == before);
    }
    found
}

/// Where the next receipt begins, and whether it is inside a string.
fn next(text: &str) -> Option<(usize, bool)> {
    let plain = text.find(BEGIN).map(|at| (at, false));
    let quoted = text.find(BEGIN_QUOTED).map(|at| (at, true));
    plain.into_iter().chain(quoted).min()
}
