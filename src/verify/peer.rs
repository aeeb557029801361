//! A remote cluster as an agent would connect to it: its config, and the credential that the config names.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::x509::Certificate;

use super::content::Content;
use super::peer_config::PeerConfig;

/// What an agent knows of a remote cluster: one config of the folder, with the files that it names.
///
/// A part that is missing or broken is `None` or empty; the findings beside it say why.
#[derive(Clone)]
pub struct Peer {
    /// The name of the file, which is the name of the cluster.
    pub name: String,
    /// Where the config stands, for messages.
    pub file: String,
    /// The cluster's id by the bundle's manifest or the mesh; a folder alone does not tell.
    pub id: Option<i64>,
    /// Whose etcd the config leads to.
    pub etcd: PeerEtcd,
    /// What the config says.
    pub config: Arc<PeerConfig>,
    /// What it anchors on. Without `trusted-ca-file` there are none, and agents would trust the system's roots.
    pub anchors: Arc<[Certificate]>,
    /// Why it is not known whether that is what it anchors on, if it is not.
    pub doubt: Option<Box<Diagnostic>>,
    /// What it shows: the leaf, and what travels with it.
    pub chain: Arc<[Certificate]>,
    /// The leaf's key: PKCS#8, PKCS#1 or SEC 1.
    pub key: Option<Content>,
    /// What keeps agents from connecting before they dial, if anything does.
    pub blocked: Option<Box<Diagnostic>>,
    /// All that was found of its config and its credential.
    pub local: Vec<Diagnostic>,
}

/// The files that a config names, as far as they are good.
#[derive(Clone, Default)]
pub(super) struct Credential {
    pub(super) anchors: Arc<[Certificate]>,
    pub(super) chain: Arc<[Certificate]>,
    pub(super) key: Option<Content>,
}

/// Whose etcd a config leads to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PeerEtcd {
    /// That of the remote cluster.
    #[default]
    Remote,
    /// The local one, into which `KVStoreMesh` copies what it reads of the remote cluster.
    Local,
    /// One that is not known: `KVStoreMesh` reads the remote cluster at other endpoints.
    Unknown,
}

/// The cluster whose agents read these files, as far as anything says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// `cluster-name`.
    pub name: Option<String>,
    /// `cluster-id`.
    pub id: Option<i64>,
    /// `max-connected-clusters`.
    pub max_connected_clusters: Option<i64>,
}
