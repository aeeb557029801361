//! The truth from bytes: is this link's certificate chain good by Go's rules?
//!
//! etcd and the Cilium agent prove chains with Go's crypto/x509; this module answers as it would, before a file is
//! written. Input are certificates as DER or PEM, output a proven chain or the reason why there is none. It shares
//! nothing with the code that issues certificates: DER reader, parser and rules are its own, so a fault in one is
//! seen by the other. It does not look at revocation or the network; of private
//! keys it only knows whose they are.

mod certificate;
mod chain;
mod chain_error;
mod der;
mod error;
mod extensions;
mod go_rules;
mod handshake;
mod hostname;
mod mailbox;
mod name;
mod name_constraints;
mod order;
mod pem;
mod planned;
mod policy;
mod private_key;
mod public_key;
mod signature;
mod uri;
mod validity;

pub use certificate::Certificate;
pub use chain::{Usage, check_anchor, check_leaf, verify_chain, verify_chain_by};
pub use chain_error::ChainError;
pub use error::CertificateError;
pub use extensions::ExtKeyUsages;
pub use go_rules::{GoRule, GoRules};
pub use handshake::check_presented;
pub use hostname::host_matches;
pub use planned::PlannedLeaf;
pub use private_key::{PrivateKey, PrivateKeyError};
pub use public_key::PublicKeyKind;
pub use signature::{Hash, SignatureAlgorithm};
