//! Whether evidence is recorded: a receipt of another mesh, or of bytes that this state never wrote, is refused.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, FilePlace};
use crate::plan::{BundleId, BundleKind, Inventory};

use super::evidence::{Evidence, Source};
use super::receipt::{Receipt, ReceiptError};
use super::unit::Unit;

/// Why evidence is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("a receipt that cannot be used: {0}")]
    Unreadable(#[from] ReceiptError),
    /// It belongs to another mesh.
    #[error("`{unit}` is from the mesh `{}`", mesh.escape_debug())]
    OtherMesh {
        /// What was installed.
        unit: Unit,
        /// Its mesh.
        mesh: String,
    },
    /// It belongs to another state of a mesh with this name.
    #[error("`{0}` is from another state of this mesh")]
    OtherState(Unit),
    /// It belongs to a branch of this state that began later.
    #[error("`{0}` is from a later branch of this state, which was restored from a backup since")]
    LaterBranch(Unit),
    /// What was named is neither a receipt nor a bundle.
    #[error("it is not a bundle: it has no manifest that can be read")]
    NotABundle,
    /// A bundle is from a release whose manifests have no state.
    #[error("the bundle of `{0}` is from a release before receipts")]
    BeforeReceipts(Unit),
    /// A bundle has something that the state has not written, and the state is not about to go on from a backup.
    #[error("this state has not written the bundle of `{0}`")]
    NotRestored(Unit),
    /// What has annotations of meshbundle cannot be read.
    #[error("these are no objects of Kubernetes: {0}")]
    NotObjects(String),
    /// Objects are from a file, and not from a cluster.
    #[error("the objects of `{0}` do not come from a cluster")]
    NotInstalled(Unit),
    /// Objects are in a namespace whose pods do not mount them.
    #[error(
        "`{}` of `{}` is in the namespace `{}`, and the release is in `{}`: no pod mounts it",
        name.escape_debug(), unit.escape_debug(), namespace.escape_debug(), release.escape_debug()
    )]
    Misplaced {
        /// Whose.
        unit: String,
        /// The first of them.
        name: String,
        /// Where it is.
        namespace: String,
        /// Where it should be.
        release: String,
    },
    /// Not all objects of a bundle are there.
    #[error("{found} of the {objects} objects of `{unit}` are there")]
    Incomplete {
        /// Whose.
        unit: Unit,
        /// How many were found.
        found: usize,
        /// How many it has.
        objects: usize,
    },
    /// The state knows no such unit.
    #[error("`{0}` was never part of this mesh")]
    NeverWritten(Unit),
    /// The plan waits for no such step.
    #[error("nothing waits for `{0}`")]
    NotAsked(Unit),
    /// The mesh has no such cluster, or nothing that is written for it.
    #[error("nothing is written for a cluster `{0}`")]
    NoCluster(String),
    /// The state has written no such generation yet.
    #[error("`{unit}` is at generation {installed}, and this state has written only up to {written}")]
    Later {
        /// What was installed.
        unit: Unit,
        /// Its generation.
        installed: u64,
        /// The newest one that this state knows.
        written: u64,
    },
    /// The state has written different content under this generation.
    #[error("the receipt of `{unit}` has another digest for generation {generation} than the one that this state has written")]
    Altered {
        /// What was installed.
        unit: Unit,
        /// Its generation.
        generation: u64,
    },
}

