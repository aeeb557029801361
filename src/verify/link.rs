//! Both ends of a link: would the agents accept the etcd's servers, and the etcd the agents' client? By Go's rules, with the
//! code that `generate` proves its links with.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic, FilePlace};

use super::View;
use super::inspect::Seen;
use super::peer::Peer;
use super::x509::{Certificate, Usage, host_matches, verify_chain};

/// A server certificate that is known to stand at the other end.
#[derive(Clone)]
pub struct Server {
    /// Its file, for messages.
    pub file: String,
    /// The cluster whose etcd shows it; without one it is held against whichever peer dials a host that it is for.
    pub cluster: Option<String>,
    /// The leaf and what travels with it.
    pub chain: Vec<Certificate>,
    /// What that etcd anchors clients on, if that is known.
    pub anchors: Option<Vec<Certificate>>,
}

/// What was proven of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// The other end is not known here.
    None,
    /// The agents accept the servers; what those accept is not known.
    Servers,
    /// Each accepts the other.
    Both,
    /// One of them would refuse the other.
    Refuted,
}

/// Proves every link whose other end is among `seen` or `servers`. The proofs are by subject and peer, in their order.
pub fn prove(seen: &[Seen], servers: &[Server], view: &View) -> (Vec<Vec<Proof>>, Vec<Diagnostic>) {
    let members = seen.iter().filter_map(|seen| {
        let member = seen.member.as_ref().filter(|member| !member.chain.is_empty())?;
        let anchors = Some(member.anchors.clone());
        Some(Server { file: member.file.clone(), cluster: seen.own.name.clone(), chain: member.chain.clone(), anchors })
    });
    let all: Vec<Server> = members.chain(servers.iter().cloned()).collect();
    let mut of_cluster: BTreeMap<&str, Vec<&Server>> = BTreeMap::new();
    for server in &all {
        if let Some(cluster) = &server.cluster {
            of_cluster.entry(cluster).or_default().push(server);
        }
    }
    let strays: Vec<&Server> = all.iter().filter(|server| server.cluster.is_none()).collect();
    let mut used = vec![false; strays.len()];
    let mut findings = Vec::new();
    let proofs = seen.iter().map(|seen| {
        let of_peer = |peer: &Peer| {
            let mut ends: Vec<&Server> = of_cluster.get(peer.name.as_str()).cloned().unwrap_or_default();
            for (stray, used) in strays.iter().zip(&mut used) {
                let leaf = stray.chain.first();
                if hosts(peer).iter().any(|host| leaf.is_some_and(|leaf| host_matches(leaf, host))) {
                    ends.push(stray);
                    *used = true;
                }
            }
            proof(peer, seen.own.name.as_deref(), &ends, view, &mut findings)
        };
        seen.peers.iter().map(of_peer).collect()
    });
    let proofs: Vec<Vec<Proof>> = proofs.collect();
    for stray in strays.iter().zip(used).filter(|(_, used)| !used).map(|(stray, _)| stray) {
        let message = "the certificate is for none of the hosts that are dialled".to_owned();
        let help = "issue it for the hosts of the endpoints, as SANs, or dial a host that it is for";
        findings.push(unproven(&stray.file, message, help));
    }
    (proofs, findings)
}

fn proof(peer: &Peer, own: Option<&str>, ends: &[&Server], view: &View, findings: &mut Vec<Diagnostic>) -> Proof {
    if ends.is_empty() || peer.anchors.is_empty() {
        return Proof::None;
    }
    let before = findings.len();
    let reader = own.map_or_else(|| "agents".to_owned(), |own| format!("the agents of `{own}`"));
    for server in ends {
        if let Err(reason) = chained(&server.chain, &peer.anchors, Usage::ServerAuth, view) {
            let message = format!("{reader} would refuse the etcd of `{}`: {reason}", peer.name);
            let help = format!("anchor on the authority that signed `{}`, or show another certificate there", server.file);
            findings.push(unproven(&peer.file, message, &help));
        }
        if let Some(anchors) = &server.anchors
            && !peer.chain.is_empty()
            && let Err(reason) = chained(&peer.chain, anchors, Usage::ClientAuth, view)
        {
            let message = format!("the etcd of `{}` would refuse {reader}: {reason}", peer.name);
            let help = "let the etcd's `trusted-ca-file` hold the authority that signs these clients";
            findings.push(unproven(&peer.file, message, help));
        }
    }
    for host in hosts(peer) {
        let covers = |server: &Server| server.chain.first().is_some_and(|leaf| host_matches(leaf, &host));
        if !ends.iter().copied().any(covers) {
            let files: Vec<String> = ends.iter().map(|server| format!("`{}`", server.file)).collect();
            let message =
                format!("no certificate of the etcd of `{}` is for `{}`, which agents dial", peer.name, host.escape_debug());
            let help = format!("issue {} with that host as a SAN", files.join(" or "));
            findings.push(unproven(&peer.file, message, &help));
        }
    }
    if findings.len() > before {
        Proof::Refuted
    } else if ends.iter().all(|server| server.anchors.is_some()) && !peer.chain.is_empty() {
        Proof::Both
    } else {
        Proof::Servers
    }
}

fn chained(chain: &[Certificate], anchors: &[Certificate], usage: Usage, view: &View) -> Result<(), String> {
    let Some((leaf, rest)) = chain.split_first() else { return Err("there is no certificate".to_owned()) };
    verify_chain(leaf, rest, anchors, usage, None, view.now).map(drop).map_err(|error| error.to_string())
}

/// The hosts that agents dial with TLS: what stands between the scheme and the port, without brackets.
fn hosts(peer: &Peer) -> Vec<String> {
    let with_tls = peer.config.endpoints.iter().filter(|endpoint| !endpoint.starts_with("http://"));
    let host = |endpoint: &String| {
        let rest = endpoint.split_once("://").map_or(endpoint.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or(rest);
        let host = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((address, _)) => address,
            None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
        };
        host.to_owned()
    };
    let mut hosts: Vec<String> = with_tls.map(host).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

fn unproven(file: &str, message: String, help: &str) -> Diagnostic {
    let finding = Diagnostic::of_file(Code::LinkUnproven, FilePlace::whole(file), message);
    finding.cause(Code::LinkUnproven.entry().why).help(help)
}
