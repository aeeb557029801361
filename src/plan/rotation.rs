//! Which step the rotation of each CA is at after this run: what was recorded, and the step that is asked for.
//!
//! It decides what a name of a CA in the mesh stands for. Whether the step may be taken is decided in `rotation_gate`.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::{CheckedMesh, EtcdTrust, MeshAuthority, RotationStep, Succession};
use crate::mesh::Label;

use super::bundle_id::BundleId;
use super::floors::Floors;
use super::inventory::Inventory;
use super::request::{Rotation, Turn};
use super::rotation_record::RotationRecord;

/// How much of a CA's name is in that of the one that follows, in bytes: a label has 63.
const LONGEST_STEM: usize = 57;

/// The rotations after a run, by the name of the CA in the mesh.
pub(super) type Rotations = BTreeMap<String, RotationRecord>;

/// What the mesh means by names of CAs when `rotations` are at their steps.
pub(super) fn successions(rotations: &Rotations) -> Vec<Succession> {
    rotations.iter().filter_map(|(name, record)| record.succession(name)).collect()
}

/// The CA that is introduced beside `signer`, to sign in its place after the next step.
pub(super) fn introduced<'a>(rotations: &'a Rotations, signer: &str) -> Option<&'a str> {
    let introduced = rotations.values().find(|record| record.step == RotationStep::Introduce && record.old == signer);
    introduced.map(|record| record.new.as_str())
}

/// A rotation that is under way, or has left units behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRotation<'a> {
    /// The CA, by its name in the mesh.
    pub ca: &'a str,
    /// How far it is.
    pub record: &'a RotationRecord,
    /// Units that a step did not wait for, and that are not known to have caught up.
    pub left_behind: Vec<&'a BundleId>,
}

impl Inventory {
    /// The rotations that are not over, when targets have what `floors` say.
    pub fn open_rotations(&self, floors: &Floors) -> Vec<OpenRotation<'_>> {
        let all = self.rotations.iter().map(|(ca, record)| {
            let is_behind = |bundle: &&BundleId| {
                let known = self.bundles.get(*bundle);
                known.is_some_and(|known| known.may_be_older(floors.of(bundle), record.since))
            };
            OpenRotation { ca, record, left_behind: record.left_behind.iter().filter(is_behind).collect() }
        });
        all.filter(|open| open.record.step != RotationStep::Retire || !open.left_behind.is_empty()).collect()
    }
}

pub(super) struct Rotating<'a> {
    /// As `mesh.yaml` has it.
    pub(super) mesh: &'a CheckedMesh,
    pub(super) inventory: &'a Inventory,
    pub(super) rotation: Option<&'a Rotation>,
}

