//! What `rollout record` and `rollout status` say to people. A status fits a screen, however many nodes there are.

use std::io::{self, Write};

use serde::Serialize;

use crate::diag::{Diagnostic, Nowhere, Report, print_open};
use crate::ledger::{Due, Unit};
use crate::plan::StepUnitName;

use super::kept;
use super::next_signers;
use super::open_rotations;
use super::rest;
use super::rollout::{Known, RecordReport, StatusReport, UnitView};
use super::still_carried;
use super::table;

/// Units of a wave that are named one by one.
const NAMED: usize = 6;

/// Prints refusals, then how much was recorded.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print_record(out: &mut dyn Write, report: &RecordReport<'_>, findings: &[Diagnostic], colour: bool) -> io::Result<()> {
    print_open(out, &Report { file: "receipts", source: "", places: &Nowhere, findings, unchecked: &[] }, colour)?;
    let counts = &report.counts;
    let lines = if counts.passed_over == 1 { "line" } else { "lines" };
    let taken = counts.bundles.map_or_else(String::new, |count| {
        let bundles = if count.get() == 1 { "bundle" } else { "bundles" };
        format!("{count} {bundles} taken in, ")
    });
    writeln!(
        out,
        "mesh {}: {taken}{} recorded, {} known before, {} refused; {} other {lines}",
        report.mesh, counts.recorded, counts.known, counts.refused, counts.passed_over
    )
}

/// Prints wave by wave how many units are done, and those that are not.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print_status(out: &mut dyn Write, report: &StatusReport<'_>) -> io::Result<()> {
    let (done, all) = report.counts();
    writeln!(out, "mesh {}: {done} of {all} units have what was written last", report.mesh)?;
    for WaveLines { wave, done, all, open, .. } in waves(report, NAMED) {
        writeln!(out, "\n{wave}: {done} of {all}")?;
        table::print(out, "  ", &open)?;
        rest::print(out, "  ", all - done, NAMED)?;
    }
    still_carried::print(out, &report.revoked)?;
    open_rotations::print(out, &report.rotations)?;
    next_signers::print(out, &report.next_signers)?;
    kept::print(out, &report.kept)
}

/// A wave of a roll-out, in words.
#[derive(Debug, Clone, Serialize)]
pub struct WaveLines {
    /// Its name.
    pub wave: String,
    /// How many of its units are done.
    pub done: usize,
    /// How many there are.
    pub all: usize,
    /// Units that are not done, and what is known of them.
    pub open: Vec<[String; 2]>,
    /// How many more there are.
    pub more: usize,
}

/// The waves of a report; of each wave `named` units that are not done.
pub fn waves(report: &StatusReport<'_>, named: usize) -> Vec<WaveLines> {
    let wave = |units: &[UnitView<'_>]| {
        let open: Vec<&UnitView<'_>> = units.iter().filter(|view| !view.done).collect();
        WaveLines {
            wave: units.first().map(|view| view.wave.to_string()).unwrap_or_default(),
            done: units.len() - open.len(),
            all: units.len(),
            open: open.iter().take(named).map(|view| [view.unit.to_string(), words(view)]).collect(),
            more: open.len().saturating_sub(named),
        }
    };
    report.units.chunk_by(|one, next| one.wave == next.wave).map(wave).collect()
}

fn words(view: &UnitView<'_>) -> String {
    let (withdrawal, restarts): (Vec<Due>, Vec<Due>) = view.due.iter().partition(|due| **due == Due::Withdrawal);
    let restarts: Vec<String> = restarts.iter().map(ToString::to_string).collect();
    let mut due = if restarts.is_empty() { String::new() } else { format!("; restart due: {}", restarts.join(", ")) };
    if !withdrawal.is_empty() {
        due.push_str("; users left to remove");
    }
    let said = view.said.map(|said| format!(", said to have generation {said}")).unwrap_or_default();
    if let Unit::Step(step) = view.unit {
        let what = match step.name {
            StepUnitName::ClientTrust => "let its etcd trust the CA that signs next",
            StepUnitName::ServerCertificates => "let its etcd have certificates of other CAs",
            StepUnitName::EndConnections => "restart its members one after another, which ends what revoked users have open",
            StepUnitName::Kvstoremesh => "see that its KVStoreMesh has read every remote cluster",
        };
        return format!("{what}, then record it with --by-hand");
    }
    match (view.known, view.installed, view.written) {
        (Known::Contradicting, ..) => "its receipts contradict each other: record a new one".to_owned(),
        (Known::Nothing, _, Some(written)) => format!("nothing recorded{said}; generation {written} was written"),
        (Known::Foreign, installed, written) => {
            let then =
                written.map_or("the backup does not know this unit".to_owned(), |written| format!("{written} was written"));
            format!("generation {} from before the restore; {then}", installed.unwrap_or(0))
        }
        (Known::Uninstalled, _, Some(written)) => format!("uninstalled; generation {written} was written"),
        (_, Some(installed), Some(written)) if installed == written => format!("generation {installed}{due}"),
        (_, Some(installed), Some(written)) => format!("generation {installed}{said}; {written} was written{due}"),
        (_, installed, None) => {
            let way = if view.unit.has_installer() { "uninstall it" } else { "remove it, and record that with --by-hand" };
            format!("generation {} is installed, and it left the mesh: {way}", installed.unwrap_or(0))
        }
        (Known::Installed, None, Some(_)) => String::new(),
    }
}
