//! A change of CA in three phases: both ends trust the new one, then it signs, then the old one is trusted no more.
//!
//! A CA signs once everything that verifies it is known to trust it, by evidence or by the operator's word: an unchanged second run
//! must not do it, because the files of the first may still be here. The old one goes only when there is evidence that nothing
//! which it signed is in use. What no phases make safe is refused. At an etcd that gets no files from here, its operator says what is done.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::{CheckedMesh, EtcdTrust};
use crate::mesh::{Cluster, ClusterName, Label};

use super::authority::AuthorityPlan;
use super::behind::{Behind, Proof, readers};
use super::floors::Floors;
use super::inventory::{ClusterRecord, Inventory, KeptRecord};
use super::next_signers::{Role, peers, waiting_for};
use super::rotation::{Rotations, introduced};
use super::step_unit::{StepUnit, StepUnitName};
use super::trust::{TrustPlan, signs_clients};

pub(super) struct Phases<'a> {
    pub(super) mesh: &'a CheckedMesh,
    pub(super) inventory: &'a Inventory,
    pub(super) floors: &'a Floors,
    pub(super) authorities: &'a BTreeMap<Label, AuthorityPlan>,
    pub(super) rotations: &'a Rotations,
    pub(super) now: OffsetDateTime,
}

/// What becomes of a signer.
enum Step {
    /// The wanted CA signs, as before or from the first.
    Same,
    /// The wanted CA has to wait, and this one goes on.
    Wait(Label),
    /// The wanted CA signs instead of this one.
    Switch(Label),
}

/// The CA that has signed until now can no longer be trusted: it is neither in the mesh nor made here.
struct Gone;

