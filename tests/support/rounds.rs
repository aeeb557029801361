//! How long tests go on that could go on for ever: `make soak` has them play more rounds.

use std::env;
use std::thread;

/// How often the environment wants the usual number of rounds.
pub fn times() -> usize {
    env::var("ROUNDS").map_or(1, |times| times.parse().expect("ROUNDS is a whole number, e.g. ROUNDS=10"))
}

/// The usual number of rounds, as often as wanted, but at most as many as there are. `--nocapture` shows it.
pub fn rounds_of(usual: usize, most: usize) -> usize {
    let rounds = most.min(usual * times());
    println!("{}: {rounds} rounds", thread::current().name().unwrap_or_default());
    rounds
}

pub fn rounds(usual: usize) -> usize {
    rounds_of(usual, usize::MAX)
}
