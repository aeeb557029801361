//! What people do themselves in a wave, and with which command.

use std::collections::BTreeMap;

use crate::mesh::{ANY, Label};

use super::authorisation;
use super::behind::{Behind, Proof};
use super::bundle_id::{BundleId, BundleKind};
use super::bundles::BundlePlan;
use super::cluster::ClusterPlan;
use super::floors::{Floor, Floors};
use super::helm_server::restart_apiserver;
use super::inventory::Inventory;
use super::loose::ETCD_SCRIPT;
use super::step_unit::{StepUnit, StepUnitName};
use super::wave::{Step, StepName};

/// Records for a mesh whose file this does not know: `index.json` has the same bytes wherever that is.
pub const RECORD: &str = "meshbundle rollout record MESH";
const START: &str = "./install.sh --restart 'systemctl restart --no-block etcd'";
const REPLACE: &str = "./install.sh --restart 'systemctl restart etcd'";
const RESTART: &str = "systemctl restart etcd && /var/lib/meshbundle/member/current/install.sh --receipt";
const UNINSTALL: &str = "/var/lib/meshbundle/node/current/install.sh --uninstall";

/// What the steps follow from.
pub(super) struct Steps<'a> {
    pub(super) clusters: &'a [ClusterPlan],
    pub(super) inventory: &'a Inventory,
    pub(super) floors: &'a Floors,
    /// The bundles that their targets may lack, in order.
    pub(super) open: &'a [&'a BundleId],
}

