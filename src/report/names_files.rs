//! The names of a mesh as files for those that resolve names: lines of a hosts file, a zone, and options of dnsmasq. Comments say who
//! needs which name. A name has only letters, digits, `-` and `.`, so none of them needs an escape.

use std::io::{self, Write};

use super::names::{NameView, NamesReport};
use super::names_text::{UNKNOWN, lines};

/// The zone that a zone file is of.
pub struct Zone<'a> {
    /// Its name, without a dot at its end.
    pub name: &'a str,
    /// The name of its server.
    pub nameserver: &'a str,
    /// The serial number of this version.
    pub serial: u32,
}

/// Prints lines for `/etc/hosts`.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print_hosts(out: &mut dyn Write, report: &NamesReport<'_>) -> io::Result<()> {
    writeln!(out, "# names of the mesh {}, for /etc/hosts or CoreDNS's plugin `hosts`", report.mesh)?;
    for name in report.known() {
        comment(out, "#", name)?;
        name.addresses.iter().try_for_each(|address| writeln!(out, "{address} {}", name.name))?;
    }
    rest(out, "#", report)
}

/// Prints options of dnsmasq.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print_dnsmasq(out: &mut dyn Write, report: &NamesReport<'_>) -> io::Result<()> {
    writeln!(out, "# names of the mesh {}, for a file in /etc/dnsmasq.d", report.mesh)?;
    for name in report.known() {
        comment(out, "#", name)?;
        // `address=` would answer for everything below the name as well.
        name.addresses.iter().try_for_each(|address| writeln!(out, "host-record={},{address}", name.name))?;
    }
    rest(out, "#", report)
}

/// Prints the names within a zone as its file (RFC 1035, section 5).
///
/// # Errors
/// Errors of writing to `out`.
pub fn print_zone(out: &mut dyn Write, report: &NamesReport<'_>, zone: &Zone<'_>) -> io::Result<()> {
    writeln!(out, "; names of the mesh {} within {}", report.mesh, zone.name)?;
    writeln!(out, "; a server that has this zone answers that no other name below {} exists", zone.name)?;
    writeln!(out, "$ORIGIN {}.", zone.name)?;
    writeln!(out, "$TTL 300")?;
    writeln!(out, "@ IN SOA {}. hostmaster ( {} 3600 900 604800 300 )", zone.nameserver, zone.serial)?;
    writeln!(out, "@ IN NS {}.", zone.nameserver)?;
    for (name, within) in report.known().filter_map(|name| Some((name, within(name.name, zone.name)?))) {
        comment(out, ";", name)?;
        for address in &name.addresses {
            let kind = if address.is_ipv4() { "A" } else { "AAAA" };
            writeln!(out, "{within} IN {kind} {address}")?;
        }
    }
    for name in report.known().filter(|name| within(name.name, zone.name).is_none()) {
        writeln!(out, ";\n; {}: not in this zone", name.name)?;
    }
    rest(out, ";", report)
}

/// Every zone that has the parent of a name with an address, in order. A name without a parent is a zone itself.
pub fn zones<'a>(report: &NamesReport<'a>) -> Vec<&'a str> {
    let parent = |name: &'a str| name.split_once('.').map_or(name, |(_, parent)| parent);
    let mut zones: Vec<&str> = report.known().map(|name| parent(name.name)).collect();
    zones.sort_unstable();
    zones.dedup();
    zones
}

/// Whether a name with an address is within `zone`.
pub fn has_names_in(report: &NamesReport<'_>, zone: &str) -> bool {
    report.known().any(|name| within(name.name, zone).is_some())
}

/// The part of `name` before `zone`.
fn within<'a>(name: &'a str, zone: &str) -> Option<&'a str> {
    if name == zone { Some("@") } else { name.strip_suffix(zone)?.strip_suffix('.') }
}

fn comment(out: &mut dyn Write, mark: &str, name: &NameView<'_>) -> io::Result<()> {
    writeln!(out, "{mark}")?;
    lines(name).iter().try_for_each(|line| writeln!(out, "{mark} {line}"))
}

/// The names without a line.
fn rest(out: &mut dyn Write, mark: &str, report: &NamesReport<'_>) -> io::Result<()> {
    for name in report.unknown() {
        writeln!(out, "{mark}\n{mark} {}: {UNKNOWN}", name.name)?;
        lines(name).iter().try_for_each(|line| writeln!(out, "{mark} {line}"))?;
    }
    for name in report.names.iter().filter(|name| name.service) {
        writeln!(out, "{mark}\n{mark} {}: a Service in Kubernetes", name.name)?;
    }
    Ok(())
}
