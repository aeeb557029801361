//! What says of a bundle which one it is: its manifest, or the annotation of its objects in Kubernetes.

use crate::plan::{BundleId, BundleKind, Inventory};
use crate::verify::Manifest;

use super::judge::Refusal;
use super::unit::Unit;

/// Which bundle files or objects are of, by their own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleHead {
    /// The bundle.
    pub bundle: BundleId,
    /// Its mesh.
    pub mesh: String,
    /// Random name of the state that it was made from; none in manifests before receipts.
    pub state: Option<String>,
    /// The cluster-id.
    pub id: i64,
    /// The branch of the state; 0 for the first one.
    pub branch: u64,
    /// Its generation.
    pub generation: u64,
    /// The oldest generation that a rollback goes back to, if there is one.
    pub floor: Option<u64>,
    /// Digest of what decides its content; none in manifests before receipts.
    pub digest: Option<String>,
}

impl BundleHead {
    /// That of an archive or a folder, by its manifest.
    ///
    /// # Errors
    /// If it is neither of a node nor of a member.
    pub fn of_manifest(manifest: &Manifest) -> Result<Self, Refusal> {
        let kind = match (&manifest.node, &manifest.member) {
            (Some(node), None) => BundleKind::Node(node.clone()),
            (None, Some(member)) => BundleKind::Member(member.clone()),
            _ => return Err(Refusal::NotABundle),
        };
        let bundle = BundleId::new(manifest.cluster.name.as_str(), kind);
        // A unit is a word in the files of the ledger.
        bundle.unit().parse::<Unit>().map_err(|_| Refusal::NotABundle)?;
        Ok(Self {
            bundle,
            mesh: manifest.mesh.clone().unwrap_or_default(),
            state: manifest.state.clone(),
            id: manifest.cluster.id,
            branch: manifest.branch,
            generation: manifest.generation,
            floor: manifest.floor,
            digest: manifest.digest.clone(),
        })
    }

    /// Whether the state of `inventory` has not written it.
    ///
    /// # Errors
    /// If it is not for this state, or the state is not about to go on from a backup.
    pub fn is_unknown_to(&self, inventory: &Inventory) -> Result<bool, Refusal> {
        let unit = Unit::from(&self.bundle);
        if self.mesh != inventory.mesh {
            return Err(Refusal::OtherMesh { unit, mesh: self.mesh.clone() });
        }
        let (Some(state), Some(digest)) = (&self.state, &self.digest) else { return Err(Refusal::BeforeReceipts(unit)) };
        if *state != inventory.id {
            return Err(Refusal::OtherState(unit));
        }
        if inventory.has_written(&self.bundle, self.generation, Some(digest)) {
            return Ok(false);
        }
        match inventory.branch {
            Some(branch) if self.branch >= branch.began => Err(Refusal::LaterBranch(unit)),
            Some(branch) if branch.is_new => Ok(true),
            Some(_) | None => Err(Refusal::NotRestored(unit)),
        }
    }
}
