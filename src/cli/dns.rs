//! `dns`: the names that must resolve, for people and for what resolves them.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use crate::diag::shell_word;
use crate::mesh::Host;
use crate::names::names;
use crate::report::{NamesReport, Zone, has_names_in, print_dnsmasq, print_hosts, print_json, print_names, print_zone, zones};

use super::load::Loaded;
use super::reporting::{Format, Reporting};
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
Examples:
  meshbundle dns                                        each name, its addresses, and who needs it
  meshbundle dns --format hosts | sudo tee -a /etc/hosts
  meshbundle dns meshes/prod.yaml --format dnsmasq > /etc/dnsmasq.d/mesh.conf
  meshbundle dns --format zone --zone mesh.cilium.io > /etc/bind/mesh.cilium.io.zone
  meshbundle dns --format json | jq -r '.names[] | select(.settled | not) | .name'";

/// Show the names that must resolve, to which address, and who needs which; print them as lines for a hosts file, a zone, or dnsmasq
#[derive(clap::Args)]
#[command(after_help = exit::DNS.below(EXAMPLES))]
pub(super) struct Dns {
    /// The mesh
    #[arg(value_name = "MESH", default_value = load::DEFAULT)]
    mesh: PathBuf,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    format: NamesFormat,
    /// With --format zone: the zone [default: the domain that all names are in]
    #[arg(long, value_name = "DOMAIN", value_parser = domain)]
    zone: Option<String>,
    /// With --format zone: the name of the server that has it [default: localhost]
    #[arg(long, value_name = "NAME", value_parser = domain)]
    nameserver: Option<String>,
    /// With --format zone: its serial number, which has to rise [default: the seconds since 1970]
    #[arg(long, value_name = "N")]
    serial: Option<u32>,
}

/// The form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum NamesFormat {
    /// For people.
    #[default]
    Text,
    /// For programs, in a shape with a version.
    Json,
    /// Lines for a hosts file.
    Hosts,
    /// A zone file, as BIND, Knot and NSD read it.
    Zone,
    /// Options of dnsmasq.
    Dnsmasq,
}

/// A name that may end with a dot.
fn domain(text: &str) -> Result<String, String> {
    match Host::new(text.strip_suffix('.').unwrap_or(text))? {
        Host::Name(name) => Ok(name),
        Host::Ip(_) => Err("it is an address".to_owned()),
    }
}

impl Dns {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let only_zone =
            [("--zone", self.zone.is_some()), ("--nameserver", self.nameserver.is_some()), ("--serial", self.serial.is_some())];
        if let Some((option, _)) = only_zone.iter().find(|(_, given)| *given && self.format != NamesFormat::Zone) {
            return Err(Failure::Usage(format!("`{option}` has no effect without `--format zone`")));
        }
        let now = clock::now()?;
        let loaded = load::load(&self.mesh, now)?;
        let Some(checked) = &loaded.checked else { return self.refuse(&loaded) };
        let names = names(checked);
        let report = NamesReport::of(loaded.json(), checked.mesh().name.as_str(), &names);
        let serial = self.serial.unwrap_or_else(|| u32::try_from(now.unix_timestamp()).unwrap_or(u32::MAX));
        let mut out = BufWriter::new(out::stdout());
        match self.format {
            NamesFormat::Text => {
                loaded.print_before(&Reporting::plain(Format::Text))?;
                print_names(&mut out, &report)
            }
            NamesFormat::Json => print_json(&mut out, &report),
            NamesFormat::Hosts => print_hosts(&mut out, &report),
            NamesFormat::Dnsmasq => print_dnsmasq(&mut out, &report),
            NamesFormat::Zone => {
                let nameserver = self.nameserver.as_deref().unwrap_or("localhost");
                print_zone(&mut out, &report, &Zone { name: self.zone_of(&report)?, nameserver, serial })
            }
        }
        .and_then(|()| out.flush())
        .map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }

    /// A mesh with errors. Where the result is a file for others, findings are no part of it.
    fn refuse(&self, loaded: &Loaded) -> Result<Exit, Failure> {
        match self.format {
            NamesFormat::Text => loaded.refuse(&Reporting::plain(Format::Text)),
            NamesFormat::Json => loaded.refuse(&Reporting::plain(Format::Json)),
            NamesFormat::Hosts | NamesFormat::Zone | NamesFormat::Dnsmasq => Ok(loaded.refuse_on_stderr()),
        }
    }

    /// The zone that was asked for, or the only one that there is.
    fn zone_of<'a>(&'a self, report: &NamesReport<'a>) -> Result<&'a str, Failure> {
        let zones = zones(report);
        let [first, rest @ ..] = zones.as_slice() else {
            return Err(Failure::Input("no name of the mesh has an address in it, so a zone would be empty".to_owned()));
        };
        let command =
            |zone: &str| format!("`meshbundle dns {} --format zone --zone {zone}`", shell_word(&self.mesh.display().to_string()));
        match &self.zone {
            Some(zone) if has_names_in(report, zone) => Ok(zone),
            Some(zone) => Err(Failure::Usage(format!(
                "no name with an address is within `{zone}`\nhelp: {}",
                zones.iter().map(|zone| command(zone)).collect::<Vec<_>>().join(", or ")
            ))),
            None if rest.is_empty() => Ok(first),
            None => Err(Failure::Usage(format!(
                "the names are in {} domains, and a zone has one\nhelp: {}",
                zones.len(),
                zones.iter().map(|zone| command(zone)).collect::<Vec<_>>().join(", then ")
            ))),
        }
    }
}
