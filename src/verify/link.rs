//! Both ends of a link: would the agents accept the etcd's servers, and the etcd the agents' client? By Go's rules, with the
//! code that `generate` proves its links with.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FilePlace};

use super::View;
use super::inspect::Seen;
use super::peer::Peer;
use super::target::Target;
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

/// All the other ends that are known.
pub struct Ends {
    of_cluster: BTreeMap<String, Vec<Server>>,
    /// Those whose cluster nobody has said.
    strays: Vec<Server>,
}

/// What was proven of one subject's links.
pub struct Proven {
    /// One for each peer, in their order.
    pub proofs: Vec<Proof>,
    /// Numbers of the certificates without a cluster that fit one of its peers.
    pub fitting: BTreeSet<usize>,
    /// Why links were refuted.
    pub findings: Vec<Diagnostic>,
}

impl Ends {
    /// The members among `seen`, and server certificates that were given.
    pub fn new<'a>(seen: impl Iterator<Item = &'a Seen>, given: Vec<Server>) -> Self {
        let members = seen.filter_map(|seen| {
            let member = seen.member.as_ref().filter(|member| !member.chain.is_empty())?;
            let anchors = Some(member.anchors.clone());
            Some(Server { file: member.file.clone(), cluster: seen.own.name.clone(), chain: member.chain.clone(), anchors })
        });
        let mut ends = Self { of_cluster: BTreeMap::new(), strays: Vec::new() };
        for server in members.chain(given) {
            match server.cluster.clone() {
                Some(cluster) => ends.of_cluster.entry(cluster).or_default().push(server),
                None => ends.strays.push(server),
            }
        }
        ends
    }

    /// Proves every link of `seen` whose other end is known.
    pub fn prove(&self, seen: &Seen, view: &View) -> Proven {
        let mut proven = Proven { proofs: Vec::new(), fitting: BTreeSet::new(), findings: Vec::new() };
        for way in &seen.ways {
            let ends: Vec<&Server> = self.of_cluster.get(&way.name).into_iter().flatten().collect();
            let _ = proof(way, seen.own.name.as_deref(), &ends, view, &mut proven.findings);
        }
        for peer in &seen.peers {
            let mut ends: Vec<&Server> = self.of_cluster.get(&peer.name).into_iter().flatten().collect();
            for (number, stray) in self.strays.iter().enumerate() {
                let leaf = stray.chain.first();
                if hosts(peer).iter().any(|host| leaf.is_some_and(|leaf| host_matches(leaf, host))) {
                    ends.push(stray);
                    proven.fitting.insert(number);
                }
            }
            proven.proofs.push(proof(peer, seen.own.name.as_deref(), &ends, view, &mut proven.findings));
        }
        proven
    }

    /// Certificates that were given for no peer that anyone has.
    pub fn unfitting(&self, fitting: &BTreeSet<usize>) -> Vec<Diagnostic> {
        let strays = self.strays.iter().enumerate().filter(|(number, _)| !fitting.contains(number));
        let finding = |(_, stray): (usize, &Server)| {
            let message = "the certificate is for none of the hosts that are dialled".to_owned();
            let help = "issue it for the hosts of the endpoints, as SANs, or dial a host that it is for";
            unproven(&stray.file, message, help)
        };
        strays.map(finding).collect()
    }
}

fn proof(peer: &Peer, own: Option<&str>, ends: &[&Server], view: &View, findings: &mut Vec<Diagnostic>) -> Proof {
    if ends.is_empty() || peer.anchors.is_empty() {
        return Proof::None;
    }
    let before = findings.len();
    let reader = own.map_or_else(|| "agents".to_owned(), |own| format!("the agents of `{own}`"));
    for server in ends {
        if let Err(reason) = prove_chain(&server.chain, &peer.anchors, Usage::ServerAuth, view.now) {
            let message = format!("{reader} would refuse the etcd of `{}`: {reason}", peer.name);
            let help = format!("anchor on the authority that signed `{}`, or show another certificate there", server.file);
            findings.push(unproven(&peer.file, message, &help));
        }
        if let Some(anchors) = &server.anchors
            && !peer.chain.is_empty()
            && let Err(reason) = prove_chain(&peer.chain, anchors, Usage::ClientAuth, view.now)
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

/// Proves a chain, leaf first, without a host; `Err` says why there is no proof.
///
/// # Errors
/// The reason in words.
pub fn prove_chain(chain: &[Certificate], anchors: &[Certificate], usage: Usage, at: OffsetDateTime) -> Result<(), String> {
    let Some((leaf, rest)) = chain.split_first() else { return Err("there is no certificate".to_owned()) };
    verify_chain(leaf, rest, anchors, usage, None, at).map(drop).map_err(|error| error.to_string())
}

/// The hosts that agents dial with TLS.
fn hosts(peer: &Peer) -> BTreeSet<String> {
    let targets = peer.config.endpoints.iter().filter_map(|endpoint| Target::parse(endpoint, &peer.config).ok());
    targets.filter(|target| target.tls).map(|target| target.host).collect()
}

fn unproven(file: &str, message: String, help: &str) -> Diagnostic {
    let finding = Diagnostic::of_file(Code::LinkUnproven, FilePlace::whole(file), message);
    finding.cause(Code::LinkUnproven.entry().why).help(help)
}
