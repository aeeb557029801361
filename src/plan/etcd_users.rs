//! Users of an etcd. Where each node is a user, a cluster's nodes are the same ones at hundreds of etcds: these share one list of them,
//! and which users an etcd has is found out each time it is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A set of users.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EtcdUsers {
    /// None is empty. A user may be in several.
    lists: Vec<Arc<[Arc<str>]>>,
}

impl EtcdUsers {
    /// Adds a list that other etcds share.
    pub(super) fn add(&mut self, list: &Arc<[Arc<str>]>) {
        if !list.is_empty() {
            self.lists.push(Arc::clone(list));
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Each once, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut users: Vec<&str> = self.lists.iter().flat_map(|list| list.iter()).map(AsRef::as_ref).collect();
        users.sort_unstable();
        users.dedup();
        users.into_iter()
    }

    /// The users of each kind. What is of one kind as a whole stays shared.
    pub(super) fn split<K: Ord>(&self, kind: impl Fn(&str) -> K) -> BTreeMap<K, Self> {
        let mut split: BTreeMap<K, Self> = BTreeMap::new();
        for list in &self.lists {
            let mut kinds: BTreeMap<K, Vec<&Arc<str>>> = BTreeMap::new();
            list.iter().for_each(|user| kinds.entry(kind(user)).or_default().push(user));
            for (kind, users) in kinds {
                let users = if users.len() == list.len() { Arc::clone(list) } else { users.into_iter().cloned().collect() };
                split.entry(kind).or_default().lists.push(users);
            }
        }
        split
    }

    /// Those that are `wanted`.
    pub(super) fn filter(&self, wanted: impl Fn(&str) -> bool) -> Self {
        self.split(wanted).remove(&true).unwrap_or_default()
    }
}

impl Extend<Arc<str>> for EtcdUsers {
    fn extend<T: IntoIterator<Item = Arc<str>>>(&mut self, users: T) {
        self.add(&users.into_iter().collect());
    }
}

impl<'a> FromIterator<&'a String> for EtcdUsers {
    fn from_iter<T: IntoIterator<Item = &'a String>>(users: T) -> Self {
        users.into_iter().map(|user| Arc::from(user.as_str())).collect()
    }
}

impl FromIterator<Arc<str>> for EtcdUsers {
    fn from_iter<T: IntoIterator<Item = Arc<str>>>(users: T) -> Self {
        let mut all = Self::default();
        all.extend(users);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::EtcdUsers;

    fn list(users: &[&str]) -> Arc<[Arc<str>]> {
        users.iter().map(|user| Arc::from(*user)).collect()
    }

    #[test]
    fn each_user_is_there_once_and_in_order() {
        let mut users = EtcdUsers::default();
        assert!(users.is_empty());
        users.add(&list(&[]));
        assert!(users.is_empty());
        [list(&["b.n2", "b.n1"]), list(&["a"]), list(&["b.n1", "c"])].iter().for_each(|list| users.add(list));
        assert_eq!(users.iter().collect::<Vec<_>>(), ["a", "b.n1", "b.n2", "c"]);
    }

    #[test]
    fn what_is_of_one_kind_stays_shared() {
        let (nodes, mixed) = (list(&["b.n1", "b.n2"]), list(&["a", "bb"]));
        let mut users = EtcdUsers::default();
        users.add(&nodes);
        users.add(&mixed);
        let long = users.filter(|user| user.len() > 1);
        assert!(Arc::ptr_eq(&long.lists[0], &nodes));
        assert_eq!(long.iter().collect::<Vec<_>>(), ["b.n1", "b.n2", "bb"]);
        assert_eq!(users.split(str::len).into_keys().collect::<Vec<_>>(), [1, 2, 4]);
        assert!(users.filter(|_| false).is_empty());
    }
}
