//! Mutants of each kind of input, always the same ones: each ends, and none takes much memory.
//!
//! Each kind is played in a process of its own, under the kernel's bounds on memory and processor time, so that a hang is a
//! failure whatever else the machine does. `cargo test --test suite mutants:: -- --nocapture` prints the worst time and memory of
//! each.

mod kinds;
mod lists;
mod mutate;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::rounds::{rounds, times};
use kinds::KINDS;
use lists::LISTS;
use meshbundle::diag::Code;
use mutate::Mutator;

const MUTANTS: usize = 150;
/// KiB of address space: 256 MiB for the mutant, and what the test program and its libraries map.
const MEMORY: u64 = 512 * 1024;
/// KiB that may be in use at once.
const PEAK: u64 = 256 * 1024;
/// Seconds of processor time for all mutants of a kind. An unoptimised build takes a tenth of it, a single hang all of it.
const SECONDS: u64 = 300;

/// The same for a mesh with one long list. An unoptimised build takes some 3 seconds, what is quadratic more than 30.
const SECONDS_OF_A_LIST: u64 = 30;

#[test]
fn mutants_of_each_kind_end_in_little_memory() {
    for (kind, _, _) in KINDS {
        play_alone("one_kind", kind, SECONDS * times() as u64);
    }
}

/// 100,000 endpoints without https took over two minutes, and 25,000 entries of `accept` as many findings.
#[test]
fn a_mesh_with_one_long_list_ends_in_little_memory() {
    for (list, _) in LISTS {
        play_alone("one_list", list, SECONDS_OF_A_LIST);
    }
}

/// Runs one of the ignored tests under the kernel's bounds.
fn play_alone(test: &str, kind: &str, seconds: u64) {
    let program = std::env::current_exe().expect("this program");
    let script = format!(
        "ulimit -v {MEMORY}; ulimit -t {seconds}; exec \"$0\" --exact mutants::{test} --ignored --nocapture --test-threads=1"
    );
    let output = Command::new("sh").args(["-c", &script]).arg(&program).env("KIND", kind).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{kind}: {}\n{text}", output.status);
    text.lines().filter(|line| line.contains(", worst ")).for_each(|line| println!("{line}"));
}

/// Plays the kind that `KIND` names; only under bounds.
#[test]
#[ignore = "started by play_alone"]
fn one_kind() {
    let wanted = std::env::var("KIND").expect("a kind");
    let (kind, seeds, play) = KINDS.into_iter().find(|(kind, _, _)| *kind == wanted).expect("one of them");
    let seeds = seeds();
    assert!(seeds.iter().all(|seed| !seed.is_empty()), "{kind} has a seed without bytes");
    let mut mutator = Mutator::new(0x6d65_7368);
    let mut worst = Duration::ZERO;
    let mutants = rounds(MUTANTS);
    for number in 0..mutants {
        let mutant = mutator.mutant(&seeds);
        let began = Instant::now();
        play(&mutant);
        worst = worst.max(began.elapsed());
        assert!(peak() < PEAK, "{kind}: mutant {number} of {} bytes takes {} KiB", mutant.len(), peak());
    }
    println!("{kind}: {mutants} mutants, worst {} ms, {} MiB", worst.as_millis(), peak() >> 10);
}

/// Plays the list that `KIND` names; only under bounds.
#[test]
#[ignore = "started by play_alone"]
fn one_list() {
    let wanted = std::env::var("KIND").expect("a list");
    let (list, text) = LISTS.into_iter().find(|(list, _)| *list == wanted).expect("one of them");
    let text = text();
    let began = Instant::now();
    let findings = kinds::mesh(text.as_bytes());
    let mut of_each: BTreeMap<Code, usize> = BTreeMap::new();
    findings.iter().for_each(|finding| *of_each.entry(finding.code).or_default() += 1);
    // Each rule keeps a thousand and counts the rest; a code may have two rules.
    assert!(of_each.values().all(|count| *count <= 2002), "{list}: {of_each:?}");
    assert!(peak() < PEAK, "{list}: {} KiB", peak());
    println!("{list}: {} KiB of text, worst {} ms, {} MiB", text.len() >> 10, began.elapsed().as_millis(), peak() >> 10);
}

/// The most memory that this process has had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("proc(5)");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
