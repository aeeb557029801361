//! The list of a firewall as CSV (RFC 4180), for a ticket or a sheet: each line is whole, with every address.

use std::io::{self, Write};

use super::firewall::{FirewallReport, PartyView};

const HEAD: [&str; 11] =
    ["from cluster", "from", "from addresses", "to cluster", "to", "to addresses", "protocol", "port", "need", "why", "source"];

/// Prints the list.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &FirewallReport<'_>) -> io::Result<()> {
    let mut sheet = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    sheet.write_record(HEAD)?;
    for line in report.lines.iter() {
        let [from, to] = [&line.from, &line.to].map(|name| report.parties.get(name).map(end).unwrap_or_default());
        let number = line.number.map(|number| number.to_string()).unwrap_or_default();
        let rest = [line.protocol_alone().to_owned(), number, line.need().to_owned(), line.why, line.source];
        sheet.write_record(from.into_iter().chain(to).chain(rest).map(guarded))?;
    }
    sheet.flush()
}

/// Cluster, part in it, addresses.
fn end(party: &PartyView) -> [String; 3] {
    let unknown = party.unknown.map(|unknown| format!("cannot tell: {unknown}"));
    let places = party.places().into_iter().chain(unknown).collect::<Vec<_>>().join(" ");
    [party.cluster.clone().unwrap_or_default(), party.role.to_owned(), places]
}

/// A cell that no sheet takes for a formula: an apostrophe makes it text (OWASP, "CSV Injection").
fn guarded(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(guarded(cell.to_owned()), format!("'{cell}"));
        }
        assert_eq!(guarded("oslo".to_owned()), "oslo");
    }
}
