//! What `rollout record` and `rollout status` report.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::Serialize;

use crate::ledger::{Due, Position, Status, Unit, UnitStatus};
use crate::plan::{Inventory, Kept, NextSigner, OpenRotation, StillCarried, WaveName};

use super::findings::{FORMAT, FindingsReport};
use super::kept::KeptView;
use super::next_signers::NextSignerView;
use super::open_rotations::OpenRotationView;
use super::still_carried::StillCarriedView;

/// The report of `rollout record`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "record")]
pub struct RecordReport<'a> {
    #[serde(flatten)]
    pub(super) findings: FindingsReport<'a>,
    /// Name of the mesh.
    pub(super) mesh: &'a str,
    /// The evidence that was taken in.
    #[serde(flatten)]
    pub(super) counts: RecordCounts,
}

/// How much evidence was read.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordCounts {
    /// Receipts, and units by hand, that said something new.
    pub recorded: usize,
    /// Those that were known already, or older than what is known.
    pub known: usize,
    /// Those that were refused; the findings say why.
    pub refused: usize,
    /// Bundles that a restored state has taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundles: Option<NonZeroUsize>,
    /// Lines of the input that have no receipt.
    pub passed_over: usize,
}

impl<'a> RecordReport<'a> {
    /// The report of evidence about `mesh`.
    pub fn of(findings: FindingsReport<'a>, mesh: &'a str, counts: RecordCounts) -> Self {
        Self { findings, mesh, counts }
    }
}

/// The report of `rollout status`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "status")]
pub struct StatusReport<'a> {
    /// Version of this shape; a new key does not raise it, a changed one does.
    format: u32,
    /// Name of the mesh.
    pub(super) mesh: &'a str,
    /// Number of changes in the state.
    revision: u64,
    /// Whether every unit is done.
    pub(super) done: bool,
    /// Each unit, in the order in which they are shipped. The users of an etcd are there a second time, in the wave `withdrawal`,
    /// while users are left to remove.
    pub(super) units: Vec<UnitView<'a>>,
    /// What the mesh no longer has, and stays for bundles that may still be installed.
    pub(super) kept: Vec<KeptView<'a>>,
    /// The CAs that are to sign once they are trusted everywhere.
    pub(super) next_signers: Vec<NextSignerView<'a>>,
    /// The rotations of CAs that are not over.
    pub(super) rotations: Vec<OpenRotationView<'a>>,
    /// What was revoked, and may still be installed.
    pub(super) revoked: Vec<StillCarriedView<'a>>,
}

/// One unit of delivery.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Unit")]
pub(super) struct UnitView<'a> {
    /// Its name: `CLUSTER/node/NAME` and so on; steps only while they are left.
    #[serde(serialize_with = "super::value::as_text")]
    #[schemars(with = "String")]
    pub(super) unit: &'a Unit,
    /// The wave that it is shipped in; `withdrawal` also if it is no longer part of the mesh.
    pub(super) wave: WaveName,
    /// The generation that was written last; none if it is no longer part of the mesh. Of a step, the revision of the run that asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) written: Option<u64>,
    /// What is known of its target.
    pub(super) known: Known,
    /// The generation that is installed, as far as there is evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) installed: Option<u64>,
    /// The generation that an operator says is in use there, if no receipt came after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) said: Option<u64>,
    /// What is left to do there in this wave: what to restart, or the withdrawal of users.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) due: BTreeSet<Due>,
    /// Whether nothing is left to do in this wave.
    pub(super) done: bool,
}

/// What is known of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Known {
    /// Nothing was ever recorded.
    Nothing,
    /// Receipts contradict each other.
    Contradicting,
    /// It was uninstalled.
    Uninstalled,
    /// A generation is installed.
    Installed,
    /// A generation is installed that this state has not written: it was restored from a backup.
    Foreign,
}

/// What a state waits for.
#[derive(Clone, Copy)]
pub struct Open<'a> {
    /// What it keeps.
    pub kept: &'a [Kept],
    /// The CAs that are to sign.
    pub next: &'a [NextSigner],
    /// The rotations that are not over.
    pub rotations: &'a [OpenRotation<'a>],
    /// What was revoked and may still be installed.
    pub revoked: &'a [StillCarried<'a>],
}

impl<'a> StatusReport<'a> {
    /// What `status` says of the state with `inventory`, in which something is `open`.
    pub fn of(inventory: &'a Inventory, status: &'a Status, open: Open<'a>) -> Self {
        let Open { kept, next, rotations, revoked } = open;
        let mut units: Vec<UnitView<'a>> = status.units.iter().flat_map(|(unit, status)| UnitView::of(unit, status)).collect();
        units.sort_by_key(|view| view.wave);
        Self {
            format: FORMAT,
            mesh: &inventory.mesh,
            revision: inventory.revision,
            done: units.iter().all(|view| view.done),
            units,
            kept: KeptView::all(kept),
            next_signers: NextSignerView::all(next),
            rotations: OpenRotationView::all(rotations, inventory),
            revoked: StillCarriedView::all(revoked),
        }
    }

    /// Whether nothing is left to do: every unit is done, and `generate` would neither sign with a new CA nor drop anything, and no
    /// rotation is under way, and nothing that was revoked is left.
    pub fn is_done(&self) -> bool {
        self.done
            && self.revoked.is_empty()
            && self.next_signers.is_empty()
            && self.rotations.is_empty()
            && !self.kept.iter().any(KeptView::is_over)
    }

    /// How many units are done, and how many there are.
    pub(super) fn counts(&self) -> (usize, usize) {
        let all: BTreeSet<&Unit> = self.units.iter().map(|view| view.unit).collect();
        let open: BTreeSet<&Unit> = self.units.iter().filter(|view| !view.done).map(|view| view.unit).collect();
        (all.len() - open.len(), all.len())
    }
}

impl<'a> UnitView<'a> {
    /// The deliveries of a unit. Users are withdrawn by a second one.
    fn of(unit: &'a Unit, status: &UnitStatus) -> Vec<Self> {
        let first = Self::first(unit, status);
        if first.wave == WaveName::Withdrawal || !first.due.contains(&Due::Withdrawal) {
            return vec![first];
        }
        let (second, rest) = first.due.iter().partition(|due| **due == Due::Withdrawal);
        let withdrawal = Self { wave: WaveName::Withdrawal, due: second, done: false, ..first.clone() };
        let done = first.installed == first.written && rest.is_empty();
        vec![Self { due: rest, done, ..first }, withdrawal]
    }

    fn first(unit: &'a Unit, status: &UnitStatus) -> Self {
        let (known, installed, due) = match &status.position {
            Position::Unknown => (Known::Nothing, None, BTreeSet::new()),
            Position::Contradicting => (Known::Contradicting, None, BTreeSet::new()),
            Position::Uninstalled => (Known::Uninstalled, None, BTreeSet::new()),
            Position::Foreign { generation } => (Known::Foreign, Some(*generation), BTreeSet::new()),
            Position::Installed { generation, due } => (Known::Installed, Some(*generation), due.clone()),
        };
        let wave = match unit {
            Unit::Step(step) => step.name.wave(),
            Unit::Bundle(_) if status.written.is_none() => WaveName::Withdrawal,
            Unit::Bundle(bundle) => WaveName::of(bundle.kind()),
        };
        Self { unit, wave, written: status.written, known, installed, said: status.said, due, done: status.is_done() }
    }
}
