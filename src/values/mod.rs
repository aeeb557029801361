//! Values of a Helm release: those that meshbundle wants, and those that are there.
//!
//! Input: the text of a values file or of a `HelmChartConfig`, and the values that are wanted. Output: what the release has so far, the
//! text with the wanted values in it, and the lines that differ. It edits text instead of writing what it has parsed: comments and order
//! stay, and so does what YAML 1.1 makes of a word without quotes (`yes`, `010`), which Helm reads and other parsers do not. What it has
//! edited is parsed again and compared, so a form that it does not know is refused and never damaged. It opens no file.

mod ca_bundle;
mod change;
pub mod chart;
mod edit;
mod existing;
mod fragment;
mod lacking;
mod merge;
mod place;
mod proof;
mod wanted;

pub use ca_bundle::CaBundleContent;
pub use change::changed_lines;
pub use existing::{ListedCluster, ReleaseValues, UnusableValues, ValuesForm};
pub use fragment::fragment;
pub use wanted::{Wanted, WantedValue};
