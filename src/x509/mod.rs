//! Verifies certificate chains by Go's rules.
//!
//! etcd and Cilium's agents verify chains with Go's crypto/x509; this module gives the same answers, before a file is written.
//! Input: certificates as DER or PEM. Output: a verified chain or the reason why there is none. It shares no code with `pki`,
//! which issues certificates: DER reader, parser and rules are separate, so that one detects a fault in the other. It checks no
//! revocation and uses no network; of private keys it only knows which certificate they belong to.

mod certificate;
mod chain;
mod chain_error;
mod der;
mod domain_name;
mod error;
mod extensions;
mod go_rules;
mod handshake;
mod hostname;
mod mailbox;
mod name;
mod name_check;
mod name_constraints;
mod order;
mod pem;
mod policies;
mod policy;
mod private_key;
mod public_key;
mod signature;
mod unsigned_leaf;
mod uri;
mod usage;
mod validity;

pub use certificate::Certificate;
pub use chain::{check_anchor, check_leaf, verify_chain, verify_chain_by};
pub use chain_error::ChainError;
pub use error::CertificateError;
pub use extensions::ExtKeyUsages;
pub use go_rules::{GoRule, GoRules};
pub use handshake::check_presented;
pub use hostname::host_matches;
pub use name::text as name_text;
pub use private_key::{PrivateKey, PrivateKeyError};
pub use public_key::PublicKeyKind;
pub use signature::{Hash, SignatureAlgorithm};
pub use unsigned_leaf::PlannedLeaf;
pub use usage::Usage;
