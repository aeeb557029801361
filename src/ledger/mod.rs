//! What is out there, as far as there is evidence: the last receipt of every unit, compared with what was written.
//!
//! Input: lines that other programs printed, the records of the state, what earlier runs have recorded. Output: evidence, refusals,
//! and the position of each unit. It holds no secret. It reads no file, and changes no plan.

mod evidence;
mod evidence_set;
mod receipt;
mod refusal;
mod status;
mod stream;
mod unit;

pub use evidence::{Due, Evidence, Source};
pub use evidence_set::{Contradiction, EvidenceSet, SetError};
pub use receipt::{Receipt, ReceiptError};
pub use refusal::{Refusal, by_hand, judge};
pub use status::{Position, Status, UnitStatus};
pub use stream::{Found, MAX_STREAM, receipts};
pub use unit::{NotAUnit, Unit};
