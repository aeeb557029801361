//! What is left to ship and to do, as text for people.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::plan::{BundleChange, Step, StepName, Wave, WaveName};

use super::plan::PlanReport;
use super::rest;

/// Names in a wave that are shown before the rest is only counted.
const SHOWN: usize = 12;

/// Prints wave by wave what to ship and to do: what this run is about by name, the rest as a number.
pub(super) fn print(out: &mut dyn Write, plan: &PlanReport<'_>) -> io::Result<()> {
    if plan.waves.is_empty() {
        return Ok(());
    }
    let now = Now::of(plan);
    writeln!(out, "\nship in this order")?;
    for (number, wave) in plan.waves.iter().enumerate() {
        let how = match wave.wave {
            WaveName::Users if wave.ship.iter().any(|path| path.ends_with(".sh")) => {
                ": run the scripts with --add, so that nothing is taken away yet"
            }
            WaveName::Withdrawal if !wave.ship.is_empty() => {
                ": run the scripts again, without --add; these users are no longer needed"
            }
            WaveName::Members | WaveName::Users | WaveName::Operators | WaveName::Nodes | WaveName::Withdrawal => "",
        };
        writeln!(out, "  {}. {}{how}", number + 1, wave.wave)?;
        for (cluster, users) in wave.users.iter().filter(|(cluster, _)| now.has_users(wave, cluster)) {
            writeln!(out, "       {cluster}: {}", rest::shortened(users.iter(), SHOWN))?;
        }
        ship(out, wave, &now)?;
        for step in wave.steps.iter().filter(|step| now.has_step(wave, step)) {
            writeln!(out, "       {}", words(step))?;
        }
    }
    Ok(())
}

/// What this run is about.
struct Now<'a> {
    /// What is written or goes, below `bundles/`.
    bundles: BTreeSet<String>,
    /// The clusters of these, by wave.
    clusters: BTreeSet<(WaveName, &'a str)>,
}

impl<'a> Now<'a> {
    fn of(plan: &PlanReport<'a>) -> Self {
        let changed = plan.bundles.iter().filter_map(|bundle| Some((bundle.path, bundle.change?)));
        let overdue = plan.overdue.iter().map(|path| (path, BundleChange::Changed));
        let (mut bundles, mut clusters) = (BTreeSet::new(), BTreeSet::new());
        for (path, change) in changed.chain(overdue) {
            let wave = if change == BundleChange::Gone { WaveName::Withdrawal } else { WaveName::of(path.kind()) };
            bundles.insert(path.to_string());
            clusters.insert((wave, path.cluster()));
        }
        Self { bundles, clusters }
    }

    /// Whether a path to ship is of this run.
    fn has(&self, path: &str) -> bool {
        self.bundles.contains(bundle_of(path))
    }

    /// Whether the users of a cluster are, also of one whose etcd gets no script from here.
    fn has_users(&self, wave: &Wave, cluster: &str) -> bool {
        let mut scripts = wave.ship.iter().filter(|path| path.strip_prefix(cluster).is_some_and(|rest| rest.starts_with('/')));
        scripts.next().is_none_or(|script| self.has(script))
    }

    /// Whether a step is.
    fn has_step(&self, wave: &Wave, step: &Step) -> bool {
        stays(step) || self.clusters.contains(&(wave.wave, step.cluster.as_str()))
    }
}

/// The bundle that a path to ship is of: an archive, or a folder with loose files, of which some may be named.
fn bundle_of(path: &str) -> &str {
    let end = path.match_indices('/').nth(1).map_or(path.len(), |(at, _)| at);
    path.strip_suffix(".tar.gz").unwrap_or_else(|| path.get(..end).unwrap_or(path))
}

/// Whether a step is shown in every run until it is done: receipts show that it is not.
fn stays(step: &Step) -> bool {
    matches!(
        step.step,
        StepName::Restart
            | StepName::Uninstall
            | StepName::TrustAuthorities
            | StepName::ReplaceCertificates
            | StepName::ReadRemotes
            | StepName::EndConnections
    )
}

/// Prints how many bundles are left to ship, and what is left to do, when a run writes none.
pub(super) fn count(out: &mut dyn Write, plan: &PlanReport<'_>) -> io::Result<()> {
    // Scripts of the last wave are in use, and run again.
    let waves = plan.waves.iter().filter(|wave| wave.wave != WaveName::Withdrawal);
    let left: BTreeSet<&str> = waves.flat_map(|wave| &wave.ship).map(|path| bundle_of(path)).collect();
    let again: BTreeSet<&String> =
        plan.waves.iter().filter(|wave| wave.wave == WaveName::Withdrawal).flat_map(|wave| &wave.ship).collect();
    let all = plan.bundles.iter().count();
    if !left.is_empty() {
        let are = if left.len() == 1 { "is" } else { "are" };
        writeln!(
            out,
            "of {all} bundles, {} {are} not known to be installed: `meshbundle rollout status` lists them",
            left.len()
        )?;
    }
    if !again.is_empty() {
        let scripts = if again.len() == 1 { "script" } else { "scripts" };
        writeln!(out, "{} {scripts} to run again, without --add: `meshbundle rollout status` lists the users", again.len())?;
    }
    let mut steps = plan.waves.iter().flat_map(|wave| &wave.steps).filter(|step| stays(step));
    steps.try_for_each(|step| writeln!(out, "{}", words(step)))
}

fn ship(out: &mut dyn Write, wave: &Wave, now: &Now<'_>) -> io::Result<()> {
    let (now, before): (Vec<&String>, Vec<&String>) = wave.ship.iter().partition(|path| now.has(path));
    now.iter().take(SHOWN).try_for_each(|path| writeln!(out, "       {path}"))?;
    if now.len() > SHOWN {
        writeln!(out, "       and {} more", now.len() - SHOWN)?;
    }
    if !before.is_empty() {
        let and = if now.is_empty() { "" } else { "and " };
        let what = match wave.wave {
            WaveName::Withdrawal => "from earlier runs",
            WaveName::Members | WaveName::Users | WaveName::Operators | WaveName::Nodes => {
                "written before, not known to be installed"
            }
        };
        writeln!(out, "       {and}{} {what}", before.len())?;
    }
    Ok(())
}

fn words(step: &Step) -> String {
    let Step { step, cluster, on, authorities, command } = step;
    let (on, cas) = (rest::shortened(on, SHOWN), rest::shortened(authorities, SHOWN));
    match step {
        StepName::StartTogether => format!("{cluster}: start {on} together, if this etcd is new: `{command}`"),
        StepName::OneByOne => format!("{cluster}: one after another, {on}: `{command}`"),
        StepName::Restart => format!("{cluster}: restart one after another, {on}: `{command}`"),
        StepName::TrustAuthorities => {
            format!(
                "{cluster}: let its etcd trust CA {cas} for clients as well, restart its members one after another; then `{command}`"
            )
        }
        StepName::ReplaceCertificates => {
            format!("{cluster}: once no server of its etcd has a certificate of CA {cas}: `{command}`")
        }
        StepName::ReadRemotes => format!("{cluster}: once its KVStoreMesh has read every remote cluster: `{command}`"),
        StepName::EndConnections => {
            let on = if on.is_empty() { String::new() } else { format!(", {on}") };
            format!(
                "{cluster}: restart its members one after another, the leader last{on}, because what a revoked user has open outlives it; \
                 then `{command}`"
            )
        }
        StepName::EnableAuthentication => format!("{cluster}: turn authentication on, once: `{command}`"),
        StepName::Uninstall => format!("{cluster}: uninstall on {on}: `{command}`"),
    }
}
