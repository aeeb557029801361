//! Configs of which nothing was found, with what they lead to, kept from one bundle to the next.
//!
//! What was sound there is sound here where all that the verdict depends on is the same: contents and modes of the config and of the files
//! that it names, where they are, and the view. Contents are shared where they were found equal, byte by byte, when they were read. What
//! had a finding is judged again, because each finding names the file of its own bundle.

use std::collections::HashMap;
use std::sync::Arc;

use super::content::Content;
use super::files::{BundleTree, Mounts};
use super::peer::Credential;
use super::peer_config::PeerConfig;
use super::tree::Entry;
use super::view::View;

/// Those of the bundle before, and those of this one.
#[derive(Default)]
pub(super) struct SoundPeers {
    view: Option<View>,
    /// Where agents see what in the bundle.
    mounts: Option<Mounts>,
    before: HashMap<String, SoundPeer>,
    here: HashMap<String, SoundPeer>,
}

struct SoundPeer {
    config: Content,
    read: Arc<PeerConfig>,
    named: Vec<NamedFile>,
    credential: Credential,
}

/// A file that a config names.
struct NamedFile {
    /// Below the top folder of the bundle.
    path: String,
    /// In the clustermesh directory, if it is in there: the name right below it.
    inside: Option<String>,
    mode: Option<u32>,
    content: Content,
}

impl NamedFile {
    fn find(path: &str, bundle: &BundleTree) -> Option<Self> {
        let (path, inside) = (bundle.path(path), bundle.at(path).inside().map(str::to_owned));
        let Some(Entry::File { mode, bytes }) = bundle.tree.get(&path) else { return None };
        Some(Self { mode: *mode, content: bytes.clone(), path, inside })
    }

    fn is_in(&self, bundle: &BundleTree) -> bool {
        let same = |mode: &Option<u32>, bytes: &Content| *mode == self.mode && bytes.is(&self.content);
        matches!(bundle.tree.get(&self.path), Some(Entry::File { mode, bytes }) if same(mode, bytes))
    }
}

impl SoundPeers {
    /// Goes on with the next bundle.
    pub(super) fn begin(&mut self, bundle: Option<&BundleTree>, view: &View) {
        let (last_view, last_mounts) = (self.view.replace(*view), self.mounts.take());
        self.mounts = bundle.map(BundleTree::mounts).cloned();
        self.before = std::mem::take(&mut self.here);
        if (self.view, &self.mounts) != (last_view, &last_mounts) {
            self.before.clear();
        }
    }

    fn before(&self, path: &str, config: &Content) -> Option<&SoundPeer> {
        self.before.get(path).filter(|peer| peer.config.is(config))
    }

    /// What the config at `path` says, if it is the neighbour's.
    pub(super) fn config(&self, path: &str, config: &Content) -> Option<Arc<PeerConfig>> {
        self.before(path, config).map(|peer| Arc::clone(&peer.read))
    }

    /// Which files of the clustermesh directory the config at `path` names, if it is the neighbour's.
    pub(super) fn inside(&self, path: &str, config: &Content) -> Option<impl Iterator<Item = &str>> {
        self.before(path, config).map(|peer| peer.named.iter().filter_map(|file| file.inside.as_deref()))
    }

    /// What the config at `path` leads to, if all of it is the neighbour's.
    pub(super) fn credential(&mut self, path: &str, config: &Content, bundle: Option<&BundleTree>) -> Option<Credential> {
        let bundle = bundle?;
        self.before(path, config).filter(|peer| peer.named.iter().all(|file| file.is_in(bundle)))?;
        let (path, peer) = self.before.remove_entry(path)?;
        let credential = peer.credential.clone();
        self.here.insert(path, peer);
        Some(credential)
    }

    /// Keeps what the config at `path` says and leads to, of which nothing was found.
    pub(super) fn keep(
        &mut self,
        path: &str,
        config: &Content,
        read: &Arc<PeerConfig>,
        credential: &Credential,
        bundle: Option<&BundleTree>,
    ) {
        let Some(bundle) = bundle else { return };
        let named: Option<Vec<NamedFile>> = read.paths().map(|path| NamedFile::find(path.as_str(), bundle)).collect();
        if let Some(named) = named {
            let (config, read, credential) = (config.clone(), Arc::clone(read), credential.clone());
            self.here.insert(path.to_owned(), SoundPeer { config, read, named, credential });
        }
    }
}
