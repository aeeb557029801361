//! How far a CA has been replaced by another one, as the inventory remembers it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::lint::{RotationStep, Succession};
use crate::mesh::Label;

use super::bundle_id::BundleId;

/// A CA that another one follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotationRecord {
    /// The CA that signed before.
    pub old: String,
    /// The CA that follows.
    pub new: String,
    /// The last step that was taken.
    pub step: RotationStep,
    /// The revision of the run that took it.
    pub since: u64,
    /// Who signs and trusts at the etcds where the mesh named the old one when it began, by cluster: it stays so until the end.
    pub etcds: BTreeMap<String, String>,
    /// Bundles that a step did not wait for, because the user said so, until what is installed there is not older than it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub left_behind: BTreeSet<BundleId>,
}

impl RotationRecord {
    /// What `mesh.yaml` means by `name` now.
    pub(super) fn succession(&self, name: &str) -> Option<Succession> {
        Some(Succession {
            name: Label::new(name).ok()?,
            old: Label::new(&self.old).ok()?,
            new: Label::new(&self.new).ok()?,
            step: self.step,
            etcds: self.etcds.keys().cloned().collect(),
        })
    }

    /// The CA that signs.
    pub fn signer(&self) -> &str {
        match self.step {
            RotationStep::Introduce => &self.old,
            RotationStep::Reissue | RotationStep::Retire => &self.new,
        }
    }
}
