//! Trust at an etcd as it will be, in fingerprints, so that it can be held against what was shipped.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::CheckedMesh;
use crate::mesh::{Cluster, Label};

use super::inventory::TrustRecord;

/// Who signs at one end.
pub(super) enum CurrentSigner {
    /// No one here.
    Elsewhere,
    /// An authority that is yet to be made.
    Unmade,
    /// This one.
    Known(String),
}

/// Trust at one etcd. Where one of the authorities is yet to be made, the set it belongs to is not known.
pub(super) struct TrustView {
    pub(super) server_signer: CurrentSigner,
    pub(super) client_signer: CurrentSigner,
    pub(super) server_trust: Option<BTreeSet<String>>,
    pub(super) client_trust: Option<BTreeSet<String>>,
}

/// What a change of signer means for ends that still have the files of the run before.
pub(super) enum Step {
    /// Every end goes on.
    Fine,
    /// Ends with the old files refuse what the new authority signs.
    NotYetAccepted,
    /// Ends with the new files refuse what the old authority signed.
    OldNoLongerAccepted,
}

impl CurrentSigner {
    /// Judges the step from the signer `before`, given what the other end accepted as shipped and what it will accept.
    pub(super) fn step(&self, before: &String, accepted: &BTreeSet<String>, will_accept: Option<&BTreeSet<String>>) -> Step {
        let changes = match self {
            Self::Elsewhere => return Step::Fine,
            Self::Unmade => return Step::NotYetAccepted,
            Self::Known(now) => now != before,
        };
        let newly_accepted = matches!(self, Self::Known(now) if accepted.contains(now));
        if changes && !newly_accepted {
            Step::NotYetAccepted
        } else if will_accept.is_some_and(|anchors| !anchors.contains(before)) {
            Step::OldNoLongerAccepted
        } else {
            Step::Fine
        }
    }

    fn of<'a>(name: &Label, fingerprint: &impl Fn(&Label) -> Option<&'a str>) -> Self {
        fingerprint(name).map_or(Self::Unmade, |known| Self::Known(known.to_owned()))
    }
}

/// Trust at the etcd of `cluster`; `fingerprint` tells which authorities are known.
pub(super) fn view<'a>(mesh: &CheckedMesh, cluster: &Cluster, fingerprint: impl Fn(&Label) -> Option<&'a str>) -> TrustView {
    let Some(trust) = mesh.trust(&cluster.name) else {
        return TrustView {
            server_signer: CurrentSigner::Elsewhere,
            client_signer: CurrentSigner::Elsewhere,
            server_trust: None,
            client_trust: None,
        };
    };
    let all = |names: &[Label]| names.iter().map(|name| fingerprint(name).map(str::to_owned)).collect();
    let signs = cluster.etcd.client.is_none() || cluster.etcd.has_own_clients();
    let read_here = mesh.authorities().contains_key(&trust.client_signer) && signs;
    TrustView {
        server_signer: if cluster.etcd.members.is_empty() {
            CurrentSigner::Elsewhere
        } else {
            CurrentSigner::of(&trust.server_signer, &fingerprint)
        },
        client_signer: if read_here { CurrentSigner::of(&trust.client_signer, &fingerprint) } else { CurrentSigner::Elsewhere },
        server_trust: all(&trust.server_trust),
        client_trust: all(&trust.client_trust),
    }
}

/// The same as a record, when every authority is known.
pub(super) fn record(mesh: &CheckedMesh, cluster: &Cluster, fingerprints: &BTreeMap<Label, String>) -> TrustRecord {
    let view = view(mesh, cluster, |name| fingerprints.get(name).map(String::as_str));
    let known = |signer| match signer {
        CurrentSigner::Known(fingerprint) => Some(fingerprint),
        CurrentSigner::Elsewhere | CurrentSigner::Unmade => None,
    };
    TrustRecord {
        server_signer: known(view.server_signer),
        client_signer: known(view.client_signer),
        server_trust: view.server_trust.unwrap_or_default(),
        client_trust: view.client_trust.unwrap_or_default(),
    }
}
