//! Whether a step of a rotation may be taken: what it depends on has to be installed and in use everywhere, by evidence.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::RotationStep;
use crate::mesh::{ClusterName, Label};

use super::authority::AuthorityPlan;
use super::bundle_id::BundleId;
use super::floors::Floors;
use super::inventory::{Inventory, KeptRecord};
use super::kept::{KeptKind, kept};
use super::named_units::named_units;
use super::next_signers::signers_of;
use super::request::{Request, Rotation};
use super::rotation::Rotations;
use super::rotation_record::RotationRecord;
use super::selector::{Selector, matches_no_unit};
use super::trust::TrustPlan;

pub(super) struct Gate<'a> {
    pub(super) inventory: &'a Inventory,
    /// As if the units were not there that the step does not wait for.
    pub(super) floors: &'a Floors,
    pub(super) request: &'a Request,
    pub(super) rotations: &'a Rotations,
    pub(super) trust: &'a BTreeMap<ClusterName, TrustPlan>,
    pub(super) authorities: &'a BTreeMap<Label, AuthorityPlan>,
}

/// What a step waits for.
#[derive(Default)]
struct Waiting {
    units: BTreeSet<BundleId>,
    steps: BTreeSet<String>,
}

impl Gate<'_> {
    /// Why the step that is asked for cannot be taken yet.
    pub(super) fn findings(&self) -> Vec<Diagnostic> {
        let Some((rotation, record)) = self.asked() else { return Vec::new() };
        let mut findings: Vec<Diagnostic> = misspelt(rotation, self.inventory).collect();
        let (waiting, what) = match record.step {
            RotationStep::Introduce | RotationStep::Reissue => {
                (self.waiting_for_trust(record.signer()), format!("to let CA `{}` sign", record.signer()))
            }
            RotationStep::Retire => (self.waiting_for_leaves(&record.old), format!("to retire CA `{}`", record.old)),
        };
        let why = match (record.step, waiting.units.len()) {
            (RotationStep::Retire, _) => "may have what it signed",
            (_, 1) => "is not known to trust it",
            _ => "are not known to trust it",
        };
        if !waiting.units.is_empty() {
            let count = waiting.units.len();
            let units = if count == 1 { "1 unit".to_owned() } else { format!("{count} units") };
            let message = format!("refusing {what}: {units} {why}: {}", named_units(&waiting.units));
            findings.push(refusal(message).help(format!(
                "ship what is left, restart what is due and record the receipts: `{} FILE`; `--without UNIT` leaves one behind that is gone",
                self.request.record
            )));
        }
        for step in &waiting.steps {
            let message = format!("refusing {what}: `{step}` is not recorded");
            let command = format!("`{} --by-hand {step}`", self.request.record);
            findings.push(refusal(message).help(format!("do it at that etcd, and say so: {command}")));
        }
        findings
    }

    fn asked(&self) -> Option<(&Rotation, &RotationRecord)> {
        let rotation = self.request.rotation.as_ref()?;
        Some((rotation, self.rotations.get(&rotation.ca)?))
    }

    /// The ends that may not trust `signer`, where it is to sign.
    fn waiting_for_trust(&self, signer: &str) -> Waiting {
        let mut waiting = Waiting::default();
        for (cluster, trust) in self.trust {
            let next = signers_of(self.inventory, self.floors, self.authorities, cluster.as_str(), trust);
            for next in next.into_iter().filter(|next| next.name == signer) {
                waiting.units.extend(next.waiting);
                waiting.steps.extend(next.step.map(|step| step.to_string()));
            }
        }
        waiting
    }

    /// The units that may have something that `old` signed.
    fn waiting_for_leaves(&self, old: &str) -> Waiting {
        let mut waiting = Waiting::default();
        // What this run begins to keep is trusted until receipts show that it may go: nothing waits for that here.
        let begun = |records: &[KeptRecord]| -> Vec<KeptRecord> {
            records.iter().filter(|record| record.below <= self.inventory.revision).cloned().collect()
        };
        for (cluster, trust) in self.trust {
            let (servers, clients) = (begun(&trust.kept_server_authorities), begun(&trust.kept_client_authorities));
            let records = [(KeptKind::ServerAuthority, &*servers), (KeptKind::ClientAuthority, &*clients)];
            let kept = kept(self.inventory, self.floors, cluster.as_str(), &records);
            for kept in kept.into_iter().filter(|kept| kept.name == old) {
                waiting.units.extend(kept.waiting);
            }
        }
        waiting
    }
}

/// Exceptions of units that the state does not know.
fn misspelt<'a>(rotation: &'a Rotation, inventory: &'a Inventory) -> impl Iterator<Item = Diagnostic> + 'a {
    let known = |selector: &&Selector| inventory.bundles.keys().any(|bundle| selector.covers(bundle));
    rotation.without.iter().filter(move |selector| !known(selector)).map(matches_no_unit)
}

fn refusal(message: String) -> Diagnostic {
    Diagnostic::new(Code::RotationRefused, FieldPath::root().field("trust"), message)
}
