//! A CA that is replaced by another one, and what a mesh that names it means meanwhile.

use std::collections::BTreeSet;

use crate::mesh::Label;

use super::checked::{CheckedMesh, EtcdTrust, MeshAuthority};

/// How far a CA has been replaced by another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RotationStep {
    /// Every end trusts both; the old one signs.
    Introduce,
    /// Every end trusts both; the new one signs.
    Reissue,
    /// The new one signs, and is trusted alone.
    Retire,
}

/// A CA that another one follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Succession {
    /// Its name in `mesh.yaml`.
    pub name: Label,
    /// The CA that it stood for before.
    pub old: Label,
    /// The CA that follows.
    pub new: Label,
    /// How far it is.
    pub step: RotationStep,
    /// The clusters at whose etcds `mesh.yaml` may name either, if it names both.
    pub etcds: BTreeSet<String>,
}

impl std::fmt::Display for RotationStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Introduce => "introduce",
            Self::Reissue => "reissue",
            Self::Retire => "retire",
        })
    }
}

impl Succession {
    /// Whether the user provides the CA that follows: once the old one is retired, `mesh.yaml` names it.
    fn is_named(&self, mesh: &CheckedMesh) -> bool {
        mesh.authorities().get(&self.new).is_some_and(|authority| authority.anchor().is_some())
    }

    /// The CAs that are trusted for it. Agents connect again when the bytes of a file change, and members restart, so the order stays as
    /// long as the CAs do.
    fn trusted(&self) -> Vec<Label> {
        match self.step {
            RotationStep::Introduce | RotationStep::Reissue => vec![self.old.clone(), self.new.clone()],
            RotationStep::Retire => vec![self.new.clone()],
        }
    }

    /// Whether `mesh.yaml` means it when it names `label` at the etcd of `cluster`.
    fn is_meant(&self, cluster: &str, label: &Label) -> bool {
        *label == self.name || [&self.old, &self.new].contains(&label) && self.etcds.contains(cluster)
    }

    /// The CAs of a list at the etcd of `cluster`, with those of the rotation in place of the one that is named.
    fn list(&self, cluster: &str, labels: &[Label]) -> Vec<Label> {
        let mut list: Vec<Label> = Vec::new();
        for label in labels {
            let meant = if self.is_meant(cluster, label) { self.trusted() } else { vec![label.clone()] };
            for one in meant {
                if !list.contains(&one) {
                    list.push(one);
                }
            }
        }
        list
    }

    fn signer(&self, cluster: &str, label: &Label) -> Label {
        match self.step {
            _ if !self.is_meant(cluster, label) => label.clone(),
            RotationStep::Introduce => self.old.clone(),
            RotationStep::Reissue | RotationStep::Retire => self.new.clone(),
        }
    }

    fn trust(&self, cluster: &str, trust: &EtcdTrust) -> EtcdTrust {
        EtcdTrust {
            server_signer: self.signer(cluster, &trust.server_signer),
            server_trust: self.list(cluster, &trust.server_trust),
            client_signer: self.signer(cluster, &trust.client_signer),
            client_trust: self.list(cluster, &trust.client_trust),
            peer_trust: self.list(cluster, &trust.peer_trust),
        }
    }
}

impl CheckedMesh {
    /// The clusters at whose etcds it names the CA `label`.
    pub fn naming(&self, label: &Label) -> BTreeSet<String> {
        let names = |trust: &EtcdTrust| {
            let lists = trust.server_trust.iter().chain(&trust.client_trust);
            lists.chain([&trust.server_signer, &trust.client_signer]).any(|one| one == label)
        };
        self.trust.iter().filter(|(_, trust)| names(trust)).map(|(cluster, _)| cluster.to_string()).collect()
    }

    /// The mesh as it is meant while CAs are replaced, and after: where it names one, `successions` say which signs and which are
    /// trusted. It has the CAs that were made for that.
    #[must_use]
    pub fn rotated(&self, successions: &[Succession]) -> Self {
        let mut mesh = self.clone();
        for succession in successions {
            // mesh.yaml names the one that is retired no longer, and another edit may bring it back.
            if succession.step == RotationStep::Retire && succession.is_named(self) {
                continue;
            }
            let is_made = matches!(self.authorities.get(&succession.name), Some(MeshAuthority::Made));
            for (cluster, trust) in &mut mesh.trust {
                *trust = succession.trust(cluster.as_str(), trust);
            }
            let trusted = succession.trusted();
            if is_made && !trusted.contains(&succession.name) {
                mesh.authorities.remove(&succession.name);
            }
            for label in trusted {
                mesh.authorities.entry(label).or_insert(MeshAuthority::Made);
            }
        }
        mesh
    }
}
