//! The truth from bytes: what an agent, or an etcd, would make of these files.
//!
//! Input: [`Files`], which are a folder or an archive as it was read, or single certificates. Output: what agents would do
//! with it ([`Peer`]s), and a finding for whatever they, or the operator, would stumble over. It reads foreign bytes and
//! trusts nothing that made them: archive reader, config reader, DER reader and Go's chain rules are its own, so that a fault
//! in what issues, renders or packs is seen here. It opens no file and no socket.

mod against_mesh;
mod anchors_line;
mod archive;
mod bundle;
mod cluster_config;
mod common_name;
mod compose_project;
mod config;
mod container;
mod content;
mod credential;
mod dotenv;
mod expected;
mod expiry;
mod files;
mod folder;
mod go_json;
mod heartbeat;
mod identify;
mod inspect;
mod inspection;
mod kubernetes;
mod link;
mod manifest;
mod moment;
mod neighbour;
mod overlap;
mod peer;
mod peer_config;
mod prover;
mod revocation_list;
mod revoked;
mod sound_peers;
mod target;
mod tolerated;
mod tree;
mod userinfo;
mod view;
mod yaml;

pub use archive::{Archive, read_archive, read_archive_like, read_first_file};
pub use cluster_config::{Capabilities, ClusterConfig};
pub use compose_project::{ComposeFile, DOT_ENV, OVERRIDE, Project};
pub use config::is_config;
pub use container::Container;
pub use content::Content;
pub use credential::RSA_MIN;
pub use expected::{Expected, ExpectedLink};
pub use expiry::{Expiry, RENEW, SOON, expires_soon};
pub use files::{ArchivedBundle, BundleTree, Directory, Files, Found, NodeFiles, Placed, UnpackedBundle, named_by};
pub use folder::remotes;
pub use heartbeat::{Heartbeat, Pulse};
pub use identify::{Owner, identify};
pub use inspect::{inspect, inspect_alone};
pub use inspection::{Inspection, MemberFiles};
pub use kubernetes::{
    CaBundle, EncryptedSecret, MountedSecrets, ReleaseFacts, SecretSet, SecretsReading, holds_secrets, key_as_json, read_secrets,
};
pub use link::{Ends, Proof, Server, prove_chain};
pub use manifest::{Manifest, ManifestCluster, ManifestError, folder_of_peers, is_members};
pub use moment::{moment, time_left};
pub use neighbour::Neighbour;
pub use overlap::{Overlap, SignedBy};
pub use peer::{Own, Peer, PeerEtcd};
pub use peer_config::{ConfigEndpoint, ConfigText, PeerConfig};
pub use prover::{Proven, Prover};
pub use revocation_list::RevocationList;
pub use revoked::revoked;
pub use target::{Target, authority};
pub use tolerated::tolerated_faults;
pub use tree::{Entry, Tree};
pub use view::View;
