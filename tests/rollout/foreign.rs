//! An etcd that gets no files from here, with real certificates: its operator does what `rollout status` asks for, some time, and records it
//! by hand, then or later.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rcgen::ExtendedKeyUsagePurpose;
use serde_json::Value;

use crate::evolution::scene::strings;
use crate::support::Sandbox;
use crate::support::dice::Dice;
use crate::support::pki::{Authority, Wish};

/// The `--trusted-ca-file` that its members have loaded.
pub(crate) fn client_ca(sandbox: &Sandbox) -> PathBuf {
    sandbox.path("foreign/client-ca.crt")
}

/// The certificate of its members that this CA has signed.
pub(crate) fn certificate(sandbox: &Sandbox, name: &str) -> PathBuf {
    sandbox.path(format!("foreign/{name}.crt"))
}

/// The etcd, with CAs by their names in the mesh.
pub(crate) struct ForeignEtcd {
    cluster: &'static str,
    authorities: BTreeMap<&'static str, Authority>,
    /// The CAs of clients that its members have loaded.
    trusts: BTreeSet<String>,
    /// The CAs of its members' certificates.
    presents: BTreeSet<String>,
    /// How often something was recorded.
    pub(crate) records: usize,
}

impl ForeignEtcd {
    /// It begins with what the mesh wants: one CA for its servers, and one for its clients. `names` are all CAs that it can have.
    pub(crate) fn new(sandbox: &Sandbox, cluster: &'static str, names: &[&'static str], servers: &str, clients: &str) -> Self {
        let authorities: BTreeMap<_, _> = names.iter().map(|name| (*name, Authority::new(name))).collect();
        let hosts = ["e0", "e1", "e2", "e3"].map(|host| format!("{host}.{cluster}.example"));
        let hosts = hosts.each_ref().map(String::as_str);
        for (name, authority) in &authorities {
            sandbox.write(&format!("{name}.crt"), &authority.certificate);
            sandbox.write(&format!("{name}.key"), &authority.key);
            let wish = Wish::named("etcd").sans(&hosts).usage(ExtendedKeyUsagePurpose::ServerAuth);
            sandbox.write(&format!("foreign/{name}.crt"), &authority.issue(&wish).certificate);
        }
        let one = |name: &str| BTreeSet::from([name.to_owned()]);
        let etcd = Self { cluster, authorities, trusts: one(clients), presents: one(servers), records: 0 };
        etcd.load(sandbox);
        etcd
    }

    /// The certificates that its members present.
    pub(crate) fn servers(&self, sandbox: &Sandbox) -> Vec<PathBuf> {
        self.presents.iter().map(|name| certificate(sandbox, name)).collect()
    }

    fn load(&self, sandbox: &Sandbox) {
        let all: String = self.trusts.iter().map(|name| self.authorities[name.as_str()].certificate.as_str()).collect();
        sandbox.write("foreign/client-ca.crt", &all);
    }

    /// The operator at work, with the plan of the last run: with some of it, or without `dice` with all. `wanted` is the CA that the mesh wants for
    /// the servers, and `can_present` says whether all readers have what they need for it.
    pub(crate) fn operate(
        &mut self,
        sandbox: &Sandbox,
        plan: &Value,
        wanted: &str,
        can_present: bool,
        mut dice: Option<&mut Dice>,
    ) {
        let mut does = || dice.as_deref_mut().is_none_or(|dice| dice.once_in(2));
        let (to_trust, to_replace) = (self.asked(plan, "trust-authorities"), self.asked(plan, "replace-certificates"));
        if does() {
            self.trusts.extend(to_trust.iter().cloned());
        }
        if can_present && does() {
            self.presents.insert(wanted.to_owned());
            if does() {
                self.presents = BTreeSet::from([wanted.to_owned()]);
            }
        }
        if !to_trust.is_empty() && to_trust.is_subset(&self.trusts) && does() {
            self.record(sandbox, "client-trust");
        }
        if !to_replace.is_empty() && to_replace.is_disjoint(&self.presents) && does() {
            self.record(sandbox, "server-certificates");
        }
        if does() {
            let status = sandbox.run(&["rollout", "status", "--format", "json"]).json();
            let kept = status["kept"].as_array().expect("kept").iter();
            let kept = kept.filter(|kept| kept["cluster"] == self.cluster && kept["kind"] == "clientAuthority");
            let kept: BTreeSet<String> = kept.map(|kept| kept["name"].as_str().expect("a name").to_owned()).collect();
            let signers = self.signers(sandbox);
            self.trusts.retain(|name| kept.contains(name) || to_trust.contains(name) || signers.contains(name));
        }
        self.load(sandbox);
    }

    /// The CA that signs its clients since the last run, and the one that is to sign next.
    fn signers(&self, sandbox: &Sandbox) -> BTreeSet<String> {
        let inventory: Value = serde_json::from_str(&sandbox.read("state/inventory.json")).expect("JSON");
        let trust = &inventory["clusters"][self.cluster]["trust"];
        let authorities = inventory["authorities"].as_object().expect("CAs").iter();
        let mut signing =
            authorities.filter(|(_, record)| record["fingerprint"] == trust["clientSigner"]).map(|(name, _)| name.clone());
        let next = trust["nextClientSigner"].as_str().map(str::to_owned);
        signing.next().into_iter().chain(next).collect()
    }

    fn record(&mut self, sandbox: &Sandbox, step: &str) {
        sandbox.ok(&["rollout", "record", "mesh.yaml", "--by-hand", &format!("{}/step/{step}", self.cluster)]);
        self.records += 1;
    }

    /// The CAs that a step of the plan names.
    fn asked(&self, plan: &Value, name: &str) -> BTreeSet<String> {
        let waves = plan["waves"].as_array().expect("waves").iter();
        let steps = waves.filter_map(|wave| wave["steps"].as_array()).flatten();
        let its = steps.filter(|step| step["step"] == name && step["cluster"] == self.cluster);
        its.flat_map(|step| strings(&step["authorities"])).map(str::to_owned).collect()
    }
}
