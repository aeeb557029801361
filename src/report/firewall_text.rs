//! The list of a firewall as text and as Markdown: a table for each pair of clusters and direction, with the sources below.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::diag::plural;

use super::firewall::{FirewallReport, FlowView, PartyView};
use super::table;

/// Addresses of a party that a line of the text has; the other forms have all.
const SHOWN: usize = 2;

/// Lines of one direction, under one heading.
struct Section {
    heading: String,
    lines: Vec<FlowView>,
}

/// The number of each source, in the order in which lines need them.
#[derive(Default)]
struct Sources(BTreeMap<String, usize>);

impl Sources {
    fn number(&mut self, source: &str) -> usize {
        let next = self.0.len() + 1;
        *self.0.entry(source.to_owned()).or_insert(next)
    }

    fn in_order(&self) -> Vec<(usize, &str)> {
        let mut sources: Vec<(usize, &str)> = self.0.iter().map(|(source, number)| (*number, source.as_str())).collect();
        sources.sort_unstable();
        sources
    }
}

/// Prints the list for people.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print_text(out: &mut dyn Write, report: &FirewallReport<'_>) -> io::Result<()> {
    writeln!(out, "{}", head(report))?;
    let mut sources = Sources::default();
    for section in sections(report) {
        writeln!(out, "\n{}", section.heading)?;
        let rows = section.lines.iter().map(|line| {
            let end = |name: &str| report.parties.get(name).map(in_short).unwrap_or_default();
            [
                end(&line.from),
                end(&line.to),
                line.traffic(),
                line.need().to_owned(),
                format!("{} [{}]", line.why, sources.number(&line.source)),
            ]
        });
        table::print(out, "  ", &rows.collect::<Vec<_>>())?;
    }
    writeln!(out)?;
    for (number, source) in sources.in_order() {
        writeln!(out, "[{number}] {source}")?;
    }
    let unsaid = unsaid(report);
    if !unsaid.is_empty() {
        writeln!(out, "\nnot in the mesh:")?;
        unsaid.iter().try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    Ok(())
}

/// Prints the list as Markdown, with every address.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print_markdown(out: &mut dyn Write, report: &FirewallReport<'_>) -> io::Result<()> {
    writeln!(out, "# Firewall of the mesh {}\n\n{}.", escaped(report.mesh), head(report))?;
    for section in sections(report) {
        writeln!(out, "\n## {}\n", escaped(&section.heading))?;
        row(out, &["from", "to", "protocol", "port", "need", "why", "source"].map(str::to_owned))?;
        row(out, &["---"; 7].map(str::to_owned))?;
        for line in &section.lines {
            let end = |name: &str| report.parties.get(name).map(in_full).unwrap_or_default();
            let number = line.number.map(|number| number.to_string()).unwrap_or_default();
            let (from, to) = (escaped(&end(&line.from)), escaped(&end(&line.to)));
            let source = format!("<{}>", line.source);
            row(out, &[from, to, line.protocol_alone().to_owned(), number, line.need().to_owned(), escaped(&line.why), source])?;
        }
    }
    let unsaid = unsaid(report);
    if !unsaid.is_empty() {
        writeln!(out, "\n## Not in the mesh\n")?;
        unsaid.iter().try_for_each(|line| writeln!(out, "- {}", escaped(line)))?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    writeln!(out, "| {} |", cells.join(" | "))
}

fn head(report: &FirewallReport<'_>) -> String {
    let lines = report.lines.iter().count();
    let clusters: std::collections::BTreeSet<&str> =
        report.parties.values().filter_map(|party| party.cluster.as_deref()).collect();
    format!("mesh {}: {} between {}", report.mesh, plural(lines, "line"), plural(clusters.len(), "cluster"))
}

fn sections(report: &FirewallReport<'_>) -> impl Iterator<Item = Section> {
    let mut lines = report.lines.iter().peekable();
    std::iter::from_fn(move || {
        let first = lines.next()?;
        let heading = heading(report, &first);
        let mut section = Section { lines: vec![first], heading };
        while let Some(next) = lines.next_if(|next| self::heading(report, next) == section.heading) {
            section.lines.push(next);
        }
        Some(section)
    })
}

fn heading(report: &FirewallReport<'_>, line: &FlowView) -> String {
    match (report.cluster(&line.from), report.cluster(&line.to)) {
        (Some(from), Some(to)) if from == to => format!("within {from}"),
        (Some(from), Some(to)) => format!("{from} → {to}"),
        (_, to) => format!("administrators → {}", to.unwrap_or_default()),
    }
}

/// `nodes 10.1.0.0/24`.
fn in_short(party: &PartyView) -> String {
    let places = party.places();
    let more = match places.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = places.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    let doubt = if party.unknown.is_some() { " (cannot tell)" } else { "" };
    format!("{} {first}{more}{doubt}", party.role).replace("  ", " ")
}

fn in_full(party: &PartyView) -> String {
    let places = party.places().join(", ");
    match (places.as_str(), party.unknown) {
        ("", Some(unknown)) => format!("{}: cannot tell, {unknown}", party.role),
        (places, Some(unknown)) => format!("{} {places}; not all: {unknown}", party.role),
        (places, None) => format!("{} {places}", party.role),
    }
}

/// What the mesh does not say, and what follows from that.
fn unsaid(report: &FirewallReport<'_>) -> Vec<String> {
    let assumed = report.assumed.iter().map(|assumed| {
        let (setting, clusters) = (assumed.setting, assumed.clusters.join(", "));
        match assumed.value {
            Some(value) => format!("{setting} of {clusters}: the lines are for `{value}`, which is Cilium's default"),
            None => format!("{setting} of {clusters}: cannot tell, because the default depends on the cloud; lines are missing"),
        }
    });
    let places = report.parties.iter().filter_map(|(name, party)| {
        let unknown = party.unknown.filter(|_| party.role != "administrators")?;
        Some(format!("addresses of {name}: cannot tell, {unknown}"))
    });
    let ports = report.not_judged.iter().map(|port| {
        let number = port.number.map(|number| format!(" {number}")).unwrap_or_default();
        format!("{}{number}, between nodes: needed if {}", port.protocol, port.why)
    });
    assumed.chain(places).chain(ports).collect()
}

/// Text in a cell of Markdown: no cell, no tag and no link begins in it.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if matches!(c, '|' | '\\' | '<' | '>' | '[' | ']' | '*' | '_') {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_text_leaves_its_cell() {
        assert_eq!(escaped("a|b\n<c>[d](e)"), "a\\|b \\<c\\>\\[d\\](e)");
    }
}
