//! Decides everything: each authority, certificate, SAN, file, mode, name and wave. What executes a plan makes no choice.
//!
//! Input: a checked mesh, the inventory of what was issued before, what targets have of it, what is wrong with the state's files,
//! what the user asked for, now. Output: a [`Plan`], which can be compared and printed; after its execution, the inventory that
//! follows from it. It opens no file, holds no key, and knows no template. What a cluster's nodes share is in it once, and files are
//! listed by an iterator, not kept.

mod agents;
mod asked_steps;
mod authorisation;
mod authority;
mod authority_record;
mod behind;
mod branch;
mod bundle_digest;
mod bundle_files;
mod bundle_id;
mod bundles;
mod ca_life;
mod ca_use;
mod carriers;
mod change_record;
mod changes;
mod cluster;
mod commit;
mod credential;
mod credential_record;
mod decide;
mod digest_fields;
mod earlier;
mod effects;
mod facts;
mod facts_digest;
mod floors;
mod former;
mod helm_server;
mod identities;
mod inventory;
mod issue;
mod keep;
mod kept;
mod kvstoremesh;
mod kvstoremesh_record;
mod leaf;
mod leaf_files;
mod live;
mod local_etcd;
mod loose;
mod next_signers;
mod node_paths;
mod options;
mod renewal;
mod request;
mod restored;
mod revocations;
mod revoking;
mod rotation;
mod rotation_gate;
mod rotation_record;
mod safeguards;
mod sans;
mod selector;
mod step_unit;
mod steps;
mod still_carried;
mod trust;
mod trust_phases;
mod unusable;
mod wave;
mod waves;
mod written;

pub use crate::lint::RotationStep;
pub use agents::{ClientPlan, LinkPlan, NodePlan};
pub use authorisation::{Access, Authorisation, EtcdRole, Grant, RolePlan};
pub use authority::AuthorityPlan;
pub use authority_record::AuthorityRecord;
pub use branch::BranchRecord;
pub use bundle_files::{FilePlan, FileSource, member_files, node_files};
pub use bundle_id::{BundleId, BundleKind};
pub use bundles::BundlePlan;
pub use carriers::Carriers;
pub use change_record::{BundleChange, LastChange, LinkChange};
pub use cluster::{ClusterPlan, MemberPlan};
pub use commit::Outcome;
pub use credential::{CredentialAction, CredentialKey, CredentialPlan, Reason, leaf_holder};
pub use credential_record::{CredentialRecord, EarlierLeaf};
pub use decide::{Plan, Planned, plan};
pub use earlier::EarlierRecord;
pub use effects::Effect;
pub use facts::{AuthorityFaults, StateFacts};
pub use floors::{Floor, Floors};
pub use helm_server::HelmServerPlan;
pub use inventory::{BundleRecord, ClusterRecord, DIGEST_LENGTH, FORMAT, Inventory, KeptRecord, TrustRecord};
pub use kept::{Kept, KeptKind};
pub use kvstoremesh_record::KvstoremeshPhase;
pub use leaf::{AuthorityRequest, LeafRequest, LeafUsage};
pub use leaf_files::LeafFilePlan;
pub use live::{LiveLeaf, TargetAge};
pub use local_etcd::LocalEtcdPlan;
pub use loose::{
    AGENTS_SECRET, APISERVER_SECRETS, HELM_CHART_CONFIG, HELM_DIFF, HELM_USERS, HELM_VALUES, KVSTOREMESH_SECRET, LooseFile,
    REVOCATION_LIST, SERVER_SECRET, loose_names, object_name, stored_secret,
};
pub use next_signers::{NextSigner, Role};
pub use node_paths::{ANNOUNCER, ANNOUNCER_CONFIG, ETCD_CONFIG, ETCD_SECRETS};
pub use request::{Reissue, Removal, Renewal, Request, Rotation, Turn};
pub use revocations::{Revocations, RevokedCertificate, RevokedRecord};
pub use revoking::{Accepting, Remedy, Revoking, revoking};
pub use rotation::OpenRotation;
pub use rotation_record::RotationRecord;
pub use sans::HostCertificate;
pub use selector::{Selected, Selector};
pub use step_unit::{NotAStep, StepUnit, StepUnitName};
pub use steps::RECORD;
pub use still_carried::StillCarried;
pub use trust::TrustPlan;
pub use wave::{Step, StepName, Wave, WaveName};
pub use written::{TakingIn, WrittenBundle, WrittenContent, WrittenLink, WrittenServer};
