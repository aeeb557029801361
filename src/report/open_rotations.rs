//! Rotations of CAs that are not over, in the reports of `rollout status`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::plan::{BundleId, Inventory, OpenRotation};

use super::rest;
use super::rotate::RotationView;

/// A rotation that is under way, or has left units behind.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OpenRotation")]
pub(super) struct OpenRotationView<'a> {
    /// The CA, by its name in `mesh.yaml`.
    ca: &'a str,
    /// How far it is.
    #[serde(flatten)]
    at: RotationView<'a>,
    /// Units that a step did not wait for, and that are not known to have caught up.
    left_behind: Vec<String>,
}

impl<'a> OpenRotationView<'a> {
    pub(super) fn all(rotations: &'a [OpenRotation<'a>], inventory: &'a Inventory) -> Vec<Self> {
        let view = |OpenRotation { ca, record, left_behind }: &'a OpenRotation<'a>| Self {
            ca,
            at: RotationView::of(record, inventory),
            left_behind: left_behind.iter().copied().map(BundleId::unit).collect(),
        };
        rotations.iter().map(view).collect()
    }
}

/// Rotations, and units of one, that are named one by one.
const NAMED: usize = 12;

/// Prints how far each rotation is, and which units it has left behind.
pub(super) fn print(out: &mut dyn Write, rotations: &[OpenRotationView<'_>]) -> io::Result<()> {
    if rotations.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nCAs that are being replaced: `meshbundle certs rotate MESH --ca NAME` shows the next step")?;
    for OpenRotationView { ca, at, left_behind } in rotations.iter().take(NAMED) {
        writeln!(out, "    CA `{ca}`: `{}` follows `{}`; at `{}` since change {}", at.new, at.old, at.step, at.since)?;
        for unit in left_behind.iter().take(NAMED) {
            writeln!(out, "      {unit} was left behind: it may be cut off until it has what was written last")?;
        }
        rest::print(out, "      ", left_behind.len(), NAMED)?;
    }
    rest::print(out, "    ", rotations.len(), NAMED)
}
