//! What people do to shut a leaked key out, in order, with commands that can be pasted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use crate::diag::shell_word;
use crate::mesh::Runtime;
use crate::plan::{
    BundleId, ClusterPlan, ETCD_SCRIPT, Plan, REVOCATION_LIST, Remedy, Revoking, StepUnit, StepUnitName, WaveName,
    restart_apiserver,
};

/// The words of the command line that commands begin with.
pub struct Words<'a> {
    /// The one that revokes what is revoked, without `--apply`.
    pub revoke: &'a str,
    /// The one that records for this mesh, without what it records.
    pub record: &'a str,
    /// The file of the mesh.
    pub mesh: &'a Path,
    /// The output folder.
    pub out: &'a Path,
}

/// Something that people do.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RevokeStep {
    /// What.
    pub(super) step: RevokeStepName,
    /// The clusters, or the bundles, that it is about.
    pub(super) on: Vec<String>,
    /// The commands, in order.
    pub(super) commands: Vec<String>,
}

/// What people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "RevokeStepName")]
pub(super) enum RevokeStepName {
    /// Revoke here: new keys, users and revocation lists.
    Apply,
    /// Add the new users.
    AddUsers,
    /// Give the list of users to charts, which takes the old ones away at once.
    ListUsers,
    /// Install what carries the new keys.
    Install,
    /// Restart agents that are clients of their own etcd.
    RestartAgents,
    /// Take the old users away.
    RemoveUsers,
    /// Restart members: what a user has open outlives the user.
    EndConnections,
    /// Replace the revocation list of etcds that run one.
    ReplaceList,
    /// Ask the operator of an etcd.
    AskOperator,
    /// Replace the CA.
    RotateAuthority,
    /// Record what is installed.
    Record,
}

pub(super) fn steps(plan: &Plan, revoked: &[Revoking], words: &Words<'_>, applied: bool) -> Vec<RevokeStep> {
    let clusters = |wanted: &dyn Fn(&Remedy) -> bool| -> BTreeSet<&str> {
        let all = revoked.iter().flat_map(|one| &one.accepted).filter(|one| wanted(&one.remedy));
        all.map(|one| one.cluster.as_str()).collect()
    };
    let changing = clusters(&|remedy| matches!(remedy, Remedy::User { .. }));
    let of = |name: &&str| plan.clusters.iter().find(|cluster| cluster.name.as_str() == *name);
    let (scripted, charts): (Vec<&ClusterPlan>, Vec<&ClusterPlan>) =
        changing.iter().filter_map(of).partition(|cluster| cluster.authorisation.is_some());
    let lists = clusters(&|remedy| matches!(remedy, Remedy::List | Remedy::Peer | Remedy::Server | Remedy::User { .. }));
    let lists: Vec<&ClusterPlan> = lists.iter().filter_map(of).filter(|cluster| cluster.authorisation.is_some()).collect();
    let replaced = |one: &&Revoking| {
        one.accepted.iter().any(|at| matches!(at.remedy, Remedy::List | Remedy::Server | Remedy::Peer | Remedy::Chart))
    };
    let foreign: Vec<&str> = clusters(&|remedy| matches!(remedy, Remedy::Operator)).into_iter().collect();
    let authorities: BTreeSet<&str> = revoked.iter().filter(replaced).map(|one| one.signer.as_str()).collect();
    let steps = [
        (!applied).then(|| step(RevokeStepName::Apply, &[], vec![format!("{} --apply", words.revoke)])),
        some(RevokeStepName::AddUsers, &scripted, |cluster| vec![format!("{} --add", words.script(cluster))]),
        some(RevokeStepName::ListUsers, &charts, |cluster| {
            vec![format!("kubectl apply -k {}", words.folder(&cluster.helm_bundle()))]
        }),
        Words::install(plan, revoked),
        Words::restart_agents(plan, revoked),
        some(RevokeStepName::RemoveUsers, &scripted, |cluster| vec![words.script(cluster)]),
        words.end_connections(&[scripted.as_slice(), &charts].concat()),
        words.replace_lists(&lists),
        (!foreign.is_empty()).then(|| step(RevokeStepName::AskOperator, &foreign, Vec::new())),
        (!authorities.is_empty()).then(|| {
            let rotate = |name: &&str| format!("meshbundle certs rotate {} --ca {}", word(words.mesh), shell_word(name));
            let names: Vec<&str> = authorities.iter().copied().collect();
            step(RevokeStepName::RotateAuthority, &names, authorities.iter().map(rotate).collect())
        }),
        Some(step(RevokeStepName::Record, &[], vec![format!("{} receipts.txt", words.record)])),
    ];
    steps.into_iter().flatten().collect()
}

