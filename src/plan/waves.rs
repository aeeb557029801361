//! What is left to ship and to do, and in which order: the difference between what the plan has, and what targets have as far as there is
//! evidence. So a run that was cut short, or that wrote only some archives, loses nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::mesh::{ClusterName, OwnUser};

use super::agents::add_users;
use super::bundle_id::{BundleId, BundleKind};
use super::bundles::BundlePlan;
use super::cluster::ClusterPlan;
use super::etcd_users::EtcdUsers;
use super::floors::{Floor, Floors};
use super::inventory::Inventory;
use super::loose::{ETCD_SCRIPT, HELM_USERS, SERVER_SECRET};
use super::steps::Steps;
use super::user_list::UserList;
use super::wave::{Wave, WaveName};

/// What the waves follow from.
pub(super) struct Waves<'a> {
    pub(super) clusters: &'a [ClusterPlan],
    pub(super) bundles: &'a BTreeMap<BundleId, BundlePlan>,
    pub(super) inventory: &'a Inventory,
    pub(super) floors: &'a Floors,
    /// For each Helm cluster what its values are made of, as a digest, if that is known yet.
    pub(super) values: &'a BTreeMap<&'a ClusterName, String>,
}

impl Waves<'_> {
    /// Each wave that has something to ship or to do, in order.
    pub(super) fn plan(&self) -> Vec<Wave> {
        let open = self.bundles.iter().filter(|(bundle, plan)| self.is_open(bundle, plan));
        let open: Vec<&BundleId> = open.map(|(bundle, _)| bundle).collect();
        let steps = Steps { clusters: self.clusters, inventory: self.inventory, floors: self.floors, open: &open };
        let wave = |wave, steps| {
            let ship = open.iter().filter(|bundle| WaveName::of(bundle.kind()) == wave).map(|bundle| path(bundle)).collect();
            Wave { wave, ship, users: BTreeMap::new(), steps }
        };
        let (ship, gone) = self.withdrawals();
        let last = [steps.of_foreign_servers(), steps.of_revoked(), steps.of_departed(self.bundles)].concat();
        let waves = [
            self.add_values(wave(WaveName::Members, steps.of_members())),
            self.add_users(wave(WaveName::Users, steps.of_users())),
            wave(WaveName::Operators, Vec::new()),
            wave(WaveName::Nodes, steps.of_kvstoremesh()),
            Wave { wave: WaveName::Withdrawal, ship, users: gone, steps: last },
        ];
        let is_empty = |wave: &Wave| wave.ship.is_empty() && wave.users.is_empty() && wave.steps.is_empty();
        waves.into_iter().filter(|wave| !is_empty(wave)).collect()
    }

    /// Whether the target of a bundle may lack what the plan has. An operator's word is enough here: nothing is dropped.
    fn is_open(&self, bundle: &BundleId, plan: &BundlePlan) -> bool {
        let evident = match self.floors.of(bundle) {
            Some(Floor::Installed { generation, .. }) => Some(generation),
            Some(Floor::Uninstalled | Floor::Unknown) | None => None,
        };
        evident.max(self.floors.said(bundle)).is_none_or(|there| there < plan.generation)
    }

    /// The wave of servers with the values that a chart makes its server certificates of, behind the list of users: a chart that no longer
    /// writes the list still mounts it.
    fn add_values(&self, wave: Wave) -> Wave {
        let of_helm =
            self.clusters.iter().filter(|cluster| self.has_old_values(cluster) && self.has_new_values(cluster)).filter_map(
                |cluster| {
                    let release = cluster.runtime.helm()?;
                    let users = release.lists_users(cluster.version).then_some(HELM_USERS);
                    let server = release.has_provided_certificates().then_some(SERVER_SECRET);
                    let values = cluster.helm_values_files().into_iter().take(1);
                    let files = users.into_iter().chain(server).chain(values);
                    Some(files.map(|file| format!("{}/{file}", cluster.helm_bundle())).collect::<Vec<_>>())
                },
            );
        Wave { ship: wave.ship.into_iter().chain(of_helm.flatten()).collect(), ..wave }
    }

    /// Whether a Helm cluster has values of an earlier generation. Where it has nothing from here yet, or no longer, its Secrets have to be
    /// there before them, and NOTES.md has the order: Helm may own these Secrets, and deletes them with the values.
    fn has_old_values(&self, cluster: &ClusterPlan) -> bool {
        let bundle = cluster.helm_bundle();
        self.floors.is_known(&bundle)
            && !self.floors.is_gone(&bundle)
            && self.bundles.get(&bundle).is_some_and(|plan| self.is_open(&bundle, plan))
    }

    /// Whether its release may lack the values of this run.
    fn has_new_values(&self, cluster: &ClusterPlan) -> bool {
        let known = self.inventory.cluster(cluster.name.as_str()).and_then(|before| before.values.as_ref());
        let same = known.filter(|known| self.values.get(&cluster.name) == Some(&known.digest));
        let since = same.map_or(self.inventory.revision + 1, |known| known.since);
        self.may_lack(&cluster.helm_bundle(), since, |_| true)
    }

    /// The wave of users with those that etcds may lack, and the files that list users of Helm's etcds.
    fn add_users(&self, wave: Wave) -> Wave {
        let users = self.users();
        let of_helm = self.clusters.iter().filter(|cluster| users.contains_key(cluster.name.as_str()));
        let lists = of_helm.filter_map(|cluster| {
            let is_listed = cluster.runtime.helm()?.lists_users(cluster.version);
            is_listed.then(|| format!("{}/{HELM_USERS}", cluster.helm_bundle()))
        });
        Wave { ship: wave.ship.into_iter().chain(lists).collect(), users, ..wave }
    }

    /// By cluster, the users that its etcd may lack; the newest come first. Those of existing certificates are there.
    fn users(&self) -> BTreeMap<String, UserList> {
        let mut readers = BTreeMap::new();
        self.clusters.iter().for_each(|cluster| add_users(&cluster.links, &cluster.nodes, &mut readers));
        let users = self.clusters.iter().filter_map(|cluster| {
            let (script, issued) = (cluster.etcd_bundle(), readers.remove(&cluster.name).unwrap_or_default());
            let list = match &cluster.authorisation {
                Some(_) if self.bundles.get(&script).is_some_and(|plan| !self.is_open(&script, plan)) => return None,
                Some(_) => {
                    let before = self.inventory.cluster(cluster.name.as_str());
                    let came = |user: &str| self.since(before.map(|before| (&before.users, &before.users_since)), user);
                    let newer = self.newer(&script, &issued, came, |_| true);
                    UserList::newest_first(&newer.filter(|user| !OwnUser::is_owners(user)), came)
                }
                None if cluster.runtime.helm().is_some() => self.helm_users(cluster).into(),
                // Nothing shows what an etcd has that gets no script from here.
                None => issued.into(),
            };
            (!list.is_empty()).then(|| (cluster.name.to_string(), list))
        });
        users.collect()
    }

    /// The users that the etcd of a Helm cluster may lack, as far as it gets a list of them.
    fn helm_users(&self, cluster: &ClusterPlan) -> EtcdUsers {
        let bundle = cluster.helm_bundle();
        let is_listed = cluster.runtime.helm().is_some_and(|release| release.auth_mode.value().knows_each_reader());
        if !is_listed || self.bundles.get(&bundle).is_some_and(|plan| !self.is_open(&bundle, plan)) {
            return EtcdUsers::default();
        }
        let before = self.inventory.cluster(cluster.name.as_str());
        let came = |user: &str| self.since(before.map(|before| (&before.users, &before.users_since)), user);
        let users = cluster.helm.iter().flat_map(|helm| &helm.users).collect();
        self.newer(&bundle, &users, came, |_| true)
    }

    /// The scripts to run again, and by cluster the users that its etcd may still have, and that no agent presents any more.
    fn withdrawals(&self) -> (Vec<String>, BTreeMap<String, UserList>) {
        let (mut ship, mut users) = (Vec::new(), BTreeMap::new());
        for cluster in self.clusters {
            let Some(before) = self.inventory.cluster(cluster.name.as_str()) else { continue };
            let Some(authorisation) = &cluster.authorisation else {
                // What Helm's etcd no longer needs leaves its list of users.
                if cluster.runtime.helm().is_none() && !before.users.is_empty() {
                    users.insert(cluster.name.to_string(), before.users.iter().collect::<EtcdUsers>().into());
                }
                continue;
            };
            let script = cluster.etcd_bundle();
            let went = |user: &str| self.since(Some((&before.retired_users, &before.retired_since)), user);
            let gone = self.newer(&script, &authorisation.retired.iter().collect(), went, |floor| !floor.is_restart_due());
            if !gone.is_empty() {
                ship.push(path(&script));
                users.insert(cluster.name.to_string(), gone.into());
            }
        }
        (ship, users)
    }

    /// The revision since which `user` is in a set of the record before: 0 for the first one, and that of this run if it is not.
    fn since(&self, before: Option<(&BTreeSet<String>, &BTreeMap<String, u64>)>, user: &str) -> u64 {
        match before {
            Some((known, since)) if known.contains(user) => since.get(user).copied().unwrap_or_default(),
            Some(_) | None => self.inventory.revision + 1,
        }
    }

    /// Those of `users` that came, or went, after the script that the etcd has; all, if it is not known which it has, or if it has not
    /// `done` what it is for.
    fn newer(
        &self,
        script: &BundleId,
        users: &EtcdUsers,
        since: impl Fn(&str) -> u64,
        done: impl Fn(Floor) -> bool,
    ) -> EtcdUsers {
        users.filter(|user| self.may_lack(script, since(user), &done))
    }

    /// Whether the target of `bundle` may lack what came at the revision `since`: it has an older generation, it is not known which it has, or
    /// it has not `done` what that is for.
    fn may_lack(&self, bundle: &BundleId, since: u64, done: impl Fn(Floor) -> bool) -> bool {
        let floor = self.floors.of(bundle).filter(|floor| done(*floor));
        match (self.inventory.bundles.get(bundle), floor) {
            (Some(record), Some(Floor::Installed { generation, .. })) => record.is_older(generation, since),
            _ => true,
        }
    }
}

/// What to ship of a bundle, below `bundles/`.
fn path(bundle: &BundleId) -> String {
    match bundle.kind() {
        BundleKind::Member(_) | BundleKind::Node(_) => format!("{bundle}.tar.gz"),
        BundleKind::Etcd => format!("{bundle}/{ETCD_SCRIPT}"),
        BundleKind::Operator | BundleKind::Helm => bundle.to_string(),
    }
}
