//! The bundle that was judged before: mostly that of another node of the same cluster, which has the same files.
//!
//! Its files are there to be compared with those that are read, and what was sound in it counts for the next one. No more than one bundle is
//! kept, whatever is read.

use super::files::{BundleTree, Files};
use super::identify::Owner;
use super::inspect::inspect_beside;
use super::inspection::Inspection;
use super::sound_peers::SoundPeers;
use super::tree::Tree;
use super::view::View;

/// The bundle that was judged before.
#[derive(Default)]
pub struct Neighbour {
    files: Option<Box<dyn Files>>,
    sound: SoundPeers,
}

impl Neighbour {
    /// Its files, to be compared with those that are read.
    pub fn tree(&self) -> Option<&Tree> {
        self.files.as_ref()?.bundle().map(BundleTree::tree)
    }

    /// Reads files as the agents of their owner with the view's version would. They are the neighbour of the next ones.
    pub fn inspect(&mut self, files: Box<dyn Files>, owner: Owner, view: &View) -> Inspection {
        self.sound.begin(files.bundle(), view);
        let seen = inspect_beside(&mut self.sound, &*files, owner, view);
        self.files = Some(files);
        seen
    }
}
