//! What was revoked and may still be installed, in the report of `rollout status`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{BundleId, StillCarried};

use super::rest;
use super::value::Timestamp;

/// A revoked credential that may still be installed.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StillCarried")]
pub(super) struct StillCarriedView<'a> {
    /// What it is for: `client/CLUSTER/CA/COMMON-NAME`, `server/CLUSTER/MEMBER` and so on.
    name: &'a str,
    /// When it was revoked.
    revoked: Timestamp,
    /// The bundles whose targets may still have it.
    waiting: &'a [&'a BundleId],
    /// How many bundles had it.
    bundles: usize,
}

impl<'a> StillCarriedView<'a> {
    pub(super) fn all(revoked: &'a [StillCarried<'a>]) -> Vec<Self> {
        let view = |StillCarried { record, waiting, bundles }: &'a StillCarried<'a>| Self {
            name: &record.credential,
            revoked: Timestamp::from_unix(record.at),
            waiting,
            bundles: *bundles,
        };
        revoked.iter().map(view).collect()
    }
}

/// Credentials, and bundles of each, that are named one by one.
const NAMED: usize = 12;

/// Prints who may still have what was revoked.
pub(super) fn print(out: &mut dyn Write, revoked: &[StillCarriedView<'_>]) -> io::Result<()> {
    if revoked.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nrevoked, and installed until `rollout record` knows better")?;
    for StillCarriedView { name, revoked, waiting, bundles } in revoked.iter().take(NAMED) {
        let units: Vec<String> = waiting.iter().map(|bundle| bundle.unit()).collect();
        let (named, count) = (rest::shortened(&units, NAMED), units.len());
        writeln!(out, "    {name}, on {}: {count} of {bundles}: {named}", revoked.date())?;
    }
    rest::print(out, "    ", revoked.len(), NAMED)
}
