//! Files in a bundle's archive. No shell finds them there.

use crate::diag::shell_word;
use crate::verify::tree::Tree;

use super::bundle_form::BundleForm;
use super::bundle_tree::BundleTree;

/// A bundle as an archive.
pub struct ArchivedBundle(BundleTree);

impl ArchivedBundle {
    /// What was read of the archive `file`: everything below its top folder, and the name of that.
    pub fn new(file: impl Into<String>, tree: Tree, top: Option<String>) -> Self {
        let file = file.into();
        let prefix = format!("{file}: ");
        Self(BundleTree::new(file, prefix, tree, top))
    }
}

impl BundleForm for ArchivedBundle {
    fn tree(&self) -> &BundleTree {
        &self.0
    }

    fn help(&self, _: String) -> String {
        format!(
            "generate the bundle again, or fix the file by hand: unpack it with `tar -xzf {}`, and let `meshbundle verify` \
             print the command for the unpacked file",
            shell_word(&self.0.file)
        )
    }
}
