//! The Secrets of one namespace that containers of Cilium's Helm chart mount.

use std::collections::BTreeMap;

use crate::diag::shell_word;

use super::ca_bundle::CaBundle;
use super::secret::Secret;

/// Secrets of one namespace, by the name under which they are mounted.
#[derive(Default)]
pub struct SecretSet {
    secrets: BTreeMap<&'static str, Secret>,
    /// Where they are, if they say it.
    pub(super) namespace: Option<String>,
    /// What is known of the CAs that pods mount in their place.
    pub(super) bundle: CaBundle,
}

impl SecretSet {
    /// Adds a Secret, and returns the one that it replaces.
    pub(super) fn insert(&mut self, name: &'static str, secret: Secret) -> Option<Secret> {
        self.secrets.insert(name, secret)
    }

    /// Adds what only `other` has.
    pub(super) fn fill(&mut self, other: Self) {
        for (name, secret) in other.secrets {
            self.secrets.entry(name).or_insert(secret);
        }
    }

    /// The namespace for commands, in shells.
    pub(super) fn namespace_word(&self) -> String {
        shell_word(self.namespace.as_deref().unwrap_or("kube-system"))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name)
    }
}