impl Refusal {
    /// The finding, at the place of the evidence. `record` is the command line that records for this mesh.
    pub fn diagnostic(&self, place: FilePlace, record: &str) -> Diagnostic {
        let (code, help) = match self {
            Self::Unreadable(_) => (
                Code::ReceiptUnreadable,
                "copy the line as `install.sh --receipt` or `etcd-auth.sh --receipt` prints it".to_owned(),
            ),
            Self::OtherMesh { mesh, .. } => {
                (Code::ReceiptOfOtherMesh, format!("record it with the file and the state of the mesh `{}`", mesh.escape_debug()))
            }
            Self::OtherState(_) => (
                Code::ReceiptOfOtherMesh,
                "record it with the state that the bundle was made from, or install a bundle of this one".to_owned(),
            ),
            Self::NotABundle => (
                Code::ReceiptUnreadable,
                "name an archive, the folder of a bundle, such as `/var/lib/meshbundle/node/current`, or what `generate` writes to".to_owned(),
            ),
            Self::BeforeReceipts(_) => (Code::ReceiptUnreadable, "leave it out: nothing can be recorded of it".to_owned()),
            Self::NotObjects(_) | Self::NotInstalled(_) | Self::Incomplete { .. } => (
                Code::ReceiptUnreadable,
                format!("record what the cluster has: `kubectl get secret,configmap -n NAMESPACE -o yaml | {record} -`"),
            ),
            Self::Misplaced { .. } => (
                Code::ReceiptUnreadable,
                "create the objects in the namespace of the release, as NOTES.md beside them says, and delete these".to_owned(),
            ),
            Self::NotRestored(_) => (
                Code::ReceiptUnknown,
                "use the newest backup of the state; if this is it, begin a new branch first: `meshbundle state restore state`"
                    .to_owned(),
            ),
            Self::LaterBranch(_) => {
                (Code::ReceiptOfOtherMesh, "record it with the state that was restored last; this one is older".to_owned())
            }
            Self::NeverWritten(unit) => (
                Code::ReceiptUnknown,
                if unit.has_installer() {
                    format!(
                        "check that this is the right state; otherwise remove the bundle there: `install.sh --uninstall` on `{unit}`"
                    )
                } else {
                    "check that this is the right state".to_owned()
                },
            ),
            Self::Later { .. } => (
                Code::ReceiptUnknown,
                "this state is older than the bundle: use its newest backup; if this is the newest, begin a new branch before you \
                 generate: `meshbundle state restore state`"
                    .to_owned(),
            ),
            Self::NotAsked(_) => {
                (Code::ReceiptUnknown, "`meshbundle rollout status` lists the steps that are left; generate first".to_owned())
            }
            Self::NoCluster(_) => {
                (Code::ReceiptUnknown, "name a cluster or a unit that `meshbundle rollout status` lists".to_owned())
            }
            Self::Altered { unit, .. } => {
                let again = match unit.bundle().map(BundleId::kind) {
                    Some(BundleKind::Helm) => "apply the objects",
                    Some(BundleKind::Node(_) | BundleKind::Member(_)) => "install the archive",
                    Some(BundleKind::Etcd | BundleKind::Operator) | None => "run the `etcd-auth.sh`",
                };
                (
                    Code::ReceiptUnknown,
                    format!("{again} of this generation again; if the state is a restored backup, restore its newest one"),
                )
            }
        };
        Diagnostic::of_file(code, place, self.to_string()).help(help)
    }
}

/// The evidence of `receipt`, if it is about something that the state of `inventory` has written.
///
/// # Errors
/// If it is not.
pub fn judge(receipt: Receipt, inventory: &Inventory) -> Result<(Unit, Evidence), Refusal> {
    let Receipt { mesh, state, branch, unit, evidence } = receipt;
    if mesh != inventory.mesh {
        return Err(Refusal::OtherMesh { unit, mesh });
    }
    if state.is_some_and(|state| state != inventory.id) {
        return Err(Refusal::OtherState(unit));
    }
    let this = inventory.branch.map_or(0, |branch| branch.began);
    if branch > this {
        return Err(Refusal::LaterBranch(unit));
    }
    let generation = evidence.generation;
    // What runs after the backup wrote is not known here. Receipts of users do not have the branch.
    if branch < this && unit.bundle().is_some_and(|bundle| !inventory.has_written(bundle, generation, evidence.digest.as_deref()))
    {
        return Ok((unit, evidence));
    }
    let written = unit.bundle().and_then(|bundle| Some((bundle, inventory.newest(bundle)?)));
    let Some((bundle, written)) = written else { return Err(Refusal::NeverWritten(unit)) };
    if generation > written {
        return Err(Refusal::Later { unit, installed: generation, written });
    }
    let known = inventory.bundles.get(bundle).and_then(|record| record.digest_of(generation));
    if let (Some(known), Some(digest)) = (known, &evidence.digest)
        && known != digest
    {
        return Err(Refusal::Altered { unit, generation });
    }
    Ok((unit, evidence))
}

/// The operator's word that `unit` has `generation`, or what was written last; and that it is gone, if it left the mesh. `counter` orders it.
///
/// # Errors
/// If the state has written no such unit or generation.
pub fn by_hand(
    unit: Unit,
    source: Source,
    generation: Option<u64>,
    inventory: &Inventory,
    counter: u64,
) -> Result<(Unit, Evidence), Refusal> {
    let bundle = match &unit {
        Unit::Bundle(bundle) => bundle,
        Unit::Step(step) => {
            let (revision, is_asked) = (inventory.revision, inventory.steps().contains_key(step));
            return match generation.unwrap_or(revision) {
                _ if !is_asked => Err(Refusal::NotAsked(unit)),
                installed if installed > revision => Err(Refusal::Later { unit, installed, written: revision }),
                generation => Ok((unit, Evidence { counter, generation, digest: None, due: BTreeSet::new(), source })),
            };
        }
    };
    let (generation, digest) = match inventory.bundles.get(bundle) {
        Some(record) => {
            let written = record.generation;
            let generation = generation.unwrap_or(written);
            if generation > written {
                return Err(Refusal::Later { unit, installed: generation, written });
            }
            (generation, record.digest_of(generation).map(str::to_owned))
        }
        None if !inventory.retired.contains_key(bundle) => return Err(Refusal::NeverWritten(unit)),
        None => (0, None),
    };
    Ok((unit, Evidence { counter, generation, digest, due: BTreeSet::new(), source }))
}
