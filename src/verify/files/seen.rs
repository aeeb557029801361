//! The one question to files, wherever they are: what do agents see at this path?

use crate::diag::Diagnostic;
use crate::mesh::CiliumVersion;
use crate::verify::compose_project::Project;
use crate::verify::manifest::Manifest;
use crate::verify::peer::PeerEtcd;
use crate::verify::peer_config::PeerConfig;
use crate::verify::tree::Entry;

use super::bundle_tree::BundleTree;
use super::found::Found;

/// The files that the agents of one node see, or the etcd of one member.
pub trait Files: Send + Sync {
    /// How the user calls all of them.
    fn file(&self) -> &str;

    /// How messages name `name` in the clustermesh directory. The empty name is the directory itself.
    fn shown(&self, name: &str) -> String;

    /// The clustermesh directory itself, where anything is known of it.
    fn directory(&self) -> Option<&Entry>;

    /// What is right in the clustermesh directory, by name. Links are followed.
    fn entries(&self) -> Box<dyn Iterator<Item = (&str, &Entry)> + '_>;

    /// The file that agents see at the absolute `path`. Links are followed.
    fn at(&self, path: &str) -> Found<'_>;

    /// `help`, which has a command on a file by its path in messages; or, where no shell finds that path, another way.
    fn help(&self, help: String) -> String {
        help
    }

    /// Whether `found` is for another program to bring, which is not looked at.
    fn is_from_elsewhere(&self, _: &Found<'_>) -> bool {
        false
    }

    /// Whether it is known that no file is at `found`, where none was found.
    fn is_all_known(&self, _: &Found<'_>) -> bool {
        true
    }

    /// Whose etcd the config `name` leads to.
    fn etcd_of(&self, _name: &str, _config: &PeerConfig) -> PeerEtcd {
        PeerEtcd::Remote
    }

    /// Why it is not known whether agents see what was found at `found`, if it is not.
    fn doubt(&self, _: &Found<'_>) -> Option<Diagnostic> {
        None
    }

    /// What to do where the file at `found` is not there, and a config names it.
    fn missing_help(&self, found: &Found<'_>) -> String {
        if self.bundle().is_some() {
            return "put it into the bundle: generate it again".to_owned();
        }
        format!("put it there, or write the path as the agent sees it; looked for at `{}`; see `--root`", found.shown)
    }

    /// What to do where no config is in the clustermesh directory.
    fn no_peers_help(&self) -> &'static str {
        "is this the folder that `clustermesh-config` names?"
    }

    /// The environment file with the agents' options, if there is one beside the clustermesh directory.
    fn agent_env(&self) -> Option<&[u8]> {
        None
    }

    /// The version of the agents, if anything beside the clustermesh directory says it.
    fn version(&self) -> Option<CiliumVersion> {
        None
    }

    /// The bundle that all of them belong to, if they do.
    fn bundle(&self) -> Option<&BundleTree> {
        None
    }

    /// What that bundle says of itself, if it can be read.
    fn manifest(&self) -> Option<&Manifest> {
        self.bundle().and_then(BundleTree::good_manifest)
    }

    /// Whether they are an etcd member's.
    fn is_members(&self) -> bool {
        self.manifest().is_some_and(|manifest| !manifest.is_node())
    }

    /// The compose project that the clustermesh directory is in, if it is in one.
    fn project(&self) -> Option<&Project> {
        None
    }
}
