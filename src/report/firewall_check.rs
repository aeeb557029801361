//! What `firewall --check` reports: which lines of the list are open from this machine, and which one is missing where nothing answers.

use std::io::{self, Write};
use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;

use crate::diag::Code;
use crate::firewall::{Attempt, Firewall, Flow, Need, net_text};
use crate::probe::WayProbe;
use crate::verify::authority;

use super::findings::FORMAT;
use super::firewall::FlowView;
use super::table;
use super::value::{CodeView, Timestamp};

/// Sources that are written out where a line is missing; the list has all.
const SOURCES: usize = 4;

/// The report of `firewall --check`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "firewallCheck")]
pub struct CheckReport {
    /// Version of this shape; a new key does not raise it, a changed one does.
    format: u32,
    /// Name of the mesh.
    mesh: String,
    /// When it ended.
    at: Timestamp,
    /// What this machine is in the mesh.
    units: Vec<String>,
    /// Whether every required line that was tried is open.
    open: bool,
    /// Each address that was dialled.
    tried: Vec<TriedView>,
    /// Lines from this machine that cannot be judged: UDP, ESP and ICMP give no answer that shows it, and the mesh does not have every address.
    not_judged: Vec<FlowView>,
}

/// One address that was dialled.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TriedLine")]
struct TriedView {
    /// The line that lets it pass.
    #[serde(flatten)]
    line: FlowView,
    /// What was dialled, as the mesh has it.
    endpoint: String,
    /// Address and port, if there is an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    address: Option<SocketAddr>,
    /// What came of it.
    way: WayView,
    /// The code of why nothing answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<CodeView>,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// Whether a way is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Way")]
enum WayView {
    /// Nothing answered.
    Silent,
    /// It was refused: nothing listens there, or a firewall rejects.
    Refused,
    /// There is no address.
    Nowhere,
    /// TCP is accepted.
    Open,
}

impl CheckReport {
    /// The report of `probes` of `attempts`, in their order, of the machine that is `units`. `untried` are the lines that were not tried.
    pub fn of(
        firewall: &Firewall<'_>,
        units: Vec<String>,
        attempts: &[Attempt<'_>],
        probes: &[WayProbe],
        untried: &[Flow<'_>],
        now: OffsetDateTime,
    ) -> Self {
        let tried = probes.iter().filter_map(|probe| Some(TriedView::of(firewall, attempts.get(probe.position)?, probe)));
        let mut tried: Vec<TriedView> = tried.collect();
        tried.sort_by_key(|tried| (tried.way, tried.line.need() != "required"));
        Self {
            format: FORMAT,
            mesh: firewall.mesh_name().to_owned(),
            at: now.into(),
            units,
            open: tried.iter().all(|tried| tried.way == WayView::Open || tried.line.need != Need::Required),
            tried,
            not_judged: untried.iter().map(FlowView::of).collect(),
        }
    }

    /// Whether every required line that was tried is open.
    pub const fn is_open(&self) -> bool {
        self.open
    }
}

impl TriedView {
    fn of(firewall: &Firewall<'_>, attempt: &Attempt<'_>, probe: &WayProbe) -> Self {
        let line = FlowView::of(&attempt.flow);
        let fault = probe.reached.as_ref().err();
        let way = match fault.map(|fault| fault.code) {
            None => WayView::Open,
            Some(Code::ConnectionRefused) => WayView::Refused,
            Some(Code::NameUnknown) => WayView::Nowhere,
            Some(_) => WayView::Silent,
        };
        let at = probe.address.map_or_else(|| attempt.host.clone(), |address| address.ip().to_string());
        let missing = || {
            let sources = firewall.places(&attempt.flow.from);
            let more = if sources.nets.len() > SOURCES || sources.unknown.is_some() { ", …" } else { "" };
            let known: Vec<String> = sources.nets.iter().take(SOURCES).map(net_text).collect();
            let from = if known.is_empty() { line.from.clone() } else { format!("{} ({}{more})", line.from, known.join(", ")) };
            format!("{} from {from} to {at}", line.traffic())
        };
        let help = match way {
            WayView::Open => None,
            WayView::Silent => Some(format!("allow {}, in each firewall on the way", missing())),
            WayView::Refused => Some(format!("start what listens there; if it runs, a firewall rejects: allow {}", missing())),
            WayView::Nowhere => fault.map(|fault| fault.help.clone()),
        };
        Self {
            endpoint: authority(&attempt.host, attempt.port),
            address: probe.address,
            way,
            code: fault.map(|fault| CodeView(fault.code)),
            message: fault.map(|fault| fault.message.clone()),
            help,
            line,
        }
    }

    const fn word(&self) -> &'static str {
        match self.way {
            WayView::Silent => "no answer",
            WayView::Refused => "refused",
            WayView::Nowhere => "no address",
            WayView::Open => "open",
        }
    }
}

/// Prints the lines that are not open first, and what is missing; quietly only these.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &CheckReport, quiet: bool) -> io::Result<()> {
    if !quiet {
        let rows = report.tried.iter().map(|tried| {
            let address = tried.address.map_or_else(|| tried.endpoint.clone(), |address| address.to_string());
            [tried.word().to_owned(), tried.line.to.clone(), address, tried.line.need().to_owned(), tried.line.why.clone()]
        });
        table::print(out, "", &rows.collect::<Vec<_>>())?;
        let open = report.tried.iter().filter(|tried| tried.way == WayView::Open).count();
        writeln!(out, "\n{}: {open} of {} are open", report.units.join(", "), report.tried.len())?;
    }
    for (position, tried) in report.tried.iter().filter(|tried| tried.way != WayView::Open).enumerate() {
        if position > 0 || !quiet {
            writeln!(out)?;
        }
        let (to, need) = (&tried.line.to, tried.line.need());
        writeln!(out, "{to}, {need}: {}", tried.message.as_deref().unwrap_or_default())?;
        writeln!(out, "  help: {}", tried.help.as_deref().unwrap_or_default())?;
        writeln!(out, "  source: {}", tried.line.source)?;
    }
    if !quiet && !report.not_judged.is_empty() {
        writeln!(out, "\ncannot tell:")?;
        let rows =
            report.not_judged.iter().map(|line| [line.traffic(), line.to.clone(), line.need().to_owned(), line.why.clone()]);
        table::print(out, "  ", &rows.collect::<Vec<_>>())?;
    }
    Ok(())
}
