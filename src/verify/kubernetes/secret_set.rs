//! The Secrets of one namespace that containers of Cilium's Helm chart mount.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, FilePlace, shell_word};

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

    /// That no pod of the release in the namespace `release` mounts these. Those without a namespace are applied wherever it is.
    pub fn misplaced(&self, release: &str) -> Vec<Diagnostic> {
        let Some(namespace) = self.namespace.as_deref().filter(|namespace| *namespace != release) else { return Vec::new() };
        let finding = |(name, secret): (&&'static str, &Secret)| {
            let message = format!(
                "no pod mounts `{name}` in the namespace `{}`: the mesh has the release in `{}`",
                namespace.escape_debug(),
                release.escape_debug()
            );
            let finding = Diagnostic::of_file(Code::SecretIdle, FilePlace::whole(&secret.place), message);
            finding.help(
                "create it in the namespace of the release, and delete this one; or correct `runtime.namespace` in the mesh",
            )
        };
        self.secrets.iter().map(finding).collect()
    }

    /// The namespace for commands, in shells.
    pub(super) fn namespace_word(&self) -> String {
        shell_word(self.namespace.as_deref().unwrap_or("kube-system"))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Secret> {
        self.secrets.get(name)
    }
}
