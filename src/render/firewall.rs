//! The firewall of one machine, in the forms that firewalls read: an nftables table, a part of one, a policy of firewalld.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::firewall::{RuleLine, Ruleset, Traffic, net_text};

/// Parties that a comment names.
const NAMED: usize = 6;

/// The form of a ruleset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulesetForm {
    /// A table of its own, for `nft -f`.
    NftTable,
    /// Sets and a chain, to include into another table.
    NftInclude,
    /// A file of `/etc/firewalld/policies`.
    Firewalld,
}

/// The values of the templates.
#[derive(Serialize)]
pub(super) struct RulesetData<'a> {
    mesh: &'a str,
    units: String,
    lines: Vec<LineData<'a>>,
}

#[derive(Serialize)]
struct LineData<'a> {
    /// Of its sets.
    name: String,
    match_ipv4: String,
    match_ipv6: String,
    /// The same in a rule of firewalld.
    element: String,
    whys: Vec<String>,
    unknown: Vec<&'a str>,
    /// Both, as they may be in a comment of XML.
    comments: Vec<String>,
    ipv4: Vec<String>,
    ipv6: Vec<String>,
    drops_ipv4: bool,
    drops_ipv6: bool,
    drops_both: bool,
}

impl<'a> RulesetData<'a> {
    pub(super) fn of(ruleset: &'a Ruleset) -> Self {
        let lines = ruleset.lines.iter().map(LineData::of).collect();
        Self { mesh: &ruleset.mesh, units: ruleset.units.join(", "), lines }
    }
}

impl<'a> LineData<'a> {
    fn of(line: &'a RuleLine) -> Self {
        let matched = |icmp: &str| match line.traffic {
            Traffic::Tcp(port) => format!("tcp dport {port}"),
            Traffic::Udp(port) => format!("udp dport {port}"),
            Traffic::Esp | Traffic::Any => format!("meta l4proto {}", line.traffic.protocol()),
            Traffic::Echo => format!("{icmp} type echo-request"),
        };
        let element = match (line.traffic, line.traffic.port()) {
            (traffic, Some(port)) => format!(r#"<port port="{port}" protocol="{}"/>"#, traffic.protocol()),
            (Traffic::Echo, None) => r#"<icmp-type name="echo-request"/>"#.to_owned(),
            (traffic, None) => format!(r#"<protocol value="{}"/>"#, traffic.protocol()),
        };
        let (protocol, port) = (line.traffic.protocol(), line.traffic.port());
        let whys: Vec<String> = line.whys.iter().map(|(why, from)| format!("{why}: {}", some_of(from))).collect();
        let unknown = line.unknown.iter().map(|unknown| format!("cannot tell, so others may pass: {unknown}"));
        Self {
            name: port.map_or_else(|| format!("mesh_{protocol}"), |port| format!("mesh_{protocol}_{port}")),
            match_ipv4: matched("icmp"),
            match_ipv6: matched("icmpv6"),
            element,
            whys: whys.clone(),
            unknown: line.unknown.iter().map(String::as_str).collect(),
            comments: whys.into_iter().chain(unknown).map(|text| in_comment(&text)).collect(),
            ipv4: line.ipv4.iter().map(|net| net_text(&(*net).into())).collect(),
            ipv6: line.ipv6.iter().map(|net| net_text(&(*net).into())).collect(),
            drops_ipv4: line.drops_ipv4,
            drops_ipv6: line.drops_ipv6,
            drops_both: line.drops_ipv4 && line.drops_ipv6,
        }
    }
}

/// Names for a comment, which need not be all.
fn some_of(names: &BTreeSet<String>) -> String {
    let shown: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A text in a comment of XML, where two hyphens in a row, and one at the end, are not allowed.
fn in_comment(text: &str) -> String {
    let text = text.replace('-', "\u{2010}");
    text.replace('&', "and").replace(['<', '>'], " ")
}

#[cfg(test)]
mod tests {
    use super::in_comment;

    #[test]
    fn no_text_ends_a_comment() {
        assert!(!in_comment("a--b --> <c> -").contains(['-', '<', '>']));
    }
}
