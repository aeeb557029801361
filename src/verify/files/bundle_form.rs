//! The forms in which a bundle comes. Agents see the same files in each.

use crate::mesh::CiliumVersion;
use crate::verify::tree::Entry;

use super::bundle_tree::BundleTree;
use super::found::Found;
use super::seen::Files;

/// The agents' options, in the form that is always there.
const AGENT_ENV: &str = "options/agent.env";

/// A form in which a bundle comes.
pub(super) trait BundleForm: Send + Sync {
    fn tree(&self) -> &BundleTree;

    /// As [`Files::help`].
    fn help(&self, help: String) -> String {
        help
    }
}

impl<T: BundleForm> Files for T {
    fn file(&self) -> &str {
        &self.tree().file
    }

    fn shown(&self, name: &str) -> String {
        let bundle = self.tree();
        let between = if name.is_empty() { "" } else { "/" };
        bundle.shown(&format!("{}{between}{name}", bundle.folder()))
    }

    fn directory(&self) -> Option<&Entry> {
        self.tree().tree.get(self.tree().folder())
    }

    fn entries(&self) -> Box<dyn Iterator<Item = (&str, &Entry)> + '_> {
        Box::new(self.tree().tree.children(self.tree().folder()))
    }

    fn at(&self, path: &str) -> Found<'_> {
        self.tree().at(path)
    }

    fn help(&self, help: String) -> String {
        BundleForm::help(self, help)
    }

    fn agent_env(&self) -> Option<&[u8]> {
        self.tree().tree.bytes(AGENT_ENV)
    }

    fn version(&self) -> Option<CiliumVersion> {
        self.tree().good_manifest()?.version()
    }

    fn bundle(&self) -> Option<&BundleTree> {
        Some(self.tree())
    }
}