fn step(step: RevokeStepName, on: &[&str], commands: Vec<String>) -> RevokeStep {
    RevokeStep { step, on: on.iter().map(|name| (*name).to_owned()).collect(), commands }
}

/// A step for each of `clusters`, if there are any.
fn some(name: RevokeStepName, clusters: &[&ClusterPlan], commands: impl Fn(&ClusterPlan) -> Vec<String>) -> Option<RevokeStep> {
    let names: Vec<&str> = clusters.iter().map(|cluster| cluster.name.as_str()).collect();
    let commands = clusters.iter().flat_map(|cluster| commands(cluster)).collect();
    (!clusters.is_empty()).then(|| step(name, &names, commands))
}

fn word(path: &Path) -> String {
    shell_word(&path.display().to_string())
}

impl Words<'_> {
    fn bundles(&self, path: &str) -> PathBuf {
        self.out.join("bundles").join(path)
    }

    fn folder(&self, bundle: &BundleId) -> String {
        word(&self.bundles(&bundle.to_string()))
    }

    /// A script is called by a path: a word without a slash would be looked for elsewhere.
    fn script(&self, cluster: &ClusterPlan) -> String {
        word(&self.bundles(&format!("{}/{ETCD_SCRIPT}", cluster.etcd_bundle())))
    }

    /// What is written anew for `revoked`, of every wave but that of the users.
    fn install(plan: &Plan, revoked: &[Revoking]) -> Option<RevokeStep> {
        let carried: BTreeSet<&BundleId> = revoked.iter().flat_map(|one| &one.carried).collect();
        let changed = plan.bundles.iter().filter(|(bundle, plan)| carried.contains(bundle) || plan.change.is_some());
        let shipped = changed.map(|(bundle, _)| bundle).filter(|bundle| WaveName::of(bundle.kind()) != WaveName::Users);
        let on: Vec<String> =
            shipped.map(|bundle| format!("{bundle}{}", if bundle.is_archive() { ".tar.gz" } else { "" })).collect();
        let names: Vec<&str> = on.iter().map(String::as_str).collect();
        (!on.is_empty()).then(|| step(RevokeStepName::Install, &names, Vec::new()))
    }

    fn end_connections(&self, clusters: &[&ClusterPlan]) -> Option<RevokeStep> {
        let step = some(RevokeStepName::EndConnections, clusters, |cluster| {
            let unit = StepUnit::new(cluster.name.as_str(), StepUnitName::EndConnections);
            let record = format!("{} --by-hand {unit}", self.record);
            match cluster.runtime.helm() {
                Some(release) => vec![format!("{} && {record}", restart_apiserver(&release.namespace))],
                None => vec![record],
            }
        });
        let here = [
            "etcdctl endpoint status --cluster -w table    # shows the leader",
            "systemctl restart etcd && etcdctl endpoint health --cluster    # on each member",
        ];
        let has_members = clusters.iter().any(|cluster| cluster.runtime.helm().is_none());
        let here = here.into_iter().filter(|_| has_members).map(str::to_owned);
        step.map(|step| RevokeStep { commands: here.chain(step.commands).collect(), ..step })
    }

    /// Agents read the config of their own etcd only when they start, and would go on with the user that goes.
    fn restart_agents(plan: &Plan, revoked: &[Revoking]) -> Option<RevokeStep> {
        let own: BTreeSet<&str> =
            revoked.iter().filter_map(|one| one.record.credential.strip_prefix("own/")?.strip_suffix("/agent")).collect();
        let clusters: Vec<&ClusterPlan> = plan.clusters.iter().filter(|cluster| own.contains(cluster.name.as_str())).collect();
        some(RevokeStepName::RestartAgents, &clusters, |cluster| match &cluster.runtime {
            Runtime::Compose { service, .. } => vec![format!("docker-compose restart {}", shell_word(service))],
            Runtime::Systemd { unit } => vec![format!("systemctl restart {}", shell_word(unit))],
            Runtime::Helm(_) | Runtime::External => Vec::new(),
        })
    }

    fn replace_lists(&self, clusters: &[&ClusterPlan]) -> Option<RevokeStep> {
        some(RevokeStepName::ReplaceList, clusters, |cluster| {
            let list = word(&self.bundles(&format!("{}/{REVOCATION_LIST}", cluster.etcd_bundle())));
            vec![format!("install -m 0644 {list} /etc/etcd/clustermesh/revoked.crl.new    # then mv it to revoked.crl")]
        })
    }
}
