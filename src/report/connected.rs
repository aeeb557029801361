//! Who is connected before a CA is trusted no more: first the addresses that the mesh does not know, then the rest in groups.

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::diag::plural;
use crate::ledger::{Connected, ConnectedRole, Replaced};

use super::rest;

/// Who is connected to members, by what `--connected` got.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Connected")]
pub struct ConnectedView {
    /// Addresses that are of no cluster of the mesh, or may be of several: a certificate of the old CA may be in use there.
    unknown: Vec<StrangerView>,
    /// Connections from addresses of the mesh.
    known: Vec<ConnectedGroupView>,
    /// Connections of members' machines to themselves.
    local: usize,
    /// Sockets that are not established.
    not_established: usize,
}

/// An address that the mesh does not know.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Stranger")]
struct StrangerView {
    /// The address.
    address: String,
    /// How many connections it has.
    connections: usize,
    /// The clusters of which it may be: the mesh has it for each of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    clusters: Vec<String>,
}

/// The connections of machines with one part in the mesh.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ConnectedGroup")]
struct ConnectedGroupView {
    /// Their cluster.
    cluster: String,
    /// What they do.
    role: ConnectedRole,
    /// Their addresses.
    addresses: Vec<String>,
    /// How many connections they have.
    connections: usize,
    /// Of nodes: whether receipts show that all units of the cluster have what replaces that of the old CA. None if it has no units.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced: Option<bool>,
    /// Of nodes: how many units of the cluster may still have something of the old CA.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<usize>,
}

impl ConnectedView {
    /// Who is `connected`, and what is `replaced` by cluster.
    pub fn of(connected: &Connected, replaced: &BTreeMap<String, Replaced>) -> Self {
        let unknown = connected.unknown.iter().map(|(address, (connections, clusters))| StrangerView {
            address: address.to_string(),
            connections: *connections,
            clusters: clusters.iter().cloned().collect(),
        });
        let known = connected.known.iter().map(|((cluster, role), addresses)| {
            let progress = replaced.get(cluster).filter(|_| *role == ConnectedRole::Nodes);
            let (replaced, waiting) = match progress {
                Some(Replaced::Everywhere) => (Some(true), None),
                Some(Replaced::NotBy(units)) => (Some(false), Some(*units)),
                Some(Replaced::Untold) | None => (None, None),
            };
            ConnectedGroupView {
                cluster: cluster.clone(),
                role: *role,
                addresses: addresses.keys().map(ToString::to_string).collect(),
                connections: addresses.values().sum(),
                replaced,
                waiting,
            }
        });
        Self { unknown: unknown.collect(), known: known.collect(), local: connected.local, not_established: connected.others }
    }
}

/// Prints who is connected before `old` is trusted no more, at most `named` of a kind.
pub(super) fn print(out: &mut dyn Write, view: &ConnectedView, old: &str, named: usize) -> io::Result<()> {
    writeln!(out, "\nconnected, by what `ss` printed")?;
    match view.unknown.as_slice() {
        [] => writeln!(out, "  no address that the mesh does not know")?,
        unknown => {
            writeln!(
                out,
                "  cannot tell: the mesh does not know who this is; a certificate of `{old}` from elsewhere may be in use"
            )?;
            for StrangerView { address, connections, clusters } in unknown.iter().take(named) {
                let of =
                    if clusters.is_empty() { String::new() } else { format!("; may be of {}", rest::shortened(clusters, named)) };
                writeln!(out, "    {address}: {}{of}", plural(*connections, "connection"))?;
            }
            rest::print(out, "    ", unknown.len(), named)?;
        }
    }
    for group in view.known.iter().take(named) {
        writeln!(out, "  {}", group.words(old))?;
    }
    rest::print(out, "  ", view.known.len(), named)?;
    if view.known.iter().any(|group| group.replaced == Some(true)) {
        writeln!(out, "  where it is replaced, older connections stay, and new ones present the new certificate")?;
    }
    if view.local > 0 {
        let connections = plural(view.local, "connection");
        writeln!(out, "  members' own machines: {connections}: etcd itself, or what runs beside it, such as a backup")?;
    }
    if view.not_established > 0 {
        writeln!(out, "  {} not established: nobody is connected there", plural(view.not_established, "socket"))?;
    }
    writeln!(
        out,
        "  no member tells with which certificate a client is connected, and who connects only at times may be missing here"
    )
}

impl ConnectedGroupView {
    fn words(&self, old: &str) -> String {
        let Self { cluster, role, addresses, connections, replaced, waiting } = self;
        let count = addresses.len();
        let connections = plural(*connections, "connection");
        match role {
            ConnectedRole::Nodes => {
                let told = match (replaced, waiting) {
                    (Some(true), _) => format!("receipts show what replaces `{old}` on all its units"),
                    (_, Some(1)) => format!("1 unit of the cluster may still have what `{old}` signed"),
                    (_, Some(units)) => format!("{units} units of the cluster may still have what `{old}` signed"),
                    _ => "cannot tell what it presents: it gets no files from here".to_owned(),
                };
                format!("{cluster}: {}, {connections}: {told}", plural(count, "node"))
            }
            ConnectedRole::Members => format!("{cluster}: {}, {connections}", plural(count, "member")),
            ConnectedRole::Balancer => format!("{cluster}: its balancer, {connections}: cannot tell who is behind it"),
            ConnectedRole::Pods => format!("{cluster}: {}, {connections}: KVStoreMesh, or any other pod", plural(count, "pod")),
        }
    }
}