impl Phases<'_> {
    /// The trust at each etcd, and what no phases make safe.
    pub(super) fn plan(&self) -> (BTreeMap<ClusterName, TrustPlan>, Vec<Diagnostic>) {
        let (mut findings, mut gone) = (Vec::new(), Vec::new());
        let mut plans = BTreeMap::new();
        for (name, cluster) in self.mesh.clusters() {
            if let Some(wanted) = self.mesh.trust(name) {
                plans.insert(name.clone(), self.of_etcd(cluster, wanted, &mut gone));
                findings.extend(self.first_members(cluster, wanted));
            }
        }
        findings.extend(self.refuse(&gone));
        (plans, findings)
    }

    /// The trust at one etcd. `gone` gets what is signed there by a CA that is gone.
    fn of_etcd<'c>(&self, cluster: &'c Cluster, wanted: &EtcdTrust, gone: &mut Vec<(&'c Cluster, Role)>) -> TrustPlan {
        let mut plan = TrustPlan {
            server_signer: wanted.server_signer.clone(),
            server_trust: wanted.server_trust.clone(),
            client_signer: wanted.client_signer.clone(),
            client_trust: wanted.client_trust.clone(),
            peer_trust: wanted.peer_trust.clone(),
            next_server_signer: None,
            next_client_signer: None,
            introduced_client_signer: None,
            kept_server_authorities: Vec::new(),
            kept_client_authorities: Vec::new(),
        };
        let Some(before) = self.inventory.clusters.get(cluster.name.as_str()) else { return plan };
        let foreign = cluster.etcd.members.is_empty();
        let servers =
            if foreign { self.foreign_servers(cluster, before, &mut plan) } else { self.servers(cluster, before, &mut plan) };
        if servers.is_err() {
            gone.push((cluster, Role::Servers));
        }
        // Who is signed for elsewhere is no concern of an etcd that is set up elsewhere.
        let concerned = !foreign || signs_clients(self.mesh, cluster) && before.trust.client_signer.is_some();
        if concerned && self.clients(cluster, before, &mut plan).is_err() {
            gone.push((cluster, Role::Clients));
        }
        plan
    }

    /// The servers' side: agents, and members as peers, verify what `server_signer` signs.
    fn servers(&self, cluster: &Cluster, before: &ClusterRecord, plan: &mut TrustPlan) -> Result<(), Gone> {
        let name = cluster.name.as_str();
        let step = self.step(cluster, Role::Servers, &plan.server_signer, before.trust.server_signer.as_ref())?;
        let mut kept = before.kept_server_authorities.clone();
        match step {
            Step::Same => {}
            Step::Wait(old) => plan.next_server_signer = Some(std::mem::replace(&mut plan.server_signer, old)),
            Step::Switch(old) => kept.push(self.keep(&old)),
        }
        let needed = |record: &KeptRecord| self.behind(record).members(name, false).next().is_some();
        plan.kept_server_authorities = self.still_kept(kept, needed);
        let kept = self.labels(&plan.kept_server_authorities)?;
        let signers = [Some(&plan.server_signer), plan.next_server_signer.as_ref()];
        // What the mesh wants comes first, whoever signs: members restart for another order, too.
        for label in signers.into_iter().flatten().chain(&kept) {
            add(&mut plan.server_trust, label);
            add(&mut plan.peer_trust, label);
        }
        Ok(())
    }

    /// The clients' side: members verify what `client_signer` signs, once they have restarted.
    fn clients(&self, cluster: &Cluster, before: &ClusterRecord, plan: &mut TrustPlan) -> Result<(), Gone> {
        let name = cluster.name.as_str();
        let signs = signs_clients(self.mesh, cluster);
        let mut kept = before.kept_client_authorities.clone();
        if signs && before.trust.client_signer.is_some() {
            match self.step(cluster, Role::Clients, &plan.client_signer, before.trust.client_signer.as_ref())? {
                Step::Same => {}
                Step::Wait(old) => plan.next_client_signer = Some(std::mem::replace(&mut plan.client_signer, old)),
                Step::Switch(old) => kept.push(self.keep(&old)),
            }
        } else {
            // Readers present existing certificates, or did so before.
            self.keep_unwanted(&before.trust.client_trust, &plan.client_trust, &mut kept)?;
        }
        let needed = |record: &KeptRecord| {
            let mut readers = readers(self.inventory, name);
            readers.any(|reader| self.behind(record).readers(name, reader).next().is_some())
        };
        plan.kept_client_authorities = self.still_kept(kept, needed);
        let kept = self.labels(&plan.kept_client_authorities)?;
        for label in signs.then_some(&plan.client_signer).into_iter().chain(&kept) {
            add(&mut plan.client_trust, label);
        }
        let introduced = introduced(self.rotations, plan.client_signer.as_str()).filter(|_| signs);
        plan.introduced_client_signer = introduced.and_then(|name| Label::new(name).ok());
        Ok(())
    }

    fn step(&self, cluster: &Cluster, role: Role, wanted: &Label, before: Option<&String>) -> Result<Step, Gone> {
        let now = self.fingerprint(wanted);
        let Some(before) = before.filter(|before| now != Some(before.as_str()) && !self.is_useless(before)) else {
            return Ok(Step::Same);
        };
        let old = self.label(before).ok_or(Gone)?;
        let name = cluster.name.as_str();
        // A second member may come in this run.
        let peers = cluster.etcd.peers && cluster.etcd.members.len() > 1 && peers(self.inventory, name) > 0;
        let waiting = now.and_then(|new| waiting_for(self.inventory, self.floors, name, role, new, peers));
        let is_trusted = !cluster.etcd.members.is_empty() || now.is_some_and(|new| self.is_trusted_elsewhere(name, new));
        Ok(if is_trusted && waiting.is_some_and(|waiting| waiting.is_empty()) { Step::Switch(old) } else { Step::Wait(old) })
    }

    /// Whether the operator of an etcd that gets no files from here has said that it trusts the CA `new`.
    fn is_trusted_elsewhere(&self, cluster: &str, new: &str) -> bool {
        let since = self.inventory.clusters.get(cluster).and_then(|before| before.trust.client_trust_since.get(new).copied());
        self.floors.is_done(&StepUnit::new(cluster, StepUnitName::ClientTrust), since.unwrap_or_default())
    }

    /// The servers' side of an etcd that gets no certificates from here: what it presents is for its operator to say, and until then
    /// agents trust what they trusted before.
    fn foreign_servers(&self, cluster: &Cluster, before: &ClusterRecord, plan: &mut TrustPlan) -> Result<(), Gone> {
        let mut kept = before.kept_server_authorities.clone();
        self.keep_unwanted(&before.trust.server_trust, &plan.server_trust, &mut kept)?;
        kept.retain(|record| !plan.server_trust.iter().any(|name| name.as_str() == record.name));
        let step = StepUnit::new(cluster.name.as_str(), StepUnitName::ServerCertificates);
        plan.kept_server_authorities = self.still_kept(kept, |record| !self.floors.is_done(&step, record.below));
        for label in self.labels(&plan.kept_server_authorities)? {
            add(&mut plan.server_trust, &label);
        }
        Ok(())
    }

    /// Keeps the CAs that were `trusted` and are not `wanted`: who has a certificate of theirs is in no record.
    fn keep_unwanted(&self, trusted: &BTreeSet<String>, wanted: &[Label], kept: &mut Vec<KeptRecord>) -> Result<(), Gone> {
        let is_wanted = |known: &str| wanted.iter().any(|name| self.fingerprint(name) == Some(known));
        for known in trusted.iter().filter(|known| !is_wanted(known) && !self.is_useless(known)) {
            let name = self.label(known).ok_or(Gone)?;
            if !kept.iter().any(|record| record.name == name.as_str()) {
                kept.push(KeptRecord { until: None, ..self.keep(&name) });
            }
        }
        Ok(())
    }

    /// An etcd that others have set up until now: its readers trust the CA of its servers, and not yet the one that signs here.
    fn first_members(&self, cluster: &Cluster, wanted: &EtcdTrust) -> Option<Diagnostic> {
        let name = cluster.name.as_str();
        let before = self.inventory.clusters.get(name).filter(|before| before.trust.server_signer.is_none())?;
        if cluster.etcd.members.is_empty() || !readers(self.inventory, name).any(|reader| reader != name) {
            return None;
        }
        let signer = &wanted.server_signer;
        let new = self.fingerprint(signer).filter(|new| before.trust.server_trust.contains(*new));
        let waiting = new.and_then(|new| waiting_for(self.inventory, self.floors, name, Role::Servers, new, false));
        if waiting.is_some_and(|waiting| waiting.is_empty()) {
            return None;
        }
        let message =
            format!("refusing to issue the first server certificates of `{name}`: its readers do not trust CA `{signer}` yet");
        let finding = Diagnostic::new(Code::AuthorityChanged, cluster.path.field("etcd").field("members"), message);
        let provided = matches!(self.authorities.get(signer), Some(AuthorityPlan::Provided { .. }));
        let first = if provided { String::new() } else { format!("provide a CA of your own, `trust.authorities.{signer}`; ") };
        Some(finding.help(format!(
            "{first}add it to `serverTrust` beside the others, without `members`; generate, roll out and record that; then add `members`"
        )))
    }

    /// One finding for each CA that is gone: a mesh of one CA has it at every etcd.
    fn refuse(&self, gone: &[(&Cluster, Role)]) -> Vec<Diagnostic> {
        let mut of_names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (cluster, role) in gone {
            let what = format!("the {role} of `{}`", cluster.name);
            of_names.entry(self.missing(cluster, *role).unwrap_or("of an earlier run")).or_default().push(what);
        }
        let finding = |(name, signed): (&str, Vec<String>)| {
            let first = signed.first().cloned().unwrap_or_default();
            let more = if signed.len() > 1 { format!(", and {} more", signed.len() - 1) } else { String::new() };
            let at = FieldPath::root().field("trust").field("authorities");
            let message = format!("refusing to forget CA `{name}`, which signed {first}{more}");
            Diagnostic::new(Code::AuthorityChanged, at, message).help(format!(
                "put `trust.authorities.{name}` back until nothing that it signed is in use: `meshbundle rollout status` shows it"
            ))
        };
        of_names.into_iter().map(finding).collect()
    }

    /// The name of the CA that is gone, and that is trusted at the etcd of `cluster` for what it signed.
    fn missing(&self, cluster: &Cluster, role: Role) -> Option<&str> {
        let record = self.inventory.clusters.get(cluster.name.as_str())?;
        let (trusted, kept) = match role {
            Role::Servers => (&record.trust.server_trust, &record.kept_server_authorities),
            Role::Clients => (&record.trust.client_trust, &record.kept_client_authorities),
        };
        let known = self.inventory.authorities.iter().filter(|(_, known)| trusted.contains(&known.fingerprint));
        let mut names = kept.iter().map(|record| record.name.as_str()).chain(known.map(|(name, _)| name.as_str()));
        names.find(|name| Label::new(name).is_ok_and(|name| !self.is_there(&name)))
    }

    /// The record of a CA that no longer signs, and that is kept for what it has signed.
    fn keep(&self, old: &Label) -> KeptRecord {
        let until = self.inventory.authorities.get(old.as_str()).and_then(|record| record.last_expiry);
        KeptRecord { name: old.to_string(), by: BTreeSet::new(), below: self.inventory.revision + 1, until }
    }

    /// The records that are still needed, each CA once. No end accepts what has expired.
    fn still_kept(&self, records: Vec<KeptRecord>, needed: impl Fn(&KeptRecord) -> bool) -> Vec<KeptRecord> {
        let mut latest: BTreeMap<String, KeptRecord> = BTreeMap::new();
        for mut record in records.into_iter().filter(|record| !record.has_expired(self.now)).filter(needed) {
            if let Some(earlier) = latest.get(&record.name) {
                record.until = earlier.until.zip(record.until).map(|(one, other)| one.max(other));
            }
            latest.insert(record.name.clone(), record);
        }
        let ended = |name: &str| self.inventory.authorities.get(name).is_some_and(|record| self.is_useless(&record.fingerprint));
        latest.into_values().filter(|record| !ended(&record.name)).collect()
    }

    const fn behind<'s>(&'s self, record: &KeptRecord) -> Behind<'s> {
        Behind { inventory: self.inventory, floors: self.floors, below: record.below, proof: Proof::Evidence }
    }

    fn labels(&self, records: &[KeptRecord]) -> Result<Vec<Label>, Gone> {
        let label = |record: &KeptRecord| {
            let named = Label::new(&record.name).ok().filter(|name| self.is_there(name));
            // Its entry in the mesh may have another name now.
            let renamed = || self.label(&self.inventory.authorities.get(&record.name)?.fingerprint);
            named.or_else(renamed).ok_or(Gone)
        };
        records.iter().map(label).collect()
    }

    fn fingerprint(&self, name: &Label) -> Option<&str> {
        self.authorities.get(name).and_then(AuthorityPlan::fingerprint)
    }

    /// The name of the CA with this fingerprint, if its certificate is at hand.
    fn label(&self, fingerprint: &str) -> Option<Label> {
        let provided = self.authorities.iter().find(|(_, plan)| plan.fingerprint() == Some(fingerprint));
        let known = self.inventory.authorities.iter().filter(|(_, record)| record.fingerprint == fingerprint);
        let made = || known.filter_map(|(name, _)| Label::new(name).ok()).find(|name| self.is_there(name));
        provided.map(|(name, _)| name.clone()).or_else(made)
    }

    /// Whether the certificate of a CA is at hand: in the mesh, or in the state.
    fn is_there(&self, name: &Label) -> bool {
        let made = self.inventory.authorities.get(name.as_str()).is_some_and(|record| record.file.is_some());
        self.authorities.contains_key(name) || made
    }

    /// Whether no end accepts anything that this CA has signed: it was created while the clock was ahead, or has ended.
    fn is_useless(&self, fingerprint: &str) -> bool {
        self.inventory.is_useless(fingerprint, self.now)
    }
}

fn add(names: &mut Vec<Label>, name: &Label) {
    if !names.contains(name) {
        names.push(name.clone());
    }
}
