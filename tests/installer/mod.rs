//! `install.sh` as a node runs it, in dash and in busybox's ash, with no tools but those that it may use: what it places, what
//! it refuses, what it leaves alone. What agents make of it, and what becomes of it when it is killed, `tests/conformance` shows.

mod compose;
mod floors;
mod generations;
mod hostile;
mod identity;
mod leftovers;
mod members;
pub(crate) mod mesh;
pub(crate) mod node;
mod paths;
mod places;
mod receipts;
mod refusals;
mod restart;
mod script;
mod starts;
mod strangers;
