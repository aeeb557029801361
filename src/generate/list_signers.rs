//! Who signs revocation lists.

use std::collections::BTreeSet;

use crate::mesh::Label;
use crate::plan::{Inventory, Plan};

/// The CAs that sign revocation lists in a run: those of clients at etcds whose users come from here.
pub(super) fn list_signers<'p>(plan: &'p Plan, inventory: &Inventory) -> BTreeSet<&'p Label> {
    let is_revoking = inventory.is_revoking();
    let clusters = plan.clusters.iter().filter(|cluster| is_revoking && cluster.authorisation.is_some());
    clusters.map(|cluster| &cluster.trust.client_signer).collect()
}
