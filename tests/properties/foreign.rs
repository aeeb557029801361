//! An etcd that gets no files from here, on paper, and its operator: he does what a run asks for, some time, and says so, then or later or
//! never.

use std::collections::{BTreeMap, BTreeSet};

use meshbundle::plan::{Floors, Inventory, KeptKind, NextSigner, Plan, Step, StepName, StepUnit, StepUnitName};

use crate::support::dice::Dice;

/// CAs by their fingerprints.
type Authorities = BTreeSet<String>;

/// The etcd, and what is known of it.
pub(crate) struct ForeignEtcd {
    cluster: &'static str,
    /// The CAs of clients that all of its members have loaded.
    pub(crate) trusts: Authorities,
    /// The CAs of its members' certificates: several while the operator replaces them.
    pub(crate) presents: Authorities,
    /// Of those that it trusts, what the operator has said, and what is so from the first run on.
    said_trusted: Authorities,
    /// What its members may present, as far as the operator has said.
    may_present: Authorities,
    /// What the operator has said of each step, as the revision that it was about.
    done: BTreeMap<StepUnit, u64>,
    /// What the last run asked for: the CAs to trust, and the CAs whose certificates are to go.
    to_trust: Authorities,
    to_replace: Authorities,
    /// The CAs that the mesh wants for its servers.
    wanted: Authorities,
    /// How often the operator said something.
    pub(crate) records: usize,
}

impl ForeignEtcd {
    pub(crate) fn new(cluster: &'static str) -> Self {
        let none = Authorities::new;
        Self {
            cluster,
            trusts: none(),
            presents: none(),
            said_trusted: none(),
            may_present: none(),
            done: BTreeMap::new(),
            to_trust: none(),
            to_replace: none(),
            wanted: none(),
            records: 0,
        }
    }

    fn step(&self, name: StepUnitName) -> StepUnit {
        StepUnit::new(self.cluster, name)
    }

    /// What the operator has said of the steps.
    pub(crate) fn done(&self) -> BTreeMap<StepUnit, u64> {
        self.done.clone()
    }

    /// A run that wants `servers` as the CAs of its servers. What the first one wants is so there.
    pub(crate) fn planned(&mut self, plan: &Plan, inventory: &Inventory, servers: &[&str]) {
        let fingerprint = |name: &str| inventory.authorities[name].fingerprint.clone();
        let cluster = plan.clusters.iter().find(|cluster| cluster.name.as_str() == self.cluster).expect("the cluster");
        let trust: Authorities = cluster.trust.client_trust.iter().map(|name| fingerprint(name.as_str())).collect();
        self.wanted = servers.iter().map(|name| fingerprint(name)).collect();
        if self.trusts.is_empty() {
            (self.trusts, self.said_trusted) = (trust.clone(), trust.clone());
            self.presents = self.wanted.iter().take(1).cloned().collect();
        }
        self.may_present.extend(self.wanted.iter().cloned());
        // What is not asked for any more may go there without a word.
        self.said_trusted.retain(|authority| trust.contains(authority));
        let asked = |name: StepName| {
            let is_asked = |step: &&Step| step.step == name && step.cluster == self.cluster;
            let steps = plan.waves.iter().flat_map(|wave| &wave.steps).filter(is_asked);
            steps.flat_map(|step| &step.authorities).map(|name| fingerprint(name)).collect()
        };
        (self.to_trust, self.to_replace) = (asked(StepName::TrustAuthorities), asked(StepName::ReplaceCertificates));
    }

    /// The operator at work. `can_present` says whether every reader is known to trust a CA: this wave is the last one.
    pub(crate) fn operate(
        &mut self,
        inventory: &Inventory,
        floors: &Floors,
        can_present: &dyn Fn(&str) -> bool,
        dice: &mut Dice,
    ) {
        if dice.once_in(2) {
            self.trusts.extend(self.to_trust.iter().cloned());
        }
        if dice.once_in(2) {
            self.replace_certificates(can_present, dice);
        }
        self.say(inventory, dice);
        if dice.once_in(2) {
            self.forget_clients(inventory, floors);
        }
    }

    /// A member gets a certificate of a wanted CA; and then all of them may have such.
    fn replace_certificates(&mut self, can_present: &dyn Fn(&str) -> bool, dice: &mut Dice) {
        let next: Vec<String> = self.wanted.iter().filter(|authority| can_present(authority)).cloned().collect();
        if !next.is_empty() {
            self.presents.insert(dice.pick(&next));
        }
        let wanted: Authorities = self.presents.intersection(&self.wanted).cloned().collect();
        if !wanted.is_empty() && dice.once_in(2) {
            self.presents = wanted;
        }
    }

    /// What was done is recorded by hand, or not.
    fn say(&mut self, inventory: &Inventory, dice: &mut Dice) {
        let asked = inventory.steps();
        let (trust, certificates) = (self.step(StepUnitName::ClientTrust), self.step(StepUnitName::ServerCertificates));
        if asked.contains_key(&trust) && self.to_trust.is_subset(&self.trusts) && dice.once_in(2) {
            self.said_trusted.extend(self.to_trust.iter().cloned());
            self.done.insert(trust, inventory.revision);
            self.records += 1;
        }
        if asked.contains_key(&certificates) && self.to_replace.is_disjoint(&self.presents) && dice.once_in(2) {
            self.may_present.clone_from(&self.wanted);
            self.done.insert(certificates, inventory.revision);
            self.records += 1;
        }
    }

    /// Takes from its list of CAs what signs nothing, is to sign nothing, and is not listed as kept.
    fn forget_clients(&mut self, inventory: &Inventory, floors: &Floors) {
        let signs = inventory.clusters[self.cluster].trust.client_signer.clone();
        let fingerprint = |name: &String| inventory.authorities[name].fingerprint.clone();
        let kept = inventory.kept(floors);
        let kept = kept.iter().filter(|kept| kept.cluster == self.cluster && kept.kind == KeptKind::ClientAuthority);
        let listed: Authorities = kept.map(|kept| fingerprint(&kept.name)).chain(signs).collect();
        self.trusts.retain(|authority| listed.contains(authority) || self.to_trust.contains(authority));
    }

    /// Whether its members may still have a certificate of this CA.
    pub(crate) fn may_present(&self, authority: &str) -> bool {
        self.may_present.contains(authority)
    }

    /// Demands that a CA waits only as long as the operator has not said that it is trusted.
    pub(crate) fn judge_next(&self, next: &[NextSigner], inventory: &Inventory) {
        for waiting in next.iter().filter(|waiting| waiting.cluster == self.cluster) {
            let authority = &inventory.authorities[&waiting.name].fingerprint;
            assert!(!self.said_trusted.contains(authority), "nothing waits for {waiting:?}");
        }
    }
}
