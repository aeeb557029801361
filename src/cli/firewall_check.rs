//! `firewall --check`: tries from a machine of the mesh which lines of its firewall's list are open.

use std::io::{BufWriter, Write};
use std::time::Duration;

use crate::firewall::{Attempt, Firewall, Machine};
use crate::probe::{Way, probe_ways, ways_bound};
use crate::report::{CheckReport, print_firewall_check, print_json};

use super::reporting::Format;
use super::{Exit, Failure, clock, out};

/// The words of `firewall` that are for `--check` alone.
#[derive(clap::Args)]
pub(super) struct CheckArgs {
    /// On the machine that `--for` names: dial the mesh's own etcds, members and nodes by TCP, say nothing there, and show which line is missing
    #[arg(long, requires = "chosen", conflicts_with_all = ["admin"])]
    pub(super) check: bool,
    /// With --check: seconds for each address to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 5, requires = "check", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// With --check: print only lines that are not open, and errors
    #[arg(short, long, requires = "check")]
    quiet: bool,
}

impl CheckArgs {
    pub(super) fn run(&self, firewall: &Firewall<'_>, machines: &[Machine<'_>], format: Format) -> Result<Exit, Failure> {
        let units: Vec<String> = machines.iter().map(ToString::to_string).collect();
        let (attempts, untried) = firewall.attempts(machines);
        if attempts.is_empty() {
            let help = "UDP, ESP and ICMP cannot be judged, and TCP only to addresses that the mesh has";
            return Err(Failure::Input(format!("{} dials nothing that can be tried\nhelp: {help}", units.join(", "))));
        }
        let way =
            |attempt: &Attempt<'_>| Way { host: attempt.host.clone(), addresses: attempt.addresses.clone(), port: attempt.port };
        let ways: Vec<Way> = attempts.iter().map(way).collect();
        let time = Duration::from_secs(self.timeout);
        if !self.quiet {
            let bound = ways_bound(&ways, time).as_secs();
            let _ = writeln!(out::stderr(), "dialling {} of the mesh's own endpoints: at most {bound} s", ways.len());
        }
        let probes = probe_ways(ways, time).map_err(Failure::File)?;
        let report = CheckReport::of(firewall, units, &attempts, &probes, &untried, clock::now()?);
        let mut out = BufWriter::new(out::stdout());
        match format {
            Format::Json => print_json(&mut out, &report),
            Format::Text => print_firewall_check(&mut out, &report, self.quiet),
        }
        .and_then(|()| out.flush())
        .map_err(Failure::Stdout)?;
        Ok(if report.is_open() { Exit::Clean } else { Exit::Findings })
    }
}