impl Steps<'_> {
    fn is_open(&self, bundle: &BundleId) -> bool {
        self.open.binary_search(&bundle).is_ok()
    }

    /// What to do with members, cluster by cluster.
    pub(super) fn of_members(&self) -> Vec<Step> {
        let steps = |cluster| [self.install(cluster), self.restart(cluster), self.trust(cluster), self.load(cluster)];
        self.clusters.iter().flat_map(steps).flatten().collect()
    }

    /// How to install at the members of `cluster`, if it matters.
    fn install(&self, cluster: &ClusterPlan) -> Option<Step> {
        let members: Vec<(BundleId, String)> =
            cluster.members.iter().map(|member| (cluster.member_bundle(member), member.name.to_string())).collect();
        let is_first =
            |bundle: &BundleId| self.inventory.newest(bundle).is_none_or(|newest| newest == 1) && !self.floors.is_known(bundle);
        let is_new = members.iter().all(|(bundle, _)| is_first(bundle));
        let on: Vec<String> = members.into_iter().filter(|(bundle, _)| self.is_open(bundle)).map(|(_, name)| name).collect();
        let (step, command) = if is_new { (StepName::StartTogether, START) } else { (StepName::OneByOne, REPLACE) };
        let cluster = cluster.name.to_string();
        (on.len() > 1).then(|| Step { step, cluster, on, authorities: Vec::new(), command: command.to_owned() })
    }

    /// The members of `cluster` that have the files, and whose etcd has not read them.
    fn restart(&self, cluster: &ClusterPlan) -> Option<Step> {
        let is_due = |bundle: &BundleId| self.floors.of(bundle).is_some_and(Floor::is_restart_due) && !self.is_open(bundle);
        let members = cluster.members.iter().filter(|member| is_due(&cluster.member_bundle(member)));
        let on: Vec<String> = members.map(|member| member.name.to_string()).collect();
        (!on.is_empty()).then(|| Step {
            step: StepName::Restart,
            cluster: cluster.name.to_string(),
            on,
            authorities: Vec::new(),
            command: RESTART.to_owned(),
        })
    }

    /// The CA that signs clients next, at an etcd that gets no files from here.
    fn trust(&self, cluster: &ClusterPlan) -> Option<Step> {
        let next = cluster.trust.coming_client_signer().filter(|_| cluster.members.is_empty())?;
        let is_done = self.inventory.is_step_done(self.floors, &StepUnit::new(cluster.name.as_str(), StepUnitName::ClientTrust));
        if is_done && cluster.trust.next_client_signer.is_none() {
            return None;
        }
        Some(by_hand(StepName::TrustAuthorities, cluster, StepUnitName::ClientTrust, vec![next.to_string()]))
    }

    /// The CA that signs clients next, at an etcd of a chart that gets its certificates from here: it reads CAs only when it starts, and
    /// nothing but the operator's word shows that.
    fn load(&self, cluster: &ClusterPlan) -> Option<Step> {
        let release = cluster.runtime.helm().filter(|_| !cluster.members.is_empty())?;
        let next = cluster.trust.coming_client_signer()?;
        if cluster.trust.next_client_signer.is_none() && self.has_loaded(cluster, next) {
            return None;
        }
        let restart = restart_apiserver(&release.namespace);
        let unit = cluster.helm_bundle().unit();
        Some(Step {
            step: StepName::Restart,
            cluster: cluster.name.to_string(),
            on: vec!["clustermesh-apiserver".to_owned()],
            authorities: vec![next.to_string()],
            command: format!("{restart} && meshbundle rollout record MESH --by-hand {unit}"),
        })
    }

    /// Whether the etcd of a Helm cluster has read a CA that it was given by an earlier run, by the operator's word.
    fn has_loaded(&self, cluster: &ClusterPlan, ca: &Label) -> bool {
        let known = self.inventory.authorities.get(ca.as_str()).map(|known| &known.fingerprint);
        let trust = self.inventory.clusters.get(cluster.name.as_str()).map(|before| &before.trust);
        let since = known.zip(trust).and_then(|(known, trust)| {
            let since = trust.client_trust_since.get(known).copied().unwrap_or_default();
            trust.client_trust.contains(known).then_some(since)
        });
        since.is_some_and(|below| {
            let behind = Behind { inventory: self.inventory, floors: self.floors, below, proof: Proof::Word };
            behind.members(cluster.name.as_str(), true).next().is_none()
        })
    }

    /// The Helm clusters whose agents are to read through KVStoreMesh once it has read the remotes.
    pub(super) fn of_kvstoremesh(&self) -> Vec<Step> {
        let filling = |cluster: &&ClusterPlan| cluster.kvstoremesh.is_some_and(|now| now.is_filling());
        let read = |cluster| by_hand(StepName::ReadRemotes, cluster, StepUnitName::Kvstoremesh, Vec::new());
        self.clusters.iter().filter(filling).map(read).collect()
    }

    /// The CAs that stay trusted until the servers of an etcd that gets no files from here have certificates of others.
    pub(super) fn of_foreign_servers(&self) -> Vec<Step> {
        let replace = |cluster: &ClusterPlan| {
            let kept = &cluster.trust.kept_server_authorities;
            let names = kept.iter().map(|record| record.name.clone()).collect();
            let is_open = cluster.members.is_empty() && !kept.is_empty();
            is_open.then(|| by_hand(StepName::ReplaceCertificates, cluster, StepUnitName::ServerCertificates, names))
        };
        self.clusters.iter().filter_map(replace).collect()
    }

    /// The etcds where those who had a user that was revoked may still be connected.
    pub(super) fn of_revoked(&self) -> Vec<Step> {
        let ends = |cluster: &ClusterPlan| {
            let gone = authorisation::retired(|| cluster.named_users(), self.inventory, cluster.name.as_str());
            let since = self.inventory.revocations.connected_since(&gone)?;
            let unit = StepUnit::new(cluster.name.as_str(), StepUnitName::EndConnections);
            let members = cluster.archived_members().iter().map(|member| member.name.to_string()).collect();
            let step = || by_hand(StepName::EndConnections, cluster, StepUnitName::EndConnections, Vec::new());
            (!self.floors.is_done(&unit, since)).then(|| Step { on: members, ..step() })
        };
        self.clusters.iter().filter_map(ends).collect()
    }

    /// Where authentication may still be off, and can be turned on.
    pub(super) fn of_users(&self) -> Vec<Step> {
        let enable = |cluster: &ClusterPlan| {
            let script = cluster.etcd_bundle();
            let can = cluster.authorisation.as_ref().is_some_and(|authorisation| authorisation.administrator.is_some());
            (can && self.floors.of(&script).is_none()).then(|| Step {
                step: StepName::EnableAuthentication,
                cluster: cluster.name.to_string(),
                on: Vec::new(),
                authorities: Vec::new(),
                command: format!("{script}/{ETCD_SCRIPT} --enable"),
            })
        };
        self.clusters.iter().filter_map(enable).collect()
    }

    /// The nodes that are not part of the mesh after this run, and may have its files. A member that leaves needs its certificates as
    /// long as its etcd runs.
    pub(super) fn of_departed(&self, bundles: &BTreeMap<BundleId, BundlePlan>) -> Vec<Step> {
        let written = self.inventory.bundles.keys().chain(self.inventory.retired.keys());
        let (mut nodes, mut releases) = (BTreeMap::<&str, Vec<String>>::new(), Vec::new());
        for bundle in written.filter(|bundle| !bundles.contains_key(*bundle)) {
            let name = match bundle.kind() {
                BundleKind::Node(name) => name,
                BundleKind::Helm if !self.floors.is_gone(bundle) => {
                    releases.push(delete_objects(bundle));
                    continue;
                }
                BundleKind::Helm | BundleKind::Member(_) | BundleKind::Etcd | BundleKind::Operator => continue,
            };
            // The machines of `any` have bundles of their own, as long as the cluster is there.
            let is_replaced = name == ANY && self.clusters.iter().any(|cluster| cluster.name.as_str() == bundle.cluster());
            if !is_replaced && !self.floors.is_gone(bundle) {
                nodes.entry(bundle.cluster()).or_default().push(name.clone());
            }
        }
        let step = |(cluster, on): (&str, Vec<String>)| Step {
            step: StepName::Uninstall,
            cluster: cluster.to_owned(),
            on,
            authorities: Vec::new(),
            command: UNINSTALL.to_owned(),
        };
        nodes.into_iter().map(step).chain(releases).collect()
    }
}

/// The objects of a Helm cluster that left the mesh: nothing says by itself that they are gone.
fn delete_objects(bundle: &BundleId) -> Step {
    let (cluster, unit) = (bundle.cluster(), bundle.unit());
    let delete = format!("kubectl delete secret,configmap --all-namespaces --selector meshbundle/cluster={cluster}");
    Step {
        step: StepName::Uninstall,
        cluster: cluster.to_owned(),
        on: vec!["Kubernetes".to_owned()],
        authorities: Vec::new(),
        command: format!("{delete} && {RECORD} --by-hand {unit}"),
    }
}

/// What people do that no file and no object shows, and then say.
fn by_hand(step: StepName, cluster: &ClusterPlan, unit: StepUnitName, authorities: Vec<String>) -> Step {
    let unit = StepUnit::new(cluster.name.as_str(), unit);
    let command = format!("{RECORD} --by-hand {unit}");
    Step { step, cluster: cluster.name.to_string(), on: Vec::new(), authorities, command }
}
