//! Files of a bundle that was unpacked: below its top folder on the disk.

use crate::verify::tree::Tree;

use super::bundle_form::BundleForm;
use super::bundle_tree::BundleTree;
use super::found::below;

/// A bundle as a folder.
pub struct UnpackedBundle(BundleTree);

impl UnpackedBundle {
    /// Everything in the folder `file`.
    pub fn new(file: impl Into<String>, tree: Tree) -> Self {
        let file = file.into();
        let prefix = below(&file, "");
        Self(BundleTree::new(file, prefix, tree, None))
    }
}

impl BundleForm for UnpackedBundle {
    fn tree(&self) -> &BundleTree {
        &self.0
    }
}
