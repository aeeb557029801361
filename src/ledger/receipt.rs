//! A receipt: the line of JSON with which `install.sh` says what is installed on its target, and `etcd-auth.sh` what its etcd has.
//!
//! A later release may add words to `due`, such as `withdrawal`. A release that does not know the word refuses the receipt: it says that
//! something is left to do, and what that means is not known there.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::plan::DIGEST_LENGTH;

use super::evidence::{Due, Evidence, Source};
use super::unit::{NotAUnit, Unit};

/// The format that is known here.
const FORMAT: u64 = 1;
/// Counters and generations have at most fifteen digits, so that every shell can compare them.
const MAX_NUMBER: u64 = 999_999_999_999_999;
/// No receipt is longer.
pub(super) const MAX_LENGTH: usize = 2048;

/// A receipt, as it was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Name of the mesh.
    pub mesh: String,
    /// Random name of the state that the bundle was made from; none in bundles of releases before receipts.
    pub state: Option<String>,
    /// The branch of that state in which it was written; 0 for the first one.
    pub branch: u64,
    /// What was installed.
    pub unit: Unit,
    /// What it says of it.
    pub evidence: Evidence,
}

/// Why a text is not a receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Not JSON of that form.
    #[error("it is not a whole receipt: {0}")]
    Json(String),
    /// From a meshbundle that is newer.
    #[error("its format is {0}; only {FORMAT} is known here")]
    Format(u64),
    /// Its unit is not one.
    #[error(transparent)]
    Unit(#[from] NotAUnit),
    /// A number that no installer prints.
    #[error("its `{0}` has more than fifteen digits")]
    Number(&'static str),
    /// A digest that is not one.
    #[error("its digest is not {DIGEST_LENGTH} hex digits")]
    Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "receipt")]
    _format: u64,
    mesh: String,
    state: Option<String>,
    #[serde(default)]
    branch: u64,
    unit: String,
    generation: u64,
    digest: Option<String>,
    counter: u64,
    due: BTreeSet<Due>,
}

/// All that is known of a receipt of a later format.
#[derive(Deserialize)]
struct Format {
    receipt: u64,
}

impl Receipt {
    /// Reads a receipt.
    ///
    /// # Errors
    /// If it is not a receipt of a known format.
    pub fn read(text: &str) -> Result<Self, ReceiptError> {
        if text.len() > MAX_LENGTH {
            return Err(ReceiptError::Json(format!("it has more than {MAX_LENGTH} bytes")));
        }
        let broken = |error: serde_json::Error| ReceiptError::Json(on_one_line(&error));
        let Format { receipt } = serde_json::from_str(text).map_err(broken)?;
        if receipt != FORMAT {
            return Err(ReceiptError::Format(receipt));
        }
        let line: Line = serde_json::from_str(text).map_err(broken)?;
        for (name, number) in [("counter", line.counter), ("generation", line.generation), ("branch", line.branch)] {
            if number > MAX_NUMBER {
                return Err(ReceiptError::Number(name));
            }
        }
        if line.digest.as_ref().is_some_and(|digest| !is_digest(digest)) {
            return Err(ReceiptError::Digest);
        }
        Ok(Self {
            mesh: line.mesh,
            state: line.state,
            branch: line.branch,
            unit: line.unit.parse()?,
            evidence: Evidence {
                counter: line.counter,
                generation: line.generation,
                digest: line.digest,
                due: line.due,
                source: Source::Receipt,
            },
        })
    }
}

/// The text of an error that quotes what was read, which may hold anything.
pub(super) fn on_one_line(error: &dyn std::error::Error) -> String {
    error.to_string().replace(char::is_control, "\u{fffd}")
}

pub(super) fn is_digest(text: &str) -> bool {
    text.len() == DIGEST_LENGTH && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