impl Rotating<'_> {
    /// The rotations after the step that is asked for, and what speaks against it.
    pub(super) fn plan(&self) -> (Rotations, Vec<Diagnostic>) {
        let mut rotations = self.inventory.rotations.clone();
        let mut findings = self.changed();
        if let Some(rotation) = self.rotation {
            match self.turned(rotation) {
                Ok(Some(record)) => drop(rotations.insert(rotation.ca.clone(), record)),
                Ok(None) => drop(rotations.remove(&rotation.ca)),
                Err(finding) => findings.push(finding),
            }
        }
        findings.extend(self.gone(&rotations));
        (rotations, findings)
    }

    /// The record after the step; none if the first one is taken back.
    fn turned(&self, rotation: &Rotation) -> Result<Option<RotationRecord>, Diagnostic> {
        let ca = rotation.ca.as_str();
        let known = self.inventory.rotations.get(ca);
        let since = self.inventory.revision + 1;
        let left_behind = self.left_behind(rotation);
        let at = |record: &RotationRecord, step| {
            Some(RotationRecord { step, since, left_behind: left_behind.clone(), ..record.clone() })
        };
        if let (Some(record), Some(to)) = (known, rotation.to.as_ref().filter(|_| !rotation.again))
            && record.new != *to
        {
            let message = format!("CA `{ca}` is being replaced by `{}`, not by `{to}`", record.new);
            return Err(refusal(message).help("leave `--to` out; to end this rotation, take its steps back with `--back`"));
        }
        match (rotation.turn, known) {
            (Turn::Next, None) => self.first(rotation, since).map(Some),
            (Turn::Next, Some(record)) => match record.step {
                RotationStep::Introduce => Ok(at(record, RotationStep::Reissue)),
                RotationStep::Reissue => self.named_in_mesh(record).map_or_else(|| Ok(at(record, RotationStep::Retire)), Err),
                RotationStep::Retire if rotation.again => self.first(rotation, since).map(Some),
                RotationStep::Retire => {
                    let message = format!("`{}` has replaced CA `{ca}`: there is no next step", record.new);
                    Err(refusal(message).help("`--again --next` begins another rotation, with a CA that is new again"))
                }
            },
            (Turn::Back, None) => {
                Err(refusal(format!("CA `{ca}` is not being replaced: there is no step to take back")).help(self.names()))
            }
            (Turn::Back, Some(record)) => Ok(match record.step {
                RotationStep::Introduce => None,
                RotationStep::Reissue => at(record, RotationStep::Introduce),
                RotationStep::Retire => at(record, RotationStep::Reissue),
            }),
        }
    }

    /// The first step of a rotation.
    fn first(&self, rotation: &Rotation, since: u64) -> Result<RotationRecord, Diagnostic> {
        let ca = rotation.ca.as_str();
        let label = Label::new(ca).ok();
        let label = label.filter(|label| !self.mesh.naming(label).is_empty());
        let Some(label) = label else {
            return Err(refusal(format!("no CA of the mesh is called `{}`", ca.escape_debug())).help(self.names()));
        };
        let replaced = self.inventory.rotations.get(ca);
        let old = replaced.map_or(ca, |record| record.new.as_str()).to_owned();
        let busy = self.inventory.rotations.iter().find(|(name, record)| {
            let takes_part = |other: &str| [&record.old, &record.new].iter().any(|one| *one == other);
            name.as_str() != ca
                && record.step != RotationStep::Retire
                && (takes_part(&old) || rotation.to.as_deref().is_some_and(takes_part))
        });
        if let Some((name, _)) = busy {
            let message = format!("CA `{ca}` takes part in the rotation of `{name}`");
            return Err(refusal(message).help(format!("finish that first: `--ca {name} --next`")));
        }
        let is_made = matches!(self.mesh.authorities().get(&label), Some(MeshAuthority::Made));
        let new = match &rotation.to {
            Some(to) => self.provided(to, &old)?,
            None if is_made => self.free(ca),
            None => {
                let next = self.free(ca);
                return Err(refusal(format!("the user provides CA `{ca}`, so meshbundle cannot make the next one"))
                    .help(format!("provide it as `trust.authorities.{next}`, and pass `--to {next}`")));
            }
        };
        let etcds = self.mesh.clusters().into_keys().filter_map(|cluster| {
            let trust = self.mesh.trust(cluster).filter(|_| self.mesh.naming(&label).contains(cluster.as_str()))?;
            Some((cluster.to_string(), text(trust, &[ca, &new])))
        });
        let (etcds, left_behind) = (etcds.collect(), self.left_behind(rotation));
        Ok(RotationRecord { old, new, step: RotationStep::Introduce, since, etcds, left_behind })
    }

    /// The bundles that the step does not wait for.
    fn left_behind(&self, rotation: &Rotation) -> BTreeSet<BundleId> {
        let is_left = |bundle: &&BundleId| rotation.without.iter().any(|selector| selector.covers(bundle));
        self.inventory.bundles.keys().filter(is_left).cloned().collect()
    }

    /// The CA `to`, if the mesh provides it, and it can follow `old`.
    fn provided(&self, to: &str, old: &str) -> Result<String, Diagnostic> {
        let authority = Label::new(to).ok().and_then(|label| self.mesh.authorities().get(&label));
        match authority {
            Some(MeshAuthority::Provided { key: Some(_), .. }) if to != old => Ok(to.to_owned()),
            Some(MeshAuthority::Provided { key: None, .. }) => {
                Err(refusal(format!("CA `{to}` has no key, so it cannot sign")).help(format!("set `trust.authorities.{to}.key`")))
            }
            _ if to == old => Err(refusal(format!("CA `{to}` cannot replace itself")).help("pass another one as `--to`")),
            _ => Err(refusal(format!("the mesh provides no CA `{}`", to.escape_debug()))
                .help(format!("add it: `trust.authorities.{to}: {{ certificate: FILE, key: FILE }}`"))),
        }
    }

    /// A name that no CA has, for the one that follows `ca`.
    fn free(&self, ca: &str) -> String {
        let is_free = |name: &String| {
            let label = Label::new(name);
            !self.inventory.authorities.contains_key(name)
                && label.is_ok_and(|label| !self.mesh.authorities().contains_key(&label))
        };
        let stem = ca.get(..LONGEST_STEM).unwrap_or(ca);
        (2..=u16::MAX).map(|number| format!("{stem}-{number}")).find(is_free).unwrap_or_default()
    }

    /// What keeps the old CA of a rotation from being retired: the mesh names it, and would bring it back.
    fn named_in_mesh(&self, record: &RotationRecord) -> Option<Diagnostic> {
        let (old, new) = (Label::new(&record.old).ok()?, Label::new(&record.new).ok()?);
        self.mesh.authorities().get(&new)?.anchor()?;
        let named = self.mesh.naming(&old);
        let first = named.first()?;
        let more = if named.len() > 1 { format!(", and at {} more", named.len() - 1) } else { String::new() };
        let message = format!("refusing to retire CA `{old}`: the mesh names it at `{first}`{more}");
        Some(refusal(message).help(format!(
            "edit `mesh.yaml`: `authority: {new}` and `clientSigner: {new}` where it says `{old}`, and take `{old}` out of `serverTrust` and `clientTrust`"
        )))
    }

    /// Rotations that cannot go on, because a CA of theirs is gone or another one has its name.
    fn gone(&self, rotations: &Rotations) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for (name, record) in rotations {
            let needed = match record.step {
                RotationStep::Introduce | RotationStep::Reissue => [&record.old, &record.new].into_iter().collect::<Vec<_>>(),
                RotationStep::Retire => Vec::new(),
            };
            let is_new = |ca: &str| record.since > self.inventory.revision && !self.inventory.authorities.contains_key(ca);
            let made = |ca: &str| self.inventory.authorities.get(ca).is_some_and(|known| known.file.is_some());
            let in_mesh = |ca: &str| Label::new(ca).ok().and_then(|label| self.mesh.authorities().get(&label));
            for ca in needed.iter().filter(|ca| in_mesh(ca).is_none() && !made(ca) && !is_new(ca)) {
                let message = format!("refusing to forget CA `{ca}`, while `{}` replaces `{}`", record.new, record.old);
                let at = FieldPath::root().field("trust").field("authorities");
                findings
                    .push(Diagnostic::new(Code::RotationBroken, at, message).help(format!("put `trust.authorities.{ca}` back")));
            }
            if made(&record.new) && in_mesh(&record.new).is_some() && record.new != *name {
                let message =
                    format!("`{}` is the CA that follows `{name}`, and the mesh has another one of this name", record.new);
                let at = FieldPath::root().field("trust");
                findings.push(Diagnostic::new(Code::RotationBroken, at, message).help(format!(
                    "give the CA of the mesh another name; a cluster called `{}` names its CA with `etcd.authority`",
                    record.new
                )));
            }
        }
        findings
    }

    /// Etcds of a rotation at which the mesh changes anything else about who is trusted.
    fn changed(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for (name, record) in self.inventory.rotations.iter().filter(|(_, record)| record.step != RotationStep::Retire) {
            for (cluster, before) in &record.etcds {
                let Some(cluster) = self.mesh.cluster(cluster) else { continue };
                let same = |text: &str| self.regardless_of_others(name, cluster.name.as_str(), text);
                let now = self.mesh.trust(&cluster.name).map(|trust| same(&text(trust, &[name, &record.old, &record.new])));
                if now != Some(same(before)) {
                    let message =
                        format!("refusing to change who is trusted at `{}` while CA `{name}` is being replaced", cluster.name);
                    findings.push(
                        Diagnostic::new(Code::RotationBroken, cluster.path.field("etcd"), message)
                            .help("put it back until the rotation is over; `meshbundle rollout status` shows how far it is"),
                    );
                }
            }
        }
        findings
    }

    /// The text on an etcd in the rotation `name`, with one name for both CAs of each other rotation there: the mesh may name either.
    fn regardless_of_others(&self, name: &str, cluster: &str, text: &str) -> String {
        let others =
            || self.inventory.rotations.iter().filter(|(other, record)| *other != name && record.etcds.contains_key(cluster));
        let one = |label: &str| {
            let rotation = others().find(|(_, record)| [&record.old, &record.new].iter().any(|ca| *ca == label));
            rotation.map_or(label, |(other, _)| other).to_owned()
        };
        let list = |list: &str| list.split(',').map(one).collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>().join(",");
        text.split(' ').map(list).collect::<Vec<_>>().join(" ")
    }

    /// The CAs that may be replaced.
    fn names(&self) -> String {
        let named = |label: &&Label| !self.mesh.naming(label).is_empty();
        let names: Vec<String> = self.mesh.authorities().keys().filter(named).take(12).map(|name| format!("`{name}`")).collect();
        format!("the CAs of the mesh: {}", names.join(", "))
    }
}

/// Who signs and trusts at an etcd; all of `same` count as one CA.
fn text(trust: &EtcdTrust, same: &[&str]) -> String {
    let one = |label: &Label| if same.contains(&label.as_str()) { "*".to_owned() } else { label.to_string() };
    let list = |labels: &[Label]| labels.iter().map(one).collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>().join(",");
    let EtcdTrust { server_signer, server_trust, client_signer, client_trust, peer_trust: _ } = trust;
    format!("{} {} {} {}", one(server_signer), list(server_trust), one(client_signer), list(client_trust))
}

fn refusal(message: String) -> Diagnostic {
    Diagnostic::new(Code::RotationRefused, FieldPath::root().field("trust"), message)
}
