//! A cluster that joins and leaves again leaves no trace but what must be remembered.

use std::collections::BTreeSet;

use meshbundle::plan::{AuthorityRecord, BundleId, BundleKind, Inventory};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::sample::Index;

use crate::properties::issued::{carried_out, planned, sound};
use crate::properties::model::{Model, mesh};

/// A mesh, the same without one of its clusters, and that cluster's name.
fn with_and_without() -> impl Strategy<Value = (Model, Model, String)> {
    (mesh(2..7), any::<Index>()).prop_flat_map(|(mut model, leaving)| {
        // Every cluster is linked to every other, so that the one that leaves is named nowhere else.
        model.top.as_object_mut().expect("an object").remove("links");
        for cluster in &mut model.clusters {
            cluster["etcd"].as_object_mut().expect("an object").remove("endpointsFor");
        }
        let mut without = model.clone();
        let gone = without.clusters.remove(leaving.index(model.clusters.len()));
        let name = gone["name"].as_str().expect("a name").to_owned();
        (Just(model), Just(without), Just(name))
    })
}

/// Whether `bundle` is the folder of an etcd's loose files: the script in it goes on naming users that are gone.
fn names_users(bundle: &BundleId) -> bool {
    *bundle.kind() == BundleKind::Etcd
}

/// Without what has to be remembered: removed links and users, certificates that may still be installed and until when those of a CA last,
/// generations, how many runs there were and what the last one did; the digests of consumers, in which the removed links are.
fn forgetful(mut inventory: Inventory, leaving: &str) -> Inventory {
    for cluster in inventory.clusters.values_mut() {
        cluster.removed.clear();
        cluster.users_since.clear();
        cluster.retired_users.clear();
        cluster.retired_since.clear();
    }
    inventory.bundles.retain(|path, _| !names_users(path));
    for (bundle, record) in &mut inventory.bundles {
        record.generation = 0;
        record.earlier.clear();
        record.revision = 0;
        record.floor = None;
        if matches!(bundle.kind(), BundleKind::Node(_)) {
            record.content.clear();
        }
    }
    // An authority of its own stays known: its key is still in the state.
    inventory.authorities.remove(leaving);
    inventory.authorities.values_mut().for_each(|authority| authority.last_expiry = None);
    inventory.retired.clear();
    inventory.departed.clear();
    inventory.former.clear();
    inventory.revision = 0;
    inventory.last_change = Inventory::default().last_change;
    inventory
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn joining_and_leaving_restores_everything_else((with, without, leaving) in with_and_without()) {
        let (with, without) = (sound(&with.text()), sound(&without.text()));
        let nothing = Inventory::default();
        let before = carried_out(&planned(&without, &nothing, &[]), &without, &nothing, 1);
        let joined = carried_out(&planned(&with, &before, &[]), &with, &before, 2);
        let left = carried_out(&planned(&without, &joined, &[&leaving]), &without, &joined, 3);
        prop_assert_eq!(forgetful(left.clone(), &leaving), forgetful(before.clone(), &leaving));

        for (path, bundle) in &left.bundles {
            let Some(earlier) = before.bundles.get(path) else {
                prop_assert!(names_users(path), "{} was not there before", path);
                continue;
            };
            prop_assert!(bundle.generation >= earlier.generation, "{} goes backwards", path);
            prop_assert!(bundle.generation <= earlier.generation + 2, "{} counts twice", path);
            prop_assert!(bundle.content == earlier.content || bundle.generation > earlier.generation, "{}", path);
        }
        for path in left.retired.keys() {
            prop_assert!(path.cluster() == leaving, "{} is gone", path);
        }
        for (name, cluster) in &left.clusters {
            // Agents that had the link must be told to drop it; those of an external cluster are not ours to tell.
            let linked = joined.clusters[name].links.contains(&leaving);
            prop_assert_eq!(cluster.removed.contains(&leaving), linked, "{}", name);
            let users = &joined.clusters[name].users;
            let gone: BTreeSet<_> = users.difference(&cluster.users).cloned().collect();
            prop_assert_eq!(&cluster.retired_users, &gone, "{}", name);
            prop_assert!(gone.is_empty() || left.bundles.contains_key(&BundleId::new(name.as_str(), BundleKind::Etcd)), "nobody deletes {:?}", gone);
        }
        prop_assert!(!planned(&without, &left, &[]).is_change(), "and then there is nothing to do");
    }

    #[test]
    fn joining_changes_nothing_that_was_issued((with, without, _) in with_and_without()) {
        let (with, without) = (sound(&with.text()), sound(&without.text()));
        let nothing = Inventory::default();
        let before = carried_out(&planned(&without, &nothing, &[]), &without, &nothing, 1);
        let joined = carried_out(&planned(&with, &before, &[]), &with, &before, 2);
        for (key, credential) in &before.credentials {
            prop_assert_eq!(joined.credentials.get(key), Some(credential), "{}", key);
        }
        for (name, authority) in &before.authorities {
            // Leaves of the cluster that joins may last longer than all others of a CA: clusters end on days of their own.
            let last_expiry = joined.authorities.get(name).and_then(|joined| joined.last_expiry);
            prop_assert!(last_expiry >= authority.last_expiry, "{} forgets a leaf", name);
            let unchanged = AuthorityRecord { last_expiry, ..authority.clone() };
            prop_assert_eq!(joined.authorities.get(name), Some(&unchanged), "{}", name);
        }
    }
}
