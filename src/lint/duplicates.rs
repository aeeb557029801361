//! Finds duplicates.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

/// Each item with a key that an earlier one has, and the first item with that key, in the order of the items.
pub(super) fn find_duplicates<'a, T: 'a, K: Hash + Eq>(
    items: impl IntoIterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
) -> impl Iterator<Item = (&'a T, &'a T)> {
    let mut seen = HashMap::new();
    items.into_iter().filter_map(move |item| match seen.entry(key(item)) {
        Entry::Occupied(first) => Some((item, *first.get())),
        Entry::Vacant(place) => {
            place.insert(item);
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::find_duplicates;

    #[test]
    fn every_repeat_comes_with_the_first() {
        let words = ["a1", "b1", "a2", "a3", "b2", "c1"];
        let found: Vec<_> = find_duplicates(&words, |word| word.chars().next()).collect();
        assert_eq!(found, [(&"a2", &"a1"), (&"a3", &"a1"), (&"b2", &"b1")]);
    }
}
