//! Which archives to write.

use crate::plan::BundleId;

/// Which archives to write. Checks, issued leaves and counts always cover everything.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Clusters; none: all.
    pub clusters: Vec<String>,
    /// Nodes, by their bundles.
    pub nodes: Vec<BundleId>,
}

impl Selection {
    /// Whether `bundle` is to be written.
    pub fn includes(&self, bundle: &BundleId) -> bool {
        if self.clusters.is_empty() && self.nodes.is_empty() {
            return true;
        }
        self.clusters.iter().any(|cluster| cluster == bundle.cluster()) || self.nodes.contains(bundle)
    }
}
