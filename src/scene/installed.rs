//! How many of some targets are known to have what was written last.

use std::ops::AddAssign;

/// A count of targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Installed {
    /// Those that receipts show to have what was written last, in use.
    pub done: usize,
    /// All that something was written for.
    pub all: usize,
}

impl Installed {
    /// One target.
    pub(super) const fn one(done: bool) -> Self {
        Self { done: if done { 1 } else { 0 }, all: 1 }
    }
}

impl AddAssign for Installed {
    fn add_assign(&mut self, other: Self) {
        self.done += other.done;
        self.all += other.all;
    }
}
