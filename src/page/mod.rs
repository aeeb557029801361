//! The page of `report`: everything that is known of a mesh, on one page that needs no network and no script.
//!
//! Input: a [`Scene`](crate::scene::Scene), findings, the waves of the roll-out, the record of the page before. Output: HTML, through
//! `templates/report/`, with everything escaped that is put into it. It decides nothing: what is broken, or expires first, is the scene's.

mod certificates;
mod changes;
mod clusters;
mod error;
mod glance;
mod links;
mod reach;
mod record;
mod templates;
mod timeline;
mod whole;
mod words;

pub use error::PageError;

pub use reach::{Rule, Rules, Way};
pub use record::{MAX_PAGE, record_in};
pub use whole::Page;
