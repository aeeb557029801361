//! What is out there, as far as there is evidence: the last receipt of every unit, compared with what was written.
//!
//! Input: lines that other programs printed, the records of the state, what earlier runs have recorded. Output: evidence, refusals,
//! and the position of each unit, and whom members are connected with. The floors among it decide what a plan keeps. It
//! holds no secret, and reads no file.

mod bundle_head;
mod connected;
mod delivered;
mod evidence;
mod evidence_set;
mod floors;
mod judge;
mod objects;
mod receipt;
mod ss_lines;
mod status;
mod stream;
mod unit;
mod written;

pub use bundle_head::BundleHead;
pub use connected::{Connected, ConnectedRole, Replaced, client_ports, replaced};
pub use delivered::Delivered;
pub use evidence::{Due, Evidence, Source};
pub use evidence_set::{Contradiction, EvidenceSet, SetError};
pub use floors::floors;
pub use judge::{Refusal, by_hand, judge};
pub use objects::{FoundObjects, ObjectsHead, has_objects, objects, objects_heads};
pub use receipt::{Receipt, ReceiptError};
pub use ss_lines::{Sockets, SsError, ss_command};
pub use status::{Position, Status, UnitStatus};
pub use stream::{Found, MAX_STREAM, receipts};
pub use unit::{NotAUnit, Unit};
pub use written::{KnownCas, trusted, written, written_objects};
