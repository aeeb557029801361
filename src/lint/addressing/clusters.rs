//! A set of clusters, by their positions in the file: one word for 64 of them, so that sets of 511 are compared in a few steps.

/// Positions of clusters in the mesh.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Clusters(Vec<u64>);

impl Clusters {
    /// Adds a cluster, and says whether it is new.
    pub(super) fn insert(&mut self, position: usize) -> bool {
        let (word, bit) = (position / 64, 1 << (position % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let Some(word) = self.0.get_mut(word) else { return false };
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Whether a cluster is in it.
    pub(super) fn contains(&self, position: usize) -> bool {
        self.0.get(position / 64).is_some_and(|word| word & (1 << (position % 64)) != 0)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The clusters, in the order of the file.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len() * 64).filter(|position| self.contains(*position))
    }

    /// Those of both.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(mine, theirs)| mine & theirs).collect()).trim()
    }

    /// Those that are not in `other`.
    pub(super) fn without(&self, other: &Self) -> Self {
        let theirs = other.0.iter().chain(std::iter::repeat(&0));
        Self(self.0.iter().zip(theirs).map(|(mine, theirs)| mine & !theirs).collect()).trim()
    }

    /// Adds those of `other`.
    pub(super) fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Removes empty words at the end, so that equal sets have equal words.
    fn trim(mut self) -> Self {
        self.0.truncate(self.0.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1));
        self
    }
}

impl FromIterator<usize> for Clusters {
    fn from_iter<T: IntoIterator<Item = usize>>(positions: T) -> Self {
        let mut clusters = Self::default();
        for position in positions {
            clusters.insert(position);
        }
        clusters
    }
}

#[cfg(test)]
mod tests {
    use super::Clusters;

    #[test]
    fn sets_are_sets() {
        let (low, high): (Clusters, Clusters) = ([1, 3, 3].into_iter().collect(), [3, 70, 510].into_iter().collect());
        assert_eq!(low.and(&high).iter().collect::<Vec<_>>(), [3]);
        assert_eq!(high.without(&low).iter().collect::<Vec<_>>(), [70, 510]);
        assert_eq!(high.and(&low), [3].into_iter().collect(), "equal, however they were made");
        assert!(low.without(&low).is_empty() && !low.contains(64) && high.len() == 3);
        let mut both = low.clone();
        both.extend(&high);
        assert_eq!(both.iter().collect::<Vec<_>>(), [1, 3, 70, 510]);
        assert!(!both.insert(3) && both.insert(4));
    }
}
