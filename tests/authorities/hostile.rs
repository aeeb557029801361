//! Broken and forged input: an error or a working authority, never a panic, never a key in a
//! message.

use meshbundle::pki::{Authority, PrivateKey};
use pem::Pem;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::support::fixture::{self, Fixture, client};

/// One thing done to some bytes.
#[derive(Debug, Clone)]
enum Mutation {
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Cut(Index),
    Repeat(Index, Index),
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |index: &Index| index.index(bytes.len().max(1)).min(bytes.len());
        match self {
            _ if bytes.is_empty() => {}
            Self::Set(index, value) => {
                let at = place(index);
                bytes[at] = *value;
            }
            Self::Insert(index, value) => bytes.insert(place(index), *value),
            Self::Remove(index) => {
                bytes.remove(place(index));
            }
            Self::Cut(index) => bytes.truncate(place(index)),
            Self::Repeat(from, to) => {
                let (from, to) = (place(from), place(to));
                let copy = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from..from, copy);
            }
        }
    }
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let one = (0..5_u8, any::<Index>(), any::<Index>(), any::<u8>()).prop_map(|(kind, first, second, value)| match kind {
        0 => Mutation::Set(first, value),
        1 => Mutation::Insert(first, value),
        2 => Mutation::Remove(first),
        3 => Mutation::Cut(first),
        _ => Mutation::Repeat(first, second),
    });
    vec(one, 1..4)
}

fn mutate(bytes: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for mutation in mutations {
        mutation.apply(&mut bytes);
    }
    bytes
}

/// Mutates what is in the first block and closes the armor again, so that the damage reaches the
/// readers of DER.
fn mutate_inside(text: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let block = pem::parse(text).expect("a fixture's block");
    pem::encode(&Pem::new(block.tag(), mutate(block.contents(), mutations))).into_bytes()
}

/// Loads, issues if that worked, and sees to it that no message quotes the key.
fn exercise(chain: &[u8], key: &[u8]) {
    let messages = [
        PrivateKey::from_pem(key).err().map(|error| format!("{error} {error:?}")),
        Authority::load(chain, key).err().map(|error| format!("{error} {error:?}")),
    ];
    let key = String::from_utf8_lossy(key);
    for message in messages.into_iter().flatten() {
        for line in key.lines().filter(|line| line.len() >= 16 && !line.starts_with('-')) {
            assert!(!message.contains(line), "{message}");
        }
    }
    if let Ok(authority) = Authority::load(chain, &key.into_owned().into_bytes()) {
        // A forged authority may refuse, for its dates for example.
        drop(authority.issue(&client()));
        drop(authority.with_anchor(1).map(|anchored| anchored.issue(&client())));
    }
}

#[test]
fn mutated_input_never_panics_and_never_leaks() {
    for Fixture { name, bench } in fixture::all() {
        let (chain, key) = (bench.read("ca.pem"), bench.read("ca.key"));
        let mut runner = TestRunner::new(Config { cases: 256, failure_persistence: None, ..Config::default() });
        let strategy = (0..4_u8, mutations());
        runner
            .run(&strategy, |(target, mutations)| {
                match target {
                    0 => exercise(&mutate(&chain, &mutations), &key),
                    1 => exercise(&mutate_inside(&chain, &mutations), &key),
                    2 => exercise(&chain, &mutate(&key, &mutations)),
                    _ => exercise(&chain, &mutate_inside(&key, &mutations)),
                }
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn bytes_of_no_kind_are_refused() {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    runner
        .run(&vec(any::<u8>(), 0..200), |bytes| {
            for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
                let text = pem::encode(&Pem::new(label, bytes.clone()));
                assert!(PrivateKey::from_pem(text.as_bytes()).is_err());
            }
            assert!(Authority::load(&bytes, &bytes).is_err());
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
