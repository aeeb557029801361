//! The names of a mesh as text for people, and the lines about a name that hosts files and zones have as comments.

use std::io::{self, Write};

use crate::diag::plural;
use crate::names::{AnswerSource, NameUser, NameWay};

use super::names::{NameView, NamesReport, NeedView};

/// Clusters of a line that are named one by one.
const NAMED: usize = 6;

/// Prints `dns`; what is wrong was printed before it.
///
/// # Errors
/// Errors of writing to `out`.
pub fn print(out: &mut dyn Write, report: &NamesReport<'_>) -> io::Result<()> {
    writeln!(out, "mesh {}: {} must resolve", report.mesh, plural(report.names.len(), "name"))?;
    for name in &report.names {
        writeln!(out, "\n{}", title(name))?;
        lines(name).iter().try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    Ok(())
}

/// The name, its addresses, and where these are from.
fn title(name: &NameView<'_>) -> String {
    if name.service {
        return format!("{}: a Service in Kubernetes", name.name);
    }
    if name.addresses.is_empty() {
        return format!("{}: {UNKNOWN}", name.name);
    }
    let addresses: Vec<String> = name.addresses.iter().map(ToString::to_string).collect();
    format!("{}: {}", name.name, addresses.join(", "))
}

/// What is said of a name without an address.
pub(super) const UNKNOWN: &str = "the mesh has no address for it";

/// Where its addresses are from, and who needs it: one line each.
pub(super) fn lines(name: &NameView<'_>) -> Vec<String> {
    let answers = name.answers.iter().map(|answer| {
        let field = match answer.from {
            AnswerSource::HostAliases => "`hostAliases`",
            AnswerSource::Members => "`members`",
            AnswerSource::Front => "`front`",
        };
        format!("from {field} of {}", answer.cluster)
    });
    let ambiguous = name.ambiguous.then(|| "clusters give it different addresses: not one answer is right for all".to_owned());
    // Where programs other than Cilium's find it does not depend on its version: they share a line.
    let shared = |one: &NeedView<'_>, next: &NeedView<'_>| {
        !has_version(one) && !has_version(next) && (one.by, &one.clusters) == (next.by, &next.clusters)
    };
    answers.chain(ambiguous).chain(name.needed_by.chunk_by(shared).map(need)).collect()
}

const fn has_version(need: &NeedView<'_>) -> bool {
    matches!(need.program, NameUser::Agents | NameUser::Kvstoremesh)
}

/// The line of needs that differ in nothing but the program.
fn need(needs: &[NeedView<'_>]) -> String {
    let Some(first) = needs.first() else { return String::new() };
    let programs: Vec<&str> = needs.iter().map(|need| word(need.program)).collect();
    let mut clusters: Vec<String> = first.clusters.iter().take(NAMED).map(|name| (*name).to_owned()).collect();
    let rest = first.clusters.len().saturating_sub(NAMED);
    if rest > 0 {
        clusters.push(format!("{rest} more"));
    }
    let version = if has_version(first) { format!(" (Cilium {})", first.cilium) } else { String::new() };
    format!("{} of {}{version}: {}", programs.join(", "), clusters.join(", "), way(first.by))
}

const fn word(program: NameUser) -> &'static str {
    match program {
        NameUser::Agents => "agents",
        NameUser::Kvstoremesh => "KVStoreMesh",
        NameUser::Operator => "operator",
        NameUser::Announcer => "announcer",
        NameUser::Administrator => "`etcd-auth.sh`",
        NameUser::Members => "other members",
    }
}

const fn way(by: NameWay) -> &'static str {
    match by {
        NameWay::Config => "in their config, as `cilium-host-aliases`",
        NameWay::ExtraHosts => "in `extra_hosts` of their compose file",
        NameWay::BundleHosts => "to enter in a hosts file or DNS; the bundles have the lines, as `clustermesh.hosts`",
        NameWay::ProjectHostsOrDns => "to enter in DNS, or in `extra_hosts` of the compose project",
        NameWay::HostsOrDns => "to enter in a hosts file or DNS",
        NameWay::NodeHostsOrDns => "to enter in DNS, or in the node's hosts file before the pod starts",
        NameWay::PodDns => "to enter in DNS: the pod does not see its node's hosts file",
        NameWay::Service => "in Kubernetes",
    }
}
