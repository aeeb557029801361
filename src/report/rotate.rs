//! What `certs rotate` reports: where the rotation of a CA stands, and the step that is next or was taken.

use schemars::JsonSchema;
use serde::Serialize;

use crate::generate::Summary;
use crate::plan::{Effect, Inventory, Plan, RotationRecord, RotationStep};

use super::connected::ConnectedView;
use super::findings::FindingsReport;
use super::plan::PlanReport;
use super::value::Timestamp;

/// The report of `certs rotate`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "rotate")]
pub struct RotateReport<'a> {
    #[serde(flatten)]
    findings: FindingsReport<'a>,
    /// Name of the mesh.
    pub(super) mesh: &'a str,
    /// The CA, by its name in `mesh.yaml`.
    pub(super) ca: &'a str,
    /// The last step that was taken; none before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<RotationView<'a>>,
    /// Who is connected to members, if `--connected` says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connected: Option<ConnectedView>,
    /// What was done, if a step was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) done: Option<&'a Summary>,
    /// What the next step would do, or what the one that was taken does; none if it has to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<StepView<'a>>,
}

/// How far a CA has been replaced by another one.
#[derive(Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Rotation")]
pub(super) struct RotationView<'a> {
    /// The CA that signed before.
    pub(super) old: &'a str,
    /// When it expires, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) old_expires: Option<Timestamp>,
    /// The CA that follows.
    pub(super) new: &'a str,
    /// When it expires, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) new_expires: Option<Timestamp>,
    /// The last step that was taken.
    pub(super) step: RotationStep,
    /// The change of the state that took it.
    pub(super) since: u64,
}

/// A step.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RotationStepPlan")]
pub(super) struct StepView<'a> {
    /// Where the rotation is after it; none if it is taken back altogether.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<RotationView<'a>>,
    /// External clusters that read an etcd of this rotation: no step waits for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) external_readers: Vec<String>,
    /// What it does to agents and members that run.
    pub(super) effects: Vec<EffectView<'a>>,
    /// Everything that it issues, writes and ships.
    pub(super) plan: PlanReport<'a>,
}

/// What a step does to the agents and the members of a cluster.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Effect")]
pub(super) struct EffectView<'a> {
    /// The cluster.
    pub(super) cluster: &'a str,
    /// The clusters to whose etcds its agents connect again, to list everything again.
    pub(super) reconnects: &'a [String],
    /// Its nodes with a bundle of their own.
    pub(super) nodes: usize,
    /// Whether its agents restart: they read the CAs of their own etcd only when they start.
    pub(super) agents_restart: bool,
    /// The members of its etcd that restart.
    pub(super) restarts: &'a [String],
}

impl<'a> RotateReport<'a> {
    /// The report on the CA `ca`, by the state with `inventory`.
    pub fn of(findings: FindingsReport<'a>, ca: &'a str, inventory: &'a Inventory) -> Self {
        let at = inventory.rotations.get(ca).map(|record| RotationView::of(record, inventory));
        Self { findings, mesh: &inventory.mesh, ca, at, connected: None, done: None, step: None }
    }

    /// The same with the step that `plan` takes, and its `effects`.
    #[must_use]
    pub fn with_step(self, plan: PlanReport<'a>, of: &'a Plan, inventory: &'a Inventory, effects: &'a [Effect]) -> Self {
        let after = of.rotations.get(self.ca).map(|record| RotationView::of(record, inventory));
        let effects = effects.iter().map(|Effect { cluster, reconnects, nodes, agents_restart, restarts }| EffectView {
            cluster,
            reconnects,
            nodes: *nodes,
            agents_restart: *agents_restart,
            restarts,
        });
        let external_readers = of.external_readers(self.ca);
        Self { step: Some(StepView { after, external_readers, effects: effects.collect(), plan }), ..self }
    }

    /// The same with who is `connected`.
    #[must_use]
    pub fn with_connected(self, connected: Option<ConnectedView>) -> Self {
        Self { connected, ..self }
    }

    /// The same after the step was taken.
    #[must_use]
    pub fn after(self, done: &'a Summary) -> Self {
        let at = self.step.as_ref().and_then(|step| step.after.clone());
        Self { at, done: Some(done), ..self }
    }
}

impl<'a> RotationView<'a> {
    pub(super) fn of(record: &'a RotationRecord, inventory: &'a Inventory) -> Self {
        let expires = |name: &str| inventory.authorities.get(name).map(|known| Timestamp::from_unix(known.not_after));
        Self {
            old: &record.old,
            old_expires: expires(&record.old),
            new: &record.new,
            new_expires: expires(&record.new),
            step: record.step,
            since: record.since,
        }
    }
}
