//! A rotation as text for people: the three steps, then what the next one would do, or what was done.

use std::io::{self, Write};

use crate::plan::RotationStep;

use super::rotate::{EffectView, RotateReport, RotationView, StepView};
use super::{connected, rest, table, waves_text};

/// Clusters that are named one by one.
const NAMED: usize = 12;

/// Prints where the rotation stands, and its next step; `command` is the command line for this CA, `ss` lists who is connected to a
/// member.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &RotateReport<'_>, command: &str, ss: Option<&str>) -> io::Result<()> {
    steps(out, report)?;
    if let Some((view, at)) = report.connected.as_ref().zip(report.at.as_ref()) {
        connected::print(out, view, at.old, NAMED)?;
    }
    let Some(step) = &report.step else { return Ok(()) };
    match report.done {
        Some(done) => {
            writeln!(
                out,
                "\n{} certificates issued, {} archives written, {} unchanged",
                done.certificates, done.written, done.unchanged
            )?;
            if done.authorities > 0 {
                writeln!(out, "the state now holds another CA key: back it up, and never ship it")?;
            }
        }
        None => writeln!(out, "\nthe next step, `{command} --next`")?,
    }
    effects(out, step)?;
    unseen(out, step, ss.filter(|_| report.connected.is_none()))?;
    waves_text::print(out, &step.plan)
}

fn steps(out: &mut dyn Write, report: &RotateReport<'_>) -> io::Result<()> {
    if report.at.is_none() && report.step.is_none() {
        return Ok(());
    }
    let shown = report.at.as_ref().or_else(|| report.step.as_ref()?.after.as_ref());
    let (old, new) = shown.map_or((report.ca, report.ca), |view| (view.old, view.new));
    writeln!(out, "mesh {}: CA `{}`{}", report.mesh, report.ca, ends(shown))?;
    let at = report.at.as_ref().map(|view| view.step);
    let all = [
        (RotationStep::Introduce, format!("`{old}` signs; every end trusts `{new}` too")),
        (RotationStep::Reissue, format!("`{new}` signs; every end trusts both")),
        (RotationStep::Retire, format!("`{new}` signs, and is trusted alone")),
    ];
    let rows: Vec<[String; 3]> = all
        .into_iter()
        .map(|(step, what)| {
            let state = match at {
                Some(at) if step == at => format!("here, since change {}", report.at.as_ref().map_or(0, |view| view.since)),
                Some(at) if step < at => "done".to_owned(),
                _ => String::new(),
            };
            [step.to_string(), what, state]
        })
        .collect();
    table::print(out, "  ", &rows)
}

fn ends(view: Option<&RotationView<'_>>) -> String {
    let until =
        |expires: Option<super::value::Timestamp>| expires.map(|end| format!(", until {}", end.date())).unwrap_or_default();
    view.map(|view| format!(": `{}`{}, then `{}`{}", view.old, until(view.old_expires), view.new, until(view.new_expires)))
        .unwrap_or_default()
}

fn effects(out: &mut dyn Write, step: &StepView<'_>) -> io::Result<()> {
    writeln!(out, "\nwhat runs")?;
    if step.effects.is_empty() {
        return writeln!(out, "  nothing restarts: agents and members present their new certificates at the next handshake");
    }
    for EffectView { cluster, reconnects, nodes, agents_restart, restarts } in step.effects.iter().take(NAMED) {
        let batches = if *nodes > NAMED { "; install in batches" } else { "" };
        if *agents_restart {
            let who = match nodes {
                0 => "its agents restart: they read the CAs of their own etcd only when they start".to_owned(),
                1 => "the agent of its node restarts: it reads the CAs of its own etcd only when it starts".to_owned(),
                nodes => {
                    format!("the agents of its {nodes} nodes restart: they read the CAs of their own etcd only when they start")
                }
            };
            writeln!(out, "  {cluster}: {who}{batches}")?;
        }
        if !reconnects.is_empty() {
            let (who, list) = match nodes {
                0 => ("its agents connect".to_owned(), "list"),
                1 => ("its node connects".to_owned(), "lists"),
                nodes => (format!("its {nodes} nodes connect"), "list"),
            };
            writeln!(
                out,
                "  {cluster}: {who} again to {}, and {list} everything there{batches}",
                rest::shortened(*reconnects, NAMED)
            )?;
        }
        match restarts {
            [] => {}
            [alone] => writeln!(
                out,
                "  {cluster}: {alone} restarts; this etcd does not answer for some seconds, and agents keep what they know"
            )?,
            many => writeln!(
                out,
                "  {cluster}: {} restart one after another, the leader last, each when all are healthy",
                rest::shortened(*many, NAMED)
            )?,
        }
    }
    rest::print(out, "  ", step.effects.len(), NAMED)
}

/// Who is in no receipt.
fn unseen(out: &mut dyn Write, step: &StepView<'_>, ss: Option<&str>) -> io::Result<()> {
    let Some(after) = &step.after else { return Ok(()) };
    if !step.external_readers.is_empty() {
        let who = rest::shortened(&step.external_readers, NAMED);
        let what = match after.step {
            RotationStep::Introduce => "go on as they are",
            RotationStep::Reissue => "have to trust the new CA already",
            RotationStep::Retire => "have to present certificates of the new CA already",
        };
        writeln!(out, "  {who}: external; its agents {what}")?;
    }
    if after.step == RotationStep::Retire {
        writeln!(
            out,
            "  whoever else has a certificate of `{}` is refused from then on: no receipt shows a backup or a monitor",
            after.old
        )?;
        if let Some(ss) = ss {
            writeln!(
                out,
                "  `{ss}` on each member lists who is connected;\n  \
                 `--connected FILE` with what it printed shows whom the mesh does not know"
            )?;
        }
    }
    Ok(())
}
