//! What of the state's files cannot be used, as data: `generate` looks, `plan` decides.
//!
//! It holds names and reasons. Never a key, never a certificate.

use std::collections::{BTreeMap, BTreeSet};

/// Everything that is missing or damaged, as far as somebody has looked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateFacts {
    /// Leaves, by serial number: the file, and what is wrong with it.
    pub leaves: BTreeMap<String, String>,
    /// Serial numbers of leaves whose keys have another algorithm than new ones.
    pub other_keys: BTreeSet<String>,
    /// CAs made here, by name.
    pub authorities: BTreeMap<String, AuthorityFaults>,
    /// By fingerprint of a provided CA without a record of its chain: fingerprints of the chain that is stored with its leaves.
    pub stored_chains: BTreeMap<String, Vec<String>>,
}

/// What is wrong with the files of a CA made here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityFaults {
    /// With its certificate: the file, and what is wrong with it.
    pub certificate: Option<String>,
    /// The same with its key.
    pub key: Option<String>,
}
